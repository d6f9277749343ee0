"""Changes of HDF5 files: `.h5ad`, 10x `.h5` and loom."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np

from benchmarks.mutations.changes_text import UnfitError

Change = Callable[[h5py.File, random.Random], None]
TEXT = h5py.string_dtype()
_MATRICES = ("data", "matrix", "X", "counts")


def _datasets(file: h5py.File) -> list[str]:
    found: list[str] = []
    file.visititems(
        lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None
    )
    return sorted(found)


def _ends(file: h5py.File, *names: str) -> list[str]:
    """Return the datasets of these last names that are lists or tables."""
    found = [name for name in _datasets(file) if name.rpartition("/")[2] in names]
    return [name for name in found if file[name].ndim]


def _replace(file: h5py.File, name: str, values: object, **options: object) -> None:
    """Write a dataset again with its attributes."""
    attributes = dict(file[name].attrs)
    del file[name]
    file.create_dataset(name, data=values, **options)
    file[name].attrs.update(attributes)


def _one(names: list[str], rng: random.Random) -> str:
    if not names:
        raise UnfitError
    return rng.choice(names)


def _is_text(dataset: h5py.Dataset) -> bool:
    return dataset.dtype.kind in "SO"


def _values(file: h5py.File, rng: random.Random) -> str:
    """Return a dataset that holds the counts."""
    return _one([n for n in _ends(file, *_MATRICES) if not _is_text(file[n])], rng)


def _names(file: h5py.File, rng: random.Random) -> str:
    """Return a list of texts."""
    return _one([n for n in _datasets(file) if file[n].ndim == 1 and _is_text(file[n])], rng)


def _retyped(kind: str) -> Change:
    def change(file: h5py.File, rng: random.Random) -> None:
        name = _values(file, rng)
        _replace(file, name, file[name][()].astype(kind))

    return change


def _one_value(value: float) -> Change:
    def change(file: h5py.File, rng: random.Random) -> None:
        name = _values(file, rng)
        values = file[name][()].astype(np.float64)
        if not values.size:
            raise UnfitError
        values.ravel()[rng.randrange(values.size)] = value
        _replace(file, name, values)

    return change


def _as_text(file: h5py.File, rng: random.Random) -> None:
    name = _values(file, rng)
    values = [str(value) for value in file[name][()].ravel()]
    _replace(file, name, np.array(values, dtype="S").reshape(file[name].shape))


def _indices_retyped(file: h5py.File, rng: random.Random) -> None:
    name = _one(_ends(file, "indices"), rng)
    _replace(file, name, file[name][()].astype(rng.choice(("u2", "i8", "u8", "u1", "i2"))))


def _pointers_retyped(file: h5py.File, rng: random.Random) -> None:
    name = _one(_ends(file, "indptr"), rng)
    _replace(file, name, file[name][()].astype(rng.choice(("u4", "i8", "u8"))))


def _indices_as_floats(file: h5py.File, rng: random.Random) -> None:
    name = _one(_ends(file, "indices"), rng)
    _replace(file, name, file[name][()].astype("f8"))


def _index_beyond(file: h5py.File, rng: random.Random) -> None:
    name = _one(_ends(file, "indices"), rng)
    file[name][rng.randrange(len(file[name]))] = rng.choice((-1, 10_000, 2**31 - 1))


def index_moved(file: h5py.File, rng: random.Random) -> None:
    """Count of another gene of the same cell, which may then stand twice."""
    name = _one(_ends(file, "indices"), rng)
    file[name][rng.randrange(len(file[name]))] = rng.randrange(10)


def _pointers_cut(file: h5py.File, rng: random.Random) -> None:
    name = _one(_ends(file, "indptr"), rng)
    _replace(file, name, file[name][()][: -rng.randrange(1, 5)])


def _pointers_mixed(file: h5py.File, rng: random.Random) -> None:
    name = _one(_ends(file, "indptr"), rng)
    values = file[name][()]
    place = rng.randrange(1, len(values) - 1)
    values[place] = values[-1] + 5
    _replace(file, name, values)


def columns_permuted(file: h5py.File, rng: random.Random) -> None:
    """Entries of each cell in another order, which changes nothing."""
    name = _one(_ends(file, "indices"), rng)
    group = file[name].parent
    order = np.random.default_rng(rng.randrange(10**6))
    indices, data, indptr = (group[part][()] for part in ("indices", "data", "indptr"))
    for low, high in pairwise(indptr):
        places = low + order.permutation(int(high - low))
        indices[low:high], data[low:high] = indices[places], data[places]
    group["indices"][...], group["data"][...] = indices, data


def zeros_stored(file: h5py.File, rng: random.Random) -> None:
    """A zero written down at the end of the last cell, which changes nothing."""
    name = _one(_ends(file, "indices"), rng)
    group = file[name].parent
    free = sorted(set(range(20)) - set(group["indices"][int(group["indptr"][-2]) :].tolist()))
    if not free:
        raise UnfitError
    _replace(file, f"{group.name}/indices", np.append(group["indices"][()], np.int32(free[0])))
    data = group["data"][()]
    _replace(file, f"{group.name}/data", np.append(data, np.zeros(1, data.dtype)))
    pointers = group["indptr"][()]
    pointers[-1] += 1
    _replace(file, f"{group.name}/indptr", pointers)


def _data_cut(file: h5py.File, rng: random.Random) -> None:
    name = _values(file, rng)
    _replace(file, name, file[name][()][: -rng.randrange(1, 5)])


def _shape_exchanged(file: h5py.File, rng: random.Random) -> None:
    if "matrix/shape" in file:
        _replace(file, "matrix/shape", file["matrix/shape"][()][::-1])
    elif "X" in file and "shape" in file["X"].attrs:
        file["X"].attrs["shape"] = file["X"].attrs["shape"][::-1]
    else:
        name = _one(_ends(file, "shape", "matrix"), rng)
        _replace(file, name, file[name][()].T if file[name].ndim == 2 else file[name][()][::-1])


def _shape_wrong(file: h5py.File, rng: random.Random) -> None:
    names = _ends(file, "shape")
    if names:
        file[names[0]][rng.randrange(2)] += rng.choice((-1, 1, 1000))
    elif "X" in file and "shape" in file["X"].attrs:
        shape = np.array(file["X"].attrs["shape"])
        shape[rng.randrange(2)] += rng.choice((-1, 1, 1000))
        file["X"].attrs["shape"] = shape
    else:
        raise UnfitError


def _part_gone(file: h5py.File, rng: random.Random) -> None:
    del file[_one(_datasets(file), rng)]


def _part_renamed(file: h5py.File, rng: random.Random) -> None:
    name = _one(_datasets(file), rng)
    file.move(name, f"{name}_old")


def _names_shuffled(file: h5py.File, rng: random.Random) -> None:
    name = _names(file, rng)
    values = list(file[name][()])
    rng.shuffle(values)
    file[name][...] = values


def _names_exchanged(file: h5py.File, rng: random.Random) -> None:
    name = _names(file, rng)
    values = list(file[name][()])
    first, second = rng.randrange(len(values)), rng.randrange(len(values))
    values[first], values[second] = values[second], values[first]
    file[name][...] = values


def _names_cut(file: h5py.File, rng: random.Random) -> None:
    name = _names(file, rng)
    _replace(file, name, file[name][()][:-1])


def _name_twice(file: h5py.File, rng: random.Random) -> None:
    name = _names(file, rng)
    values = file[name][()]
    values[rng.randrange(len(values))] = values[0]
    file[name][...] = values


def _name_odd(file: h5py.File, rng: random.Random) -> None:
    name = _names(file, rng)
    values = [v if isinstance(v, bytes) else str(v).encode() for v in file[name][()]]
    values[rng.randrange(len(values))] = rng.choice((b"", b"nan", b"\xe9\xff", b" a "))
    _replace(file, name, np.array(values, dtype="S"))


def names_typed(file: h5py.File, rng: random.Random) -> None:
    """Texts of one length in place of texts of any length, or the other way round."""
    name = _names(file, rng)
    values = [v if isinstance(v, bytes) else str(v).encode() for v in file[name][()]]
    if file[name].dtype.kind == "S":
        _replace(file, name, [value.decode() for value in values], dtype=TEXT)
    else:
        _replace(file, name, np.array(values, dtype="S"))


def _names_as_numbers(file: h5py.File, rng: random.Random) -> None:
    name = _names(file, rng)
    _replace(file, name, np.arange(len(file[name])))


def _recompressed(file: h5py.File, rng: random.Random) -> None:
    name = _values(file, rng)
    values = file[name][()]
    options = rng.choice(({"compression": "gzip"}, {"compression": "lzf"}, {"shuffle": True}))
    chunks = tuple(min(size, rng.choice((1, 7, 64))) for size in values.shape)
    _replace(file, name, values, chunks=chunks, **options)


def _big_ends(file: h5py.File, rng: random.Random) -> None:
    name = _values(file, rng)
    values = file[name][()]
    _replace(file, name, values.astype(values.dtype.newbyteorder(">")))


def _more_inside(file: h5py.File, rng: random.Random) -> None:
    file.create_dataset("extra/numbers", data=np.arange(5))
    file["link"] = h5py.SoftLink("/nowhere")


def _attribute_odd(file: h5py.File, rng: random.Random) -> None:
    holders = [name for name in (*_datasets(file), *file) if file[name].attrs]
    name = _one(holders, rng)
    key = rng.choice(sorted(file[name].attrs))
    if rng.random() < 0.5:
        del file[name].attrs[key]
    else:
        file[name].attrs[key] = rng.choice(("odd", "9.9.9", 7))


BY_PARTS: dict[str, tuple[Change, bool]] = {
    # name -> change of the open file, and whether it still says what it said
    **{f"counts as {kind}": (_retyped(kind), True) for kind in ("f8", "f4", "i8", "u2", "u8")},
    "counts as f2": (_retyped("f2"), False),
    "counts as bool": (_retyped("bool"), False),
    "counts as text": (_as_text, False),
    "counts of big ends": (_big_ends, True),
    **{
        f"a value {value}": (_one_value(value), False)
        for value in (float("nan"), float("inf"), -1.0, 0.5, 1e30, 7.0)
    },
    "indices of another type": (_indices_retyped, True),
    "pointers of another type": (_pointers_retyped, True),
    "indices as doubles": (_indices_as_floats, False),
    "an index beyond": (_index_beyond, False),
    "an index moved": (index_moved, False),
    "pointers cut": (_pointers_cut, False),
    "pointers mixed": (_pointers_mixed, False),
    "entries of cells permuted": (columns_permuted, True),
    "zeros stored": (zeros_stored, True),
    "counts cut": (_data_cut, False),
    "shape exchanged": (_shape_exchanged, False),
    "shape wrong": (_shape_wrong, False),
    "a part gone": (_part_gone, False),
    "a part renamed": (_part_renamed, False),
    "names shuffled": (_names_shuffled, False),
    "two names exchanged": (_names_exchanged, False),
    "names cut": (_names_cut, False),
    "a name twice": (_name_twice, False),
    "a name of another kind": (_name_odd, False),
    "names of another type": (names_typed, True),
    "names as numbers": (_names_as_numbers, False),
    "recompressed": (_recompressed, True),
    "more inside": (_more_inside, True),
    "an odd attribute": (_attribute_odd, False),
}


def _cut(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(1, len(content))])


def _flip(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 3, 20))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(content))


WHOLE: dict[str, Callable[[Path, random.Random], None]] = {"cut": _cut, "bits flipped": _flip}
NAMES_OF_HDF5 = (*BY_PARTS, *WHOLE)


def change_hdf5(path: Path, name: str, rng: random.Random) -> bool:
    """Change an HDF5 file in place; True when it says what it said before.

    Raises
    ------
    UnfitError
        If the change has no meaning for this file.
    """
    if name in WHOLE:
        WHOLE[name](path, rng)
        return False
    change, keeps = BY_PARTS[name]
    with h5py.File(path, "a") as file:
        change(file, rng)
    return keeps
