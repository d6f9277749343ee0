"""`musegnn signature`: compounds that mimic a signature, and those that reverse it."""

from __future__ import annotations

import argparse

import pandas as pd

from musegnn.cli.answer import STDOUT, filled, laid_out, respond
from musegnn.cli.on_maps import add_on_maps, respond_on_maps
from musegnn.cli.targets import add_forms, add_signature, read_own
from musegnn.errors import InputError
from musegnn.knowledge.store import open_store
from musegnn.settings import Settings
from musegnn.targets.lit import lit_signature
from musegnn.targets.shipped import read_drugs
from musegnn.targets.signature_search import METHOD, mimic_and_reverse

_COLUMNS = ["name", "cosine", "p", "q", "strength", "targets", "mechanism"]
_LAYOUTS = {"cosine": "{:.3f}", "p": "{:.3g}", "q": "{:.3g}", "strength": "{:.1f}"}
_LONGEST = 36  # letters of a text in the table for reading


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "signature", help="compounds that mimic or reverse lists or a table of changes"
    )
    add_signature(parser)
    parser.add_argument("-n", type=int, default=15, metavar="N", help="compounds a list (15)")
    parser.add_argument("--seed", type=int, default=0, help="of the permutations (default: 0)")
    add_on_maps(parser)
    add_forms(parser, "compounds")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print both lists."""
    data = read_drugs(open_store(Settings.from_environment().knowledge))
    own = read_own(options, data)
    if own is None:
        msg = "Expected a signature, found none."
        raise InputError(msg, "Give --up and --down, or --table.")
    if options.on_maps is not None:
        return respond_on_maps(options, lit_signature(own, data.genes))
    table = mimic_and_reverse(own, data, seed=options.seed)
    remarks = (
        f"{own.what}: {own.n_measured} of {own.n_given} genes are measured.",
        *own.remarks,
    )
    text = "\n".join(
        [
            *(filled(remark) for remark in remarks),
            "",
            f"Mimic, of {len(table)} compounds:",
            _shown(table.head(options.n)),
            "",
            "Reverse:",
            _shown(table.tail(options.n).iloc[::-1]),
            "",
            filled(METHOD),
        ]
    )
    return respond(
        text=lambda: text,
        document=lambda: {"what": own.what, "remarks": remarks, "compounds": table},
        as_json=options.json,
        table=table,
        file=STDOUT if options.csv else options.tsv,
        separator="\t" if options.tsv else ",",
        unit="compounds",
    )


def _shown(table: pd.DataFrame) -> str:
    """Lay out the columns for reading."""
    found = table[_COLUMNS].copy()
    for name in ("name", "targets", "mechanism"):
        texts = [str(text).replace("|", ", ") for text in found[name]]
        found[name] = [t if len(t) <= _LONGEST else f"{t[: _LONGEST - 3]}..." for t in texts]
    return laid_out(found, _LAYOUTS)
