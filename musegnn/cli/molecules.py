"""`musegnn molecules`: structures in one form, what is known and foretold, and an encoder."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from musegnn.cli import (
    molecules_context,
    molecules_embed,
    molecules_match,
    molecules_predict,
)
from musegnn.cli.answer import STDOUT, laid_out, respond, tell
from musegnn.cli.molecules_given import add_file, read_given
from musegnn.cli.targets import add_forms
from musegnn.errors import InputError
from musegnn.molecules.assays import read_assays
from musegnn.molecules.measured import NEAREST, nearest_measured
from musegnn.molecules.reading import Reading

_SHOWN = 30  # rows for reading
_LAYOUTS = {"similarity": "{:.2f}"}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "molecules",
        help="structures in one form, what is known and foretold of them, and an encoder",
    )
    ways = parser.add_subparsers(dest="way", required=True, metavar="WHAT")
    read = ways.add_parser("read", help="bring structures into one form, and say what changed")
    near = ways.add_parser("nearest", help="the most similar molecules of a table of assays")
    for way, what in ((read, "molecules"), (near, "pairs")):
        add_file(way)
        add_forms(way, what)
    near.add_argument(
        "--measured",
        type=Path,
        required=True,
        metavar="TABLE",
        help="table with a column smiles and one of numbers for each assay",
    )
    near.add_argument(
        "-n", type=int, default=NEAREST, metavar="N", help=f"of each molecule ({NEAREST})"
    )
    read.set_defaults(run=run_read)
    near.set_defaults(run=run_nearest)
    molecules_match.register(ways)
    molecules_context.register(ways)
    molecules_predict.register(ways)
    molecules_embed.register(ways)


def run_read(options: argparse.Namespace) -> int:
    """Print structures in one form."""
    read = read_given(options)
    return _respond(options, _as_table(read), read, "molecules")


def run_nearest(options: argparse.Namespace) -> int:
    """Print the nearest measured molecules."""
    if options.n < 1:
        msg = f"Expected at least 1 measured molecule for each, found {options.n}."
        raise InputError(msg, "Give -n a number from 1 on.")
    measured = read_assays(options.measured)
    read = read_given(options)
    names = [one.name for one in read.molecules]
    structures = [one.standard.smiles for one in read.molecules]
    tell(f"bringing {len(measured):,} measured molecules into one form")
    table = nearest_measured(measured, names, structures, n=options.n)
    return _respond(options, table, read, "pairs")


def _as_table(read: Reading) -> pd.DataFrame:
    """A row a molecule."""
    rows = [
        (
            one.name,
            one.row,
            one.standard.smiles,
            one.standard.inchikey,
            one.standard.n_atoms,
            "; ".join(one.standard.changes),
        )
        for one in read.molecules
    ]
    columns = ["molecule", "row", "structure", "inchikey", "atoms", "changes"]
    return pd.DataFrame(rows, columns=columns)


def _respond(options: argparse.Namespace, table: pd.DataFrame, read: Reading, unit: str) -> int:
    """Print a table, and beside it what was left out."""
    more = len(table) - _SHOWN
    below = f"\nand {more:,} more: see --csv" if more > 0 else ""
    return respond(
        text=lambda: laid_out(table.head(_SHOWN), _LAYOUTS) + below,
        document=lambda: {unit: table, "refused": read.refused},
        as_json=options.json,
        table=table,
        file=STDOUT if options.csv else options.tsv,
        separator="\t" if options.tsv else ",",
        unit=unit,
    )
