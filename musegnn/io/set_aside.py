"""Set aside what was kept and cannot be read: moved, never deleted, with the reason beside it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

from musegnn.errors import MuseGNNError

FOLDER: Final = ".set-aside"
_REASON: Final = ".txt"
_LONGEST: Final = 2000
_MOST: Final = 1000  # files listed


def set_aside(path: Path, error: MuseGNNError) -> Path | None:
    """Move a file to where nobody opens it unawares.

    Parameters
    ----------
    path
        The file; it goes into `.set-aside` beside it.
    error
        Why it cannot be read; lies beside it as a text.

    Returns
    -------
    Where it lies now, or None when it could not be moved: somebody else has done it, or the folder
    cannot be written.
    """
    folder = path.parent / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        target = next(
            place
            for number in itertools.count()
            if not (place := folder / (f"{number}_{path.name}" if number else path.name)).exists()
        )
        path.rename(target)
        target.with_name(target.name + _REASON).write_text(f"{error}\n", encoding="utf-8")
    except OSError:
        return None
    return target


def list_set_aside(folder: Path) -> list[tuple[str, str]]:
    """Return name and reason of what was set aside in a folder, sorted by name.

    Parameters
    ----------
    folder
        Where the files lay that cannot be read.
    """
    try:
        names = sorted(path.name for path in (folder / FOLDER).iterdir())
    except OSError:
        return []
    kept = [
        name
        for name in names
        if name.removesuffix(_REASON) == name or name.removesuffix(_REASON) not in names
    ]
    return [(name, _reason(folder / FOLDER / f"{name}{_REASON}")) for name in kept[:_MOST]]


def _reason(path: Path) -> str:
    """Read why a file was set aside; "" when nobody says."""
    try:
        return path.read_bytes()[:_LONGEST].decode("utf-8", "replace").strip()
    except OSError:
        return ""
