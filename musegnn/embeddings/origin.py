"""Origin: where something shown comes from, in the few facts that files and methods carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from musegnn import __version__


@dataclass(frozen=True)
class Origin:
    """Where a table, a picture or a file comes from.

    Parameters
    ----------
    name
        Name of the atlas, or of the program for what belongs to no atlas.
    config_hash
        Hash of the configuration that made it.
    model
        What made it.
    seed
        Seed of its training.
    sources
        One line a dataset: its name, source and licence.
    """

    name: str
    config_hash: str = "unknown"
    model: str = "not recorded"
    seed: Any = "not recorded"
    sources: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """What each row of a file repeats."""
        return {"atlas": self.name, "config_hash": self.config_hash}

    def __str__(self) -> str:
        """Name and configuration, as captions end."""
        return f"{self.name}, configuration {self.config_hash}"


PROGRAM = Origin("musegnn", f"version-{__version__}")
