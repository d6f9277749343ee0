"""Needs: what a page may not do without, how it is opened, and what stands there instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from musegnn.errors import MuseGNNError
from musegnn.extensions import find_records
from musegnn.screens.shell.cached_build import open_atlas
from musegnn.screens.shell.messages import show_missing_atlas, tell_missing_atlas
from musegnn.screens.shell.screen import ATLAS
from musegnn.settings import Settings


@dataclass(frozen=True)
class Need:
    """Something that pages work on, opened once for all sessions.

    Parameters
    ----------
    name
        What records of screens call it.
    open
        Opens it from the result folder that the session looks at; None when the folder has none.
        Raises `MuseGNNError` when it is damaged.
    show_missing
        Shows in the place of a page that needs it how to get it; told the folder and what is wrong
        there, None when nothing is there.
    tell_missing
        Says the same in short beside a page that can do without it.
    """

    name: str
    open: Callable[[Path], Any]
    show_missing: Callable[[Path, MuseGNNError | None], None]
    tell_missing: Callable[[MuseGNNError | None], None]


NEED: Final = Need(
    ATLAS,
    lambda folder: open_atlas(folder, Settings.from_environment().knowledge),
    show_missing_atlas,
    tell_missing_atlas,
)


@cache
def needs() -> dict[str, Need]:
    """Return all needs by name: those of modules `needs` beside screens, and of other packages."""
    found = find_records("needs", "musegnn.screens", Need, attribute="NEED", module="needs")
    return {need.name: need for need in found}
