"""Origin: where something shown comes from: its file, and the few facts that files carry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from musegnn import __version__, keys
from musegnn.errors import DataFileError


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


# where the folder of a result, and that of a run, keep their set
_PLACES: Final = (keys.EMBEDDING_FILE, f"result/{keys.EMBEDDING_FILE}")


def find_set_file(path: Path, *, role: str) -> Path:
    """Return the file of a set, also where its result folder or the folder of its run is named.

    Parameters
    ----------
    path
        A file, or such a folder.
    role
        What it should be, for messages.

    Raises
    ------
    DataFileError
        If a folder holds none; what was looked for is told.
    """
    path = Path(path)
    if not path.is_dir():
        return path
    for place in _PLACES:
        if (path / place).is_file():
            return path / place
    msg = f"Expected {role} in the folder {path}, found neither {' nor '.join(_PLACES)}."
    raise DataFileError(msg, "Name the folder of a run that is done, its result, or the file.")
