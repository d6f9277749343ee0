"""Corpus: every kind of evil that fits, on every kind of file, for every door."""

from __future__ import annotations

import os
import random
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile.doors import DOORS, Door
from benchmarks.hostile.evil import Evil, NotApplicableError, Outside
from benchmarks.hostile.evil_archives import FOR_TAR, FOR_ZIP, on_inner
from benchmarks.hostile.evil_arrays import FOR_NPY, FOR_SAFETENSORS
from benchmarks.hostile.evil_bytes import FOR_FILES, FOR_MEMBERS
from benchmarks.hostile.evil_hdf5 import FOR_HDF5
from benchmarks.hostile.evil_json import FOR_JSON, FOR_YAML
from benchmarks.hostile.evil_text import FOR_MTX, FOR_TABLES

_TABLES = (".csv", ".tsv", ".txt", ".gmt", ".gtf", ".bed", ".obo", ".gaf", ".sdf")
_BY_SUFFIX: dict[str, tuple[Evil, ...]] = {
    **dict.fromkeys((".h5ad", ".h5", ".loom"), FOR_HDF5),
    **dict.fromkeys((".json", ".jsonl"), FOR_JSON),
    **dict.fromkeys(_TABLES, FOR_TABLES),
    ".yaml": FOR_YAML,
    ".mtx": FOR_MTX,
    ".zip": FOR_ZIP,
    ".npz": FOR_ZIP,
    ".tar": FOR_TAR,
    ".npy": FOR_NPY,
    ".safetensors": FOR_SAFETENSORS,
}
_ARCHIVES = (".zip", ".npz")


@dataclass(frozen=True)
class Case:
    """A hostile file, as it is to be made.

    Parameters
    ----------
    door, kind
        Where it is given, and which honest file it is made of.
    member
        File inside of that which is changed, "" for itself.
    evil
        The change.
    seed
        What the change draws from.
    """

    door: str
    kind: str
    member: str
    evil: Evil
    seed: int

    @property
    def name(self) -> str:
        """What the case is, in one line."""
        where = f" of {self.member}" if self.member else ""
        return f"{self.door}: {self.kind}{where}, {self.evil.name} (seed {self.seed})"

    def make(self, honest: Path, folder: Path, outside: Outside) -> Path:
        """Make the file in an empty folder.

        Raises
        ------
        NotApplicableError
            If the change makes no sense for this file.
        """
        given = copy_of(honest, folder)
        rng = random.Random(self.seed)
        try:
            self.evil.change(given / self.member if self.member else given, rng, outside)
        except NotApplicableError:
            raise
        except Exception as error:
            msg = f"{type(error).__name__}: {error}"
            raise NotApplicableError(msg) from error
        return given


def copy_of(honest: Path, folder: Path) -> Path:
    """Copy a file or folder into a folder of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    target = folder / honest.name
    if honest.is_dir():
        shutil.copytree(honest, target, symlinks=True)
    else:
        shutil.copyfile(honest, target)
    return target


def kind_of(path: Path) -> str:
    """Suffix by which changes are chosen; that of what is packed counts."""
    suffixes = path.suffixes
    return suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else path.suffix


def evils_of(path: Path) -> Iterator[Evil]:
    """All changes that fit a file, those inside of an archive too."""
    yield from FOR_FILES
    yield from _BY_SUFFIX.get(kind_of(path), ())
    if path.suffix not in _ARCHIVES:
        return
    with zipfile.ZipFile(path) as archive:
        inside = {kind_of(Path(name)) for name in archive.namelist()}
    for suffix, evils in _BY_SUFFIX.items():
        wanted = _wants(suffix)
        for evil in (*evils, *FOR_FILES) if suffix in inside and suffix not in _ARCHIVES else ():
            if not evil.needs_path:
                yield Evil(f"{suffix} inside: {evil.name}", on_inner(evil.change, wanted))


def _wants(suffix: str) -> Callable[[str], bool]:
    """Tell members of a kind by their names."""
    return lambda name: kind_of(Path(name)) == suffix


def members_of(honest: Path) -> list[str]:
    """Files inside of a folder that can be changed one by one; "" for a file."""
    if not honest.is_dir():
        return [""]
    files = [Path(folder) / name for folder, _, names in os.walk(honest) for name in names]
    return sorted(path.relative_to(honest).as_posix() for path in files if path.suffix != ".lock")


def list_cases(honest: dict[str, Path], *, seed: int, most: int) -> list[Case]:
    """All cases, of each door and kind at most so many, drawn.

    Parameters
    ----------
    honest
        Honest file of each kind.
    seed
        Of what is drawn.
    most
        Cases of a door and a kind of file.
    """
    cases: list[Case] = []
    used: Counter[str] = Counter()
    for name, door in DOORS.items():
        for kind in (kind for kind in door.formats if kind in honest):
            rng = random.Random(zlib.crc32(f"{seed} {name} {kind}".encode()))
            possible = [
                (member, evil)
                for member in members_of(honest[kind])
                for evil in _fitting(honest[kind], member, door)
            ]
            rng.shuffle(possible)
            for _ in range(min(most, len(possible))):
                # what was used least comes first, so that each kind of evil has its turn
                entry = min(possible, key=lambda pair: used[pair[1].name])
                possible.remove(entry)
                used[entry[1].name] += 1
                cases.append(Case(name, kind, *entry, seed=rng.randrange(10**9)))
    return cases


def _fitting(honest: Path, member: str, door: Door) -> Iterator[Evil]:
    """Changes of a file that can reach a door."""
    path = honest / member if member else honest
    for evil in (*evils_of(path), *(FOR_MEMBERS if member and not door.is_typed else ())):
        if not (evil.needs_path and door.takes_bytes):
            yield evil
