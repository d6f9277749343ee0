"""What a run from elsewhere holds in arrays: read as who opens it will, before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from musegnn.border.apart import NoReaderError
from musegnn.border.arrays import read_npy
from musegnn.border.tensors import check_tensors
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.runs import files
from musegnn.runs.frames import LARGEST_VECTORS, read_points

_AT_ONCE: Final = 4  # files that are read side by side


def check_contents(folder: Path) -> None:
    """Read frames, tensors, embedding and graphs of a run.

    Parameters
    ----------
    folder
        Folder of the run, whose names were checked.

    Raises
    ------
    DataFileError
        For the first file, by name, that cannot be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _CHECKS)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for problem in pool.map(lambda path: _find_problem(folder, path), paths):
            if problem is not None:
                pool.shutdown(cancel_futures=True)
                raise problem


def _find_problem(folder: Path, path: Path) -> DataFileError | None:
    """Say what is wrong with a file, by its name inside the run."""
    name = path.relative_to(folder).as_posix()
    try:
        _CHECKS[path.suffix](path, name)
    except MuseGNNError as error:
        kind = NoReaderError if isinstance(error, NoReaderError) else DataFileError
        return kind(error.message.replace(str(path), name), error.hint)
    return None


def _check_array(path: Path, name: str) -> None:
    """Read a frame, or vectors that wait to be drawn."""
    if path.name.startswith("vectors_"):
        read_npy(path, role="vectors", kind="float32", most_bytes=LARGEST_VECTORS)
    else:
        read_points(path)


def _check_h5ad(path: Path, name: str) -> None:
    """Read a file of the result."""
    from musegnn.embeddings.result_files import check_result_file  # noqa: PLC0415 - who imports

    check_result_file(path, name=name.removeprefix(f"{files.RESULT}/"))


_CHECKS: Final[dict[str, Callable[[Path, str], object]]] = {
    ".npy": _check_array,
    ".safetensors": lambda path, name: check_tensors(path, role="tensors"),
    ".h5ad": _check_h5ad,
}
