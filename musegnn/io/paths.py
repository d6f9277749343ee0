"""Paths that come from a user stay inside the folder they may name."""

from __future__ import annotations

from pathlib import Path

from musegnn.errors import InputError


def check_inside(path: Path | str, root: Path | str) -> Path:
    """Return the resolved path when it lies inside a folder.

    Parameters
    ----------
    path
        Path to check; a relative one is taken from `root`. It need not exist.
    root
        Folder that may be named, itself included.

    Returns
    -------
    Absolute path, `..` and symbolic links followed.

    Raises
    ------
    InputError
        If the path leads out of the folder, be it by `..`, absolutely or through a link.
    """
    try:
        inside = Path(root).resolve()
        resolved = (inside / path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name
        msg = f"Expected the path of a file, found {str(path)!r}."
        raise InputError(msg, "Choose another path.") from error
    if not resolved.is_relative_to(inside):
        msg = f"Expected a path inside {inside}, found {str(path)!r}, which leads outside."
        raise InputError(msg, "Choose a file of that folder.")
    return resolved
