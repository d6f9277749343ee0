"""Evil: what a change for the worse may use, and which ones there are for a file."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class NotApplicableError(Exception):
    """Raised by a change that makes no sense for a file."""


@dataclass(frozen=True)
class Outside:
    """Files that nobody gave, each of which holds the token.

    Parameters
    ----------
    text
        A text file.
    hdf5
        An HDF5 file with the token as text, as letters, and as numbers.
    other
        Honest files of other kinds, to be given under a wrong name.
    """

    text: Path
    hdf5: Path
    other: dict[str, Path]


Change = Callable[[Path, random.Random, Outside], None]
"""Changes a file in its place."""


@dataclass(frozen=True)
class Evil:
    """A change with its name.

    Parameters
    ----------
    name
        What it does.
    change
        Does it.
    needs_path
        True when it leaves something that no browser can send: a link, a pipe, a device.
    """

    name: str
    change: Change
    needs_path: bool = False
