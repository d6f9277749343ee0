"""`musegnn molecules predict`: what assays would find of molecules, and how far to trust it."""

from __future__ import annotations

import argparse
from typing import Final

import pandas as pd

from musegnn.cli.answer import STDOUT, filled, laid_out, respond, tell
from musegnn.cli.molecules_given import add_file, read_given
from musegnn.cli.targets import add_forms
from musegnn.errors import InputError
from musegnn.knowledge.store import open_store
from musegnn.molecules.attribution import contributions, mask_atoms
from musegnn.molecules.foretelling import METHOD, Foresight, foretell, foretell_wide, nearest_of
from musegnn.molecules.foretelling import table_of as table_at_hand
from musegnn.molecules.property_heads import Heads, read_heads
from musegnn.molecules.reading import Reading
from musegnn.molecules.shipped import FOLDER, MOLECULES, read_reference
from musegnn.settings import Settings
from musegnn.validation import check_choice

_SHOWN: Final = 8  # assays of a molecule
_MOST_TOLD: Final = 2000  # molecules as JSON
_LAYOUTS: Final[dict[str, str | None]] = {
    **dict.fromkeys(("probability", "value", "low", "high", "usual", "held_out"), "{:.3f}"),
    **dict.fromkeys(("nearest", "similarity"), "{:.2f}"),
    "times": "{:.1f}",
}


def register(ways: argparse._SubParsersAction) -> None:
    """Add the way to the command `musegnn molecules`."""
    predict = ways.add_parser("predict", help="what assays would find, and how far to trust it")
    add_file(predict)
    predict.add_argument("-n", type=int, default=3, metavar="N", help="molecules to show (3)")
    predict.add_argument(
        "--atoms", default="", metavar="ASSAY", help="say which atoms of those the assay hangs on"
    )
    add_forms(predict, "molecules, a column an assay,")
    predict.set_defaults(run=run_predict)


def run_predict(options: argparse.Namespace) -> int:
    """Print what assays would find."""
    if options.n < 1:
        msg = f"Expected at least 1 molecule to show, found {options.n}."
        raise InputError(msg, "Give -n a number from 1 on.")
    tables = read_heads()
    if options.atoms:
        known = [task for heads in tables for task in heads.tasks]
        check_choice(options.atoms, known, name="assay")
    read = read_given(options)
    if options.json and len(read.molecules) > _MOST_TOLD:
        msg = f"Expected at most {_MOST_TOLD:,} molecules as JSON, found {len(read.molecules):,}."
        raise InputError(msg, "Ask for --csv or --tsv.")
    if options.csv or options.tsv:
        parts = foretell_wide(
            tables, read.molecules, tell=lambda done, of: tell(f"{done:,} of {of:,} foretold")
        )
        return respond(
            text=str,
            document=dict,
            as_json=False,
            table=pd.concat(parts, ignore_index=True),
            file=STDOUT if options.csv else options.tsv,
            separator="\t" if options.tsv else ",",
            unit="molecules",
        )
    some = read.molecules if options.json else read.molecules[: options.n]
    found = foretell(tables, some)
    atoms = _atoms(tables, found.molecules, options.atoms) if options.atoms else pd.DataFrame()
    near = _nearest(tables, found.molecules.head(options.n))
    return respond(
        text=lambda: _as_text(found, near, atoms, read),
        document=lambda: {
            "molecules": found.molecules,
            "activity": found.classes,
            "numbers": found.numbers,
            "nearest": near,
            "atoms": atoms,
            "refused": read.refused,
            "method": METHOD,
        },
        as_json=options.json,
    )


def _nearest(tables: tuple[Heads, ...], molecules: pd.DataFrame) -> pd.DataFrame:
    """Nearest molecules of each table, with what was measured where the annotation has it."""
    store = open_store(Settings.from_environment().knowledge)
    # without the map they have no names, which is no error of theirs
    reference = read_reference() if (FOLDER / MOLECULES).is_file() else None
    at_hand = {heads.name: table_at_hand(heads, store) for heads in tables}
    parts = [
        nearest_of(heads, row.structure, at_hand[heads.name], reference=reference, n=3).assign(
            molecule=row.molecule, table=heads.title
        )
        for row in molecules.itertuples()
        for heads in tables
    ]
    return pd.concat(parts, ignore_index=True)


def _atoms(tables: tuple[Heads, ...], molecules: pd.DataFrame, assay: str) -> pd.DataFrame:
    """A row a molecule: the atoms that add most to an assay, and the test of it."""
    heads = next(heads for heads in tables if assay in heads.tasks)
    rows = []
    for row in molecules.itertuples():
        masked = mask_atoms(row.structure)
        if masked is None:
            continue
        found = contributions(heads, masked, assay)
        foremost = ", ".join(f"{symbol}{place + 1}" for place, symbol in found.foremost)
        rows.append((row.molecule, assay, foremost, found.drop, found.by_chance, found.holds))
    columns = ["molecule", "assay", "foremost", "fall", "fall_by_chance", "holds"]
    return pd.DataFrame(rows, columns=columns)


def _as_text(found: Foresight, near: pd.DataFrame, atoms: pd.DataFrame, read: Reading) -> str:
    """Words before numbers."""
    lines = []
    hidden = ["molecule", "nearest", "learned_from"]
    for row in found.molecules.itertuples():
        lines.append(f"{row.molecule}: {row.structure}")
        if row.changes:
            lines.append(filled(f"  changed: {row.changes}"))
        lines.append(f"  {row.domain}: Tanimoto {row.nearest:.2f} to the nearest")
        for table in (found.classes, found.numbers):
            own = table[table["molecule"] == row.molecule].drop(columns=hidden)
            lines += [laid_out(own.head(_SHOWN), _LAYOUTS), ""]
        for what, table in (("nearest molecules", near), ("atoms", atoms)):
            if len(table):
                own = table[table["molecule"] == row.molecule]
                own = own.drop(columns="molecule").dropna(axis=1, how="all")
                lines += [f"{what}:", laid_out(own, _LAYOUTS), ""]
    if (more := len(read.molecules) - len(found.molecules)) > 0:
        lines += [f"{more:,} more molecules: see --csv.", ""]
    return "\n".join([*lines, filled(METHOD)])
