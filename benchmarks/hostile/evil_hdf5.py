"""Changes of HDF5 files: what leads out, what cannot be in them, what is of a wrong kind."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.hostile.evil import Change, Evil, NotApplicableError, Outside

TEXT = h5py.string_dtype()
_STRANGE: tuple[Callable[[], Any], ...] = (
    lambda: np.float64(np.nan),
    lambda: np.full((3, 3), np.nan),
    lambda: np.array([], np.float32),
    lambda: np.array(["=1+1", "\u202eabc", "![x](http://x.example)", "a\nb"], dtype=object),
    lambda: np.array(b"\0\0"),
    lambda: np.zeros((2, 3, 4, 5)),
    lambda: np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    lambda: np.array([1 + 2j]),
    lambda: np.array([-1, -(2**40)]),
    lambda: np.array([2**63], np.uint64),
    lambda: np.array([True, False]),
    lambda: np.array(["x" * 1_000_000], dtype=object),
    lambda: np.array([np.inf, -np.inf, 1e300]),
)


def _names(file: h5py.File, kind: type) -> list[str]:
    """Names of all datasets or groups, but for the root."""
    found: list[str] = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, kind) else None)
    return found


def _on_dataset(edit: Callable[[h5py.File, str, random.Random, Outside], None]) -> Change:
    """Change one dataset, drawn."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        with h5py.File(path, "r+") as file:
            names = _names(file, h5py.Dataset)
            if not names:
                raise NotApplicableError
            edit(file, rng.choice(names), rng, outside)

    return change


def _on_group(edit: Callable[[h5py.File, str, random.Random], None]) -> Change:
    """Change one group, drawn."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        with h5py.File(path, "r+") as file:
            edit(file, rng.choice(_names(file, h5py.Group) or [""]), rng)

    return change


def _swap(file: h5py.File, name: str, **options: Any) -> h5py.Dataset:
    """Put a dataset in place of another; its attributes stay."""
    attributes = dict(file[name].attrs)
    del file[name]
    made = file.create_dataset(name, **options)
    for key, value in attributes.items():
        made.attrs[key] = value
    return made


def _shape(file: h5py.File, name: str) -> tuple[int, ...]:
    """Shape of a dataset, at least one number."""
    return tuple(max(1, n) for n in file[name].shape) or (1,)


def _external(place: str | None) -> Change:
    """Store a dataset in another file; None takes the text outside."""

    def edit(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
        shape, kind = _shape(file, name), file[name].dtype
        kind = kind if kind.kind in "iufS" and rng.random() < 0.5 else np.dtype("u1")
        target = place or str(outside.text)
        size = int(np.prod(shape)) * kind.itemsize
        options = {"shape": shape, "dtype": kind, "external": [(target, 0, size)]}
        _swap(file, name, **options)

    return _on_dataset(edit)


def _linked(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Link a dataset to one of the file outside."""
    inner = rng.choice(("texts", "letters", "numbers", "table"))
    del file[name]
    file[name] = h5py.ExternalLink(str(outside.hdf5), inner)


def _linked_group(path: Path, rng: random.Random, outside: Outside) -> None:
    """Link a whole group to the file outside."""
    with h5py.File(path, "r+") as file:
        name = rng.choice([name for name in _names(file, h5py.Group) if name] or [""])
        if not name:
            raise NotApplicableError
        del file[name]
        file[name] = h5py.ExternalLink(str(outside.hdf5), "/")


