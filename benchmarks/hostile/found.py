"""Found: hostile files of others, where some are at hand, for every door that takes their kind."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hostile.corpus import Case, kind_of
from benchmarks.hostile.doors import DOORS
from benchmarks.hostile.evil import Change, Evil, Outside
from musegnn.settings import REPOSITORY


def found_folder() -> Path:
    """Folder of hostile files beside the public data (`MUSEGNN_SHARED`); it may not be there."""
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    return shared / "inputs" / "hostile"


def found_cases(folder: Path, honest: dict[str, Path]) -> Iterator[Case]:
    """Each file of a folder in the place of each honest file of its kind.

    Parameters
    ----------
    folder
        Where they lie; nothing is given where there is no such folder.
    honest
        Honest file of each kind.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        evil = Evil(f"found {path.name}", _instead(path))
        for name, door in DOORS.items():
            for kind in door.formats:
                usual = honest.get(kind)
                if usual is not None and usual.is_file() and kind_of(usual) == kind_of(path):
                    yield Case(name, kind, "", evil, seed=0)


def _instead(found: Path) -> Change:
    """Change that puts a file in the place of another."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        shutil.copyfile(found, path)

    return change
