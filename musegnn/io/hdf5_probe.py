"""Try an HDF5 file in a process of its own, since the HDF5 library can crash on damaged bytes.

A changed byte in the internal tables of a file can end the whole process with a segmentation fault
or keep it busy for ever, which no `except` can catch. So a file of a user is first walked through
by this module run as a script; it imports nothing but h5py.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py

SECONDS = 120  # far beyond what walking through a file of many gigabytes takes
DAMAGED = 3  # exit code for sizes that cannot be true
_LARGEST_RATIO = 1100  # deflate packs at most 1032 : 1
_SLACK = 1 << 20  # bytes; small arrays may be stored without any space of their own
_KNOWN_FILTERS = {None, "gzip", "lzf", "szip"}  # newer ones pack constant values further
_READ_WHOLE = 1 << 26  # bytes; of larger datasets the first and the last rows are read


def survives(path: Path, *, seconds: float = SECONDS) -> bool:
    """True when walking through a file neither ends nor blocks a process.

    Errors that Python can catch count as survived: the reader will meet and name them.
    """
    command = [sys.executable, "-I", __file__, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode in {0, 1}  # a signal, or the code of Windows for it, is none of these


def is_oversized(dataset: h5py.Dataset) -> bool:
    """True when a dataset states a size that its bytes in the file cannot unpack to.

    A damaged header, or one made to do harm, may ask for terabytes of memory.
    """
    if dataset.compression not in _KNOWN_FILTERS:
        return False
    return dataset.nbytes > _LARGEST_RATIO * dataset.id.get_storage_size() + _SLACK


def walk(path: str) -> int:
    """Read all attributes and the datasets of a file; return the exit code."""
    problems: list[Exception] = []
    oversized: list[str] = []

    def touch(name: str, item: h5py.HLObject) -> None:
        for key in list(item.attrs):
            _try(partial(item.attrs.__getitem__, key), problems)
        if isinstance(item, h5py.Dataset):
            _try(partial(_touch_dataset, item, name, oversized), problems)

    with h5py.File(path, "r") as file:
        touch("/", file)
        file.visititems(touch)
    return DAMAGED if oversized else bool(problems)


def _try(action: Callable[[], object], problems: list[Exception]) -> None:
    """Run an action and remember its error, so that the walk goes on."""
    try:
        action()
    except Exception as error:  # noqa: BLE001 - h5py raises almost any kind for a damaged file
        problems.append(error)


def _touch_dataset(dataset: h5py.Dataset, name: str, oversized: list[str]) -> None:
    """Read a dataset, of a large one the ends."""
    if is_oversized(dataset):
        oversized.append(name)
    elif dataset.nbytes <= _READ_WHOLE or dataset.ndim == 0 or dataset.dtype.kind == "O":
        dataset[()]
    else:
        rows = max(1, _READ_WHOLE // 4 * len(dataset) // dataset.nbytes)
        dataset[:rows]
        dataset[-rows:]


if __name__ == "__main__":
    sys.exit(walk(sys.argv[1]))
