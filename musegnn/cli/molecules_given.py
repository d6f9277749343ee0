"""Molecules that a command is given: a file or standard input, read with progress."""

from __future__ import annotations

import argparse
from typing import Final

from musegnn.cli.answer import laid_out, tell
from musegnn.cli.structure_text import text_in
from musegnn.molecules.reading import MOST_MOLECULES, Reading, read_molecules

_SHOWN: Final = 30  # refused rows


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the molecules."""
    parser.add_argument(
        "molecules",
        metavar="FILE",
        help="SMILES or InChI a line, a table with a column smiles, or SDF; packed or not; - reads "
        "standard input",
    )


def read_given(options: argparse.Namespace) -> Reading:
    """Read the molecules, and say how far it is and what is left out."""
    return read_listed(options.molecules, is_quiet=options.json)


def read_listed(name: str, *, is_quiet: bool = False, most: int = MOST_MOLECULES) -> Reading:
    """Read molecules of a file, and say how far it is and, unless quiet, what is left out."""
    read = read_molecules(
        text_in(name), most=most, tell=lambda done, of: tell(f"{done:,} of {of:,} read")
    )
    if len(read.refused) and not is_quiet:
        tell(f"{len(read.refused):,} left out:\n{laid_out(read.refused.head(_SHOWN))}")
    return read
