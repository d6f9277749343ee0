"""`musegnn molecules embed`: vectors of molecules by the encoder that ships, or one of a run."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.cli.answer import filled, laid_out, print_json, print_text, tell
from musegnn.cli.molecules_given import add_file
from musegnn.cli.structure_text import text_in
from musegnn.errors import InputError
from musegnn.io.atomic import replacing
from musegnn.io.spreadsheet import table_text

_SUFFIXES: Final = (".csv", ".tsv", ".parquet", ".h5ad")
_SHOWN: Final = 20  # refused rows for reading


def register(ways: argparse._SubParsersAction) -> None:
    """Add the way to the command `musegnn molecules`."""
    embed = ways.add_parser("embed", help="vectors of molecules that know what molecules do")
    add_file(embed)
    embed.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="where vectors go: .csv, .tsv, .parquet, or .h5ad with a map of its own",
    )
    embed.add_argument(
        "--encoder",
        type=Path,
        metavar="FILE",
        help="encoder.safetensors of a run (default: the one that ships)",
    )
    embed.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that read structures (default: all cores)",
    )
    embed.add_argument("--json", action="store_true", help="print what was done as JSON")
    embed.set_defaults(run=run_embed)


def run_embed(options: argparse.Namespace) -> int:
    """Embed molecules and write them."""
    # what computes takes a second to import: only this way pays for it
    from musegnn.molecules.embedding import embed_text, vectors_table  # noqa: PLC0415
    from musegnn.molecules.plain_encoder import read_plain_encoder  # noqa: PLC0415
    from musegnn.molecules.shipped import ENCODER, FOLDER, read_reference  # noqa: PLC0415

    path: Path = options.output
    if path.suffix.lower() not in _SUFFIXES:
        msg = f"Expected an output that ends with {', '.join(_SUFFIXES)}, found {path.name!r}."
        raise InputError(msg, "Name what you want to open it with.")
    if not path.absolute().parent.is_dir():
        msg = f"Expected a folder for the output, found none at {path.absolute().parent}."
        raise InputError(msg, "Make the folder first.")
    if options.jobs < 1:
        msg = f"Expected at least 1 process, found {options.jobs}."
        raise InputError(msg, "Give --jobs a number from 1 on.")
    encoder = read_plain_encoder(options.encoder or FOLDER / ENCODER)
    reference = None if options.encoder else read_reference()
    found = embed_text(
        text_in(options.molecules), encoder, reference, processes=options.jobs, tell=tell
    )
    if path.suffix.lower() == ".h5ad":
        from musegnn.molecules.embedding import write_set  # noqa: PLC0415

        tell("lays out a map")
        write_set(found, path, encoder=str(options.encoder or "the encoder that ships"))
    else:
        _write(vectors_table(found), path)
    about = {
        "molecules": len(found),
        "refused": len(found.refused),
        "far": found.n_far,
        "numbers": found.codes.shape[1],
        "output": str(path),
    }
    if options.json:
        print_json({**about, "left_out": found.refused})
    else:
        below = f"\n{laid_out(found.refused.head(_SHOWN))}" if len(found.refused) else ""
        print_text("\n".join([*(filled(line) for line in found.words), str(path)]) + below)
    return 0


def _write(table: pd.DataFrame, path: Path) -> None:
    """Write a table by the end of its name."""
    suffix = path.suffix.lower()
    with replacing(path) as temporary:
        if suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        else:
            separator = "\t" if suffix == ".tsv" else ","
            temporary.write_text(table_text(table, separator=separator), encoding="utf-8")
