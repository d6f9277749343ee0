"""Lists of molecules as commands are given them."""

from __future__ import annotations

import sys
from pathlib import Path

from musegnn.molecules.reading import LARGEST_TEXT, read_text


def text_in(name: str) -> str:
    """Text of a file, packed or not, or of standard input."""
    return sys.stdin.read(LARGEST_TEXT + 1) if name == "-" else read_text(Path(name))
