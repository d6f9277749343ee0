"""Disk: how much of it belongs to whom, in the folder of all runs."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from musegnn.access.owners import Owner
from musegnn.access.visitor import LOCAL
from musegnn.runs import files
from musegnn.runs.identifiers import TRASH
from musegnn.runs.inputs import kept_of, size_of_kept
from musegnn.runs.listing import list_run_folders
from musegnn.runs.owning import read_owner

GRAPHS: Final = ".graphs"  # in the folder of all runs: graphs given through the page
_OF: Final = "of-"


@dataclass(frozen=True)
class Taken:
    """Disk that belongs to somebody.

    Parameters
    ----------
    owner
        Who; the id is "" where a folder of graphs belongs to nobody that is known here.
    n_runs
        Number of runs, those in the trash not counted.
    runs, trash, graphs, inputs
        Bytes of runs, of runs in the trash, of gene graphs given, and of files that were kept for
        any of these runs: such a file counts for everybody whose runs read it.
    """

    owner: Owner
    n_runs: int = 0
    runs: int = 0
    trash: int = 0
    graphs: int = 0
    inputs: int = 0

    @property
    def total(self) -> int:
        """Bytes in all."""
        return self.runs + self.trash + self.graphs + self.inputs


def graphs_folder(root: Path, owner: str) -> Path:
    """Folder of the gene graphs that somebody has given, by id: nobody else lists them."""
    return root / GRAPHS if owner == LOCAL.id else root / GRAPHS / _name_of(owner)


def _name_of(owner: str) -> str:
    """Name of the folder of somebody's graphs; an id may hold any sign."""
    return f"{_OF}{hashlib.sha256(owner.encode()).hexdigest()[:24]}"


def list_taken(root: Path, known: Iterable[Owner] = ()) -> list[Taken]:
    """Return what everybody takes, the most first; who takes nothing is left out.

    Parameters
    ----------
    root
        Folder of all runs.
    known
        People who may have given graphs and have no run: a folder of graphs does not name them.
    """
    found = {owner.id: Taken(owner) for owner in (Owner(), *known)}
    kept: dict[str, set[str]] = defaultdict(set)
    for place, part in ((root, "runs"), (root / TRASH, "trash")):
        for folder in list_run_folders(place):
            owner = read_owner(folder)
            one = found.get(owner.id, Taken(owner))
            size = getattr(one, part) + files.size_of(folder)
            found[owner.id] = replace(one, n_runs=one.n_runs + (part == "runs"), **{part: size})
            kept[owner.id] |= kept_of(folder)
    for owner_id, names in kept.items():
        found[owner_id] = replace(found[owner_id], inputs=size_of_kept(root, names))
    by_folder = {_name_of(owner): owner for owner in found}
    for name, size in _sizes_of_graphs(root):
        owner_id = by_folder.get(name, name or LOCAL.id)
        one = found.get(owner_id, Taken(Owner("", f"nobody known here ({name})")))
        found[owner_id] = replace(one, graphs=one.graphs + size)
    return sorted((one for one in found.values() if one.total), key=lambda one: -one.total)


def disk_of(root: Path, owner: str, *, also: Iterable[str] = ()) -> int:
    """Bytes that somebody takes.

    Parameters
    ----------
    root
        Folder of all runs.
    owner
        Whose, by id.
    also
        Kept files that count beside those of the runs, by the names of their folders.
    """
    homes = [*list_run_folders(root), *list_run_folders(root / TRASH)]
    own = [folder for folder in homes if read_owner(folder).id == owner]
    graphs = _sizes_of_graphs(root)
    name = "" if owner == LOCAL.id else _name_of(owner)
    kept = {*also, *(name for folder in own for name in kept_of(folder))}
    return (
        sum(map(files.size_of, own))
        + sum(size for found, size in graphs if found == name)
        + size_of_kept(root, kept)
    )


def _sizes_of_graphs(root: Path) -> list[tuple[str, int]]:
    """Bytes of the folders of graphs by name; "" is what lies there outside of a folder."""
    try:
        entries = list((root / GRAPHS).iterdir())
    except OSError:
        return []
    sizes = [(entry.name if entry.name.startswith(_OF) else "", _size(entry)) for entry in entries]
    return sorted(sizes)


def _size(path: Path) -> int:
    """Bytes of a folder, or of a file."""
    try:
        return files.size_of(path) if path.is_dir() else path.lstat().st_size
    except OSError:
        return 0
