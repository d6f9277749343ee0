"""`musegnn molecules match`: molecules of a profile of cells, and profiles of a molecule."""

from __future__ import annotations

import argparse
from pathlib import Path

from musegnn.cli.answer import STDOUT, filled, laid_out, respond
from musegnn.cli.molecules_given import read_listed
from musegnn.errors import InputError
from musegnn.molecules.profile_matching import (
    MOST_OWN,
    match_molecule,
    match_profile,
    read_asked,
)
from musegnn.molecules.profile_reference import read_reference
from musegnn.molecules.reading import Named

_LAYOUTS = {"score": "{:.3f}", "percentile": "{:.1f}", "similarity": "{:.2f}"}
_SHOWN = ["rank", "name", "score", "percentile", "profile", "similarity", "target"]


def register(ways: argparse._SubParsersAction) -> None:
    """Add the way to the command `musegnn molecules`."""
    match = ways.add_parser("match", help="molecules of a profile, or profiles of a molecule")
    match.add_argument(
        "molecule", nargs="?", default="", metavar="MOLECULE", help="name, InChIKey or SMILES"
    )
    match.add_argument(
        "--profile",
        type=Path,
        metavar="FILE",
        help="features of cells as CSV, TSV or Parquet, a well or compound a row",
    )
    match.add_argument("--row", default="", metavar="NAME", help="which profile of the file")
    match.add_argument(
        "--candidates",
        metavar="FILE",
        help="further molecules, as `predict` takes them; - reads stdin",
    )
    match.add_argument("-n", type=int, default=20, metavar="N", help="matches to show (20)")
    form = match.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print everything as JSON")
    form.add_argument("--csv", action="store_true", help="print all matches as CSV")
    form.add_argument("--tsv", type=Path, metavar="OUT", help="write all matches to a file")
    match.set_defaults(run=run_match)


def run_match(options: argparse.Namespace) -> int:
    """Print what matches."""
    if bool(options.molecule) == (options.profile is not None):
        found = "both" if options.molecule else "neither"
        msg = f"Expected a molecule or a profile, found {found}."
        raise InputError(msg, "Name a molecule, or give --profile.")
    reference = read_reference()
    if options.profile is None:
        table, remarks = match_molecule(options.molecule, reference)
        title = f"Profiles like what {options.molecule} is predicted to leave"
    else:
        asked = read_asked(options.profile, reference)
        row = _row_of(options.row, asked.labels)
        own: tuple[Named, ...] = ()
        if options.candidates:
            is_quiet = options.json
            own = read_listed(options.candidates, is_quiet=is_quiet, most=MOST_OWN).molecules
        table = match_profile(asked, row, reference, more=own)
        remarks = asked.remarks
        title = f"Molecules whose profile is like {asked.labels[row]}"
    remarks = (*remarks, f"Position of wells: {reference.position[1]}")
    shown = table.head(options.n)[_SHOWN]
    return respond(
        text=lambda: "\n".join(
            [title, "", *(filled(remark) for remark in remarks), "", laid_out(shown, _LAYOUTS)]
        ),
        document=lambda: {"asked": title, "remarks": list(remarks), "matches": table},
        as_json=options.json,
        table=table,
        file=STDOUT if options.csv else options.tsv,
        separator="\t" if options.tsv else ",",
        unit="matches",
    )


def _row_of(name: str, labels: tuple[str, ...]) -> int:
    """Place of the asked profile."""
    if name in labels:
        return labels.index(name)
    if name or len(labels) > 1:
        found = repr(name) if name else f"{len(labels):,} profiles"
        msg = f"Expected the name of one profile (--row), found {found}."
        raise InputError(msg, f"The file has {', '.join(labels[:6])}.")
    return 0