def _virtual(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Make a dataset a window into the file outside."""
    source = "letters" if rng.random() < 0.5 else "numbers"
    with h5py.File(outside.hdf5) as other:
        size, kind = other[source].shape[0], other[source].dtype
    shape = _shape(file, name)
    wanted = min(int(np.prod(shape)), size)
    layout = h5py.VirtualLayout(shape=(wanted,), dtype=kind)
    layout[:] = h5py.VirtualSource(str(outside.hdf5), source, shape=(size,))[:wanted]
    del file[name]
    file.create_virtual_dataset(name, layout)


def _declared(number: int, *, packed: bool = False) -> Change:
    """Declare a size that the bytes of the file cannot hold."""

    def edit(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
        shape = _shape(file, name)
        kind = file[name].dtype
        declared = (number,) if len(shape) == 1 else (shape[0], number // shape[0])
        options = {"compression": "gzip"} if packed else {}
        _swap(file, name, shape=declared, dtype=kind, chunks=True, **options)

    return _on_dataset(edit)


def _constant(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Fill a dataset with 200 million of one value, packed to almost nothing."""
    kind = file[name].dtype
    if kind.kind not in "iuf":
        raise NotApplicableError
    made = _swap(file, name, shape=(200_000_000,), dtype="u1", chunks=(1 << 24,), compression=9)
    made[: 1 << 24] = 1


def _odd_value(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Put a value of another kind in place of a dataset."""
    value = rng.choice(_STRANGE)()
    kind = TEXT if value.dtype.kind == "O" else value.dtype
    _swap(file, name, data=value, dtype=kind)


def _odd_numbers(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Make some numbers of a dataset impossible."""
    data = file[name]
    if data.dtype.kind not in "iuf" or not data.size:
        raise NotApplicableError
    values = data[()] if data.shape else np.array([data[()]])
    flat = values.reshape(-1)
    limit = np.iinfo(data.dtype).max if data.dtype.kind in "iu" else 1e30
    for _ in range(rng.choice((1, 3, 100))):
        with np.errstate(all="ignore"):
            flat[rng.randrange(len(flat))] = rng.choice((limit, 0, limit // 2))
            if data.dtype.kind != "u":
                flat[rng.randrange(len(flat))] = -rng.choice((1, limit))
    data[...] = values if data.shape else values[0]


def _odd_texts(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Make texts of a dataset odd: very long, broken, repeated, or signs of other languages."""
    data = file[name]
    if data.dtype.kind not in "OS" or not data.size:
        raise NotApplicableError
    odd = rng.choice(
        ("x" * 200, "=1+1", "../../x", "\u202eabc", "", "a\tb\nc", "{" * 5000, "1e400")
    )
    if not data.shape:
        _swap(file, name, data=odd, dtype=TEXT)
        return
    values = [odd if rng.random() < 0.5 else str(v) for v in np.ravel(data[()])[:5000]]
    _swap(file, name, data=np.array(values, dtype=object), dtype=TEXT)


def _gone(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    del file[name]


def _longer(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Make a dataset one or many longer or shorter than its fellows."""
    data = file[name][()]
    if not np.ndim(data):
        raise NotApplicableError
    longer = np.concatenate([data] * rng.choice((2, 3))) if rng.random() < 0.5 else data[:-1]
    _swap(file, name, data=longer, dtype=file[name].dtype)


def _attributes(path: Path, rng: random.Random, outside: Outside) -> None:
    """Change an attribute: encodings and shapes are stated there."""
    with h5py.File(path, "r+") as file:
        items = [file[name] for name in _names(file, object)] + [file["/"]]
        items = [item for item in items if len(item.attrs)]
        if not items:
            raise NotApplicableError
        item = rng.choice(items)
        key = rng.choice(list(item.attrs))
        wrong = (-1, [-5, 3], [2**62, 2**62], "csr_matrix", "dataframe", "", "x" * 30_000, [1.5])
        value: Any = rng.choice((*wrong, "string-array", "dict", "raw", "categorical", [0, 0]))
        del item.attrs[key]
        if rng.random() < 0.9:
            item.attrs[key] = value


def _nested(file: h5py.File, name: str, rng: random.Random) -> None:
    """Nest groups deep."""
    group = file[name] if name else file["/"]
    for _ in range(5000):
        group = group.create_group("x")


def _many(file: h5py.File, name: str, rng: random.Random) -> None:
    """Put many groups beside each other."""
    group = file[name] if name else file["/"]
    for number in range(30_000):
        group.create_group(f"x{number}")


def _looped(file: h5py.File, name: str, rng: random.Random) -> None:
    """Let a group hold itself, hard and soft."""
    group = file[name] if name else file["/"]
    with suppress(OSError, ValueError):
        group["itself"] = group
        group["again"] = h5py.SoftLink("/" + name)
        group["root"] = file["/"]


def _dangling(file: h5py.File, name: str, rng: random.Random) -> None:
    """Put a link to nothing in place of a group."""
    if not name:
        raise NotApplicableError
    del file[name]
    file[name] = h5py.SoftLink(rng.choice(("/nowhere", "/" + name, "/")))


def _flat(file: h5py.File, name: str, rng: random.Random) -> None:
    """Put a dataset in place of a group."""
    if not name:
        raise NotApplicableError
    del file[name]
    file[name] = rng.choice((0, "x", [1, 2, 3]))


def _references(file: h5py.File, name: str, rng: random.Random, outside: Outside) -> None:
    """Put references to other parts in place of a dataset."""
    made = _swap(file, name, shape=(3,), dtype=h5py.ref_dtype)
    made[0] = file["/"].ref


_DEVICES = ("/dev/zero", "/proc/self/environ", "/proc/self/stat", "/etc/passwd", "/dev/stdin")

FOR_HDF5: tuple[Evil, ...] = (
    *(Evil("stored outside", _external(None)) for _ in range(8)),
    *(Evil(f"stored in {place}", _external(place)) for place in _DEVICES),
    *(Evil("linked outside", _on_dataset(_linked)) for _ in range(8)),
    *(Evil("virtual", _on_dataset(_virtual)) for _ in range(8)),
    *(Evil("group linked outside", _linked_group) for _ in range(3)),
    *(Evil(f"declared {n}", _declared(n)) for n in (10**8, 10**9, 10**10, 10**12, 10**15)),
    *(Evil(f"declared {n}, packed", _declared(n, packed=True)) for n in (10**9, 10**12)),
    *(Evil("200 million of one value", _on_dataset(_constant)) for _ in range(3)),
    *(Evil("a value of another kind", _on_dataset(_odd_value)) for _ in range(14)),
    *(Evil("impossible numbers", _on_dataset(_odd_numbers)) for _ in range(8)),
    *(Evil("odd texts", _on_dataset(_odd_texts)) for _ in range(10)),
    *(Evil("of another length", _on_dataset(_longer)) for _ in range(6)),
    *(Evil("a dataset less", _on_dataset(_gone)) for _ in range(5)),
    *(Evil("references", _on_dataset(_references)) for _ in range(2)),
    *(Evil("another attribute", _attributes) for _ in range(14)),
    Evil("nested groups", _on_group(_nested)),
    Evil("many groups", _on_group(_many)),
    *(Evil("groups in a loop", _on_group(_looped)) for _ in range(2)),
    *(Evil("a link to nothing", _on_group(_dangling)) for _ in range(3)),
    *(Evil("a number in place of a group", _on_group(_flat)) for _ in range(3)),
)
