"""Data: how a file is to be read, as somebody said it on the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musegnn.io.choices import Choices, Offers, choices_of
from musegnn.io.droplets import DROPLETS
from musegnn.io.formats.registry import list_choices
from musegnn.screens.parts.uploads import Upload, on_disk


@dataclass(frozen=True)
class Reading:
    """How a file is to be read; what is not said is found.

    Parameters
    ----------
    layer
        Where the counts are.
    droplets
        What to do with droplets without a cell.
    said
        Names and values of `musegnn.io.choices.Choices`, without positions.
    positions
        Table of positions of the cells.
    """

    layer: str | None = None
    droplets: str = DROPLETS[0]
    said: tuple[tuple[str, str], ...] = ()
    positions: Upload | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What distinguishes one reading of a file from another."""
        return self.layer, self.droplets, self.said, self.positions and self.positions.digest

    def choices(self, positions: Path | None) -> Choices:
        """Return the same for a reader, with the place of the table on disk."""
        return choices_of(dict(self.said), positions=positions)


def offers_in(upload: Upload) -> Offers:
    """List what can be chosen in a file; its counts are not read.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    with on_disk(upload) as (path,):
        return Offers() if path is None else list_choices(path)
