"""Inputs that somebody gave: kept beside the runs that read them, once for each content."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from musegnn.errors import DataFileError
from musegnn.runs import files
from musegnn.runs.graph_sources import FileSource, hash_file
from musegnn.runs.identifiers import TRASH

INPUTS = ".inputs"
_DIGEST = re.compile(r"[0-9a-f]{64}")
YOUNG = 3600.0  # seconds in which a kept file may wait for the run that will name it


@dataclass(frozen=True)
class Given:
    """A file that a run is to read.

    Parameters
    ----------
    source
        How the run names it; its hash is known.
    content
        Its bytes, or the file that holds them for now, to be kept when the run is asked for; None
        for a file that is there already.
    """

    source: FileSource
    content: bytes | Path | None = None


def give(root: Path, *, role: str, name: str, content: bytes | Path, sha256: str = "") -> Given:
    """Return a file of some bytes, which is not written yet.

    Parameters
    ----------
    root
        Folder of all runs.
    role
        Which of the files that its kind reads it is.
    name
        Name of the file without folders.
    content
        Its bytes, or a file that holds them.
    sha256
        Their hash, where it is known.
    """
    known = sha256 or (hash_file(content) if isinstance(content, Path) else "")
    digest = known or hashlib.sha256(bytes(content)).hexdigest()
    path = root / INPUTS / digest / name
    return Given(FileSource(role=role, name=name[:100], path=str(path), sha256=digest), content)


def ask(root: Path, question: dict[str, Any]) -> Given:
    """Return what is asked as JSON, the same bytes for the same question."""
    content = json.dumps(question, sort_keys=True, ensure_ascii=False).encode("utf-8")
    return give(root, role="question", name="question.json", content=content)


def find_file(path: Path, *, role: str) -> Given:
    """Return a file that is there already, such as one that ships with the opened atlas.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    path = Path(path).absolute()
    status = path.stat()
    digest = _hash_of_state(path, status.st_mtime_ns, status.st_size)
    return Given(FileSource(role=role, name=path.name[:100], path=str(path), sha256=digest))


@lru_cache(maxsize=64)
def _hash_of_state(path: Path, changed: int, size: int) -> str:
    """Hash of a file in a state, computed once: a page asks for it each time it is drawn."""
    return hash_file(path)


def keep(given: Iterable[Given]) -> list[FileSource]:
    """Write what is not there yet, each file whole at once, and return how a run names them.

    Raises
    ------
    DataFileError
        If a file cannot be written.
    """
    sources = []
    for entry in given:
        if entry.content is not None:
            _write(Path(entry.source.path), entry.content)
        sources.append(entry.source)
    return sources


def _write(path: Path, content: bytes | Path) -> None:
    """Write a file of its content's own folder."""
    made = path.parent.with_name(f".new-{os.getpid()}-{time.monotonic_ns()}")
    try:
        if not path.is_file():
            made.mkdir(parents=True)
            if isinstance(content, Path):
                shutil.copyfile(content, made / path.name)
            else:
                (made / path.name).write_bytes(content)
            path.parent.mkdir(exist_ok=True)
            (made / path.name).replace(path)
        os.utime(path.parent)  # young again: a run is about to name it
    except OSError as error:
        msg = f"Expected to be able to keep {path.name}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check the folder of runs and the free space.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def read_question(path: Path) -> dict[str, Any]:
    """Read a question that was kept.

    Raises
    ------
    DataFileError
        If it is none.
    """
    question = files.read_json(path)
    if question is None:
        msg = f"Expected a question as JSON, found something else in {path.name}."
        raise DataFileError(msg, "Ask it again.")
    return question


def sweep_inputs(root: Path, *, young: float = YOUNG) -> int:
    """Remove kept files that no run names, in the trash neither; return how many."""
    folder = root / INPUTS
    if not folder.is_dir():
        return 0
    homes = [home for home in (root, root / TRASH) if home.is_dir()]
    named = {name for home in homes for run in home.iterdir() for name in kept_of(run)}
    removed = 0
    for kept in folder.iterdir():
        try:
            is_old = time.time() - kept.stat().st_mtime > young
        except OSError:
            continue
        if is_old and kept.name not in named:
            shutil.rmtree(kept, ignore_errors=True)
            removed += 1
    return removed


def kept_of(run: Path) -> set[str]:
    """Return the names of the folders of kept files that the configuration of a run names."""
    named = (files.read_json(run / files.CONFIG) or {}).get("files")
    entries = [entry for entry in named if isinstance(entry, dict)] if named else []
    return kept_among(str(entry.get("path", "")) for entry in entries)


def kept_among(paths: Iterable[str]) -> set[str]:
    """Return the names of the folders of kept files among the folders of some files."""
    return {name for path in paths if _DIGEST.fullmatch(name := Path(path).parent.name)}


def size_of_kept(root: Path, names: Iterable[str]) -> int:
    """Bytes of kept files by the names of their folders, each once."""
    return sum(files.size_of(root / INPUTS / name) for name in set(names))
