"""Lists of molecules as commands are given them."""

from __future__ import annotations

import sys
from pathlib import Path

from musegnn.border.text import open_binary
from musegnn.errors import InputError
from musegnn.molecules.reading import LARGEST_TEXT


def text_in(name: str) -> str:
    """Text of a file, packed or not, or of standard input."""
    if name == "-":
        return sys.stdin.read(LARGEST_TEXT + 1)
    with open_binary(Path(name), role="a list of molecules") as stream:
        content = stream.read(LARGEST_TEXT + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"Expected text with structures, found other bytes in {name}."
        raise InputError(msg, "Save the molecules as SMILES, CSV or SDF.") from error
