"""Cached build: what is made once from its arguments and shared, read-only, by all sessions."""

from __future__ import annotations

import gc
import hashlib
import inspect
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import singledispatch, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import streamlit as st

from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.origin import find_set_file
from musegnn.embeddings.vector_set import SetSize, measure_set
from musegnn.errors import DataFileError
from musegnn.screens.shell.words import prose

FileKey = tuple[str, int, int]  # path, time of change in ns, size in bytes
Asked = ParamSpec("Asked")
Built = TypeVar("Built")

# what a cached build made -> what it was made from, as long as it lives
_MADE_FROM: dict[int, tuple[weakref.ref[Any], tuple[str, str]]] = {}


def cached_build(
    *, max_entries: int, spinner: str | bool = False
) -> Callable[[Callable[Asked, Built]], Callable[Asked, Built]]:
    """Make a function build once for equal arguments.

    Arguments count by what they are, see `identity_of`; those whose names begin with `_` do not
    count: they follow from the others.

    Parameters
    ----------
    max_entries
        Results that are kept at most.
    spinner
        What the page says meanwhile; False for nothing.
    """

    def decorate(build: Callable[Asked, Built]) -> Callable[Asked, Built]:
        signature = inspect.signature(build)
        name = f"{build.__module__}.{build.__qualname__}"

        def make(key: str, _call: Callable[[], Built]) -> Built:
            return _call()

        # the cache tells functions apart by these names
        make.__module__, make.__qualname__ = build.__module__, build.__qualname__
        kept = st.cache_resource(max_entries=max_entries, show_spinner=spinner)(make)

        @wraps(build)
        def cached(*args: Asked.args, **kwargs: Asked.kwargs) -> Built:
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            asked = [
                identity_of(value)
                for parameter, value in bound.arguments.items()
                if not parameter.startswith("_")
            ]
            key = hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).hexdigest()
            built = kept(key, lambda: build(*args, **kwargs))
            with suppress(TypeError):  # plain values cannot be watched, and tell what they are
                number = id(built)
                watched = weakref.ref(built, lambda _: _MADE_FROM.pop(number, None))
                _MADE_FROM[number] = watched, (name, key)
            return built

        cached.clear = kept.clear  # type: ignore[attr-defined]
        return cached

    return decorate


def file_key(path: Path) -> FileKey | None:
    """Identify the state of a file, or None when there is none."""
    if not path.is_file():
        return None
    status = path.stat()
    return str(path.resolve()), status.st_mtime_ns, status.st_size


def identity_of(value: object) -> Any:
    """Return what tells a value from others.

    What a cached build made is known by what it was made from, a path by the state of its file,
    arrays and tables by their content, a record by the fields that count when two are compared, and
    plain values by themselves.

    Raises
    ------
    TypeError
        If the value is of another kind.
    """
    made, key = _MADE_FROM.get(id(value), (None, ("", "")))
    return key if made is not None and made() is value else _content_of(value)


@singledispatch
def _content_of(value: Any) -> Any:
    """Return the content of a value as plain values."""
    if is_dataclass(value):
        parts = (getattr(value, field.name) for field in fields(value) if field.compare)
        return type(value).__qualname__, tuple(map(identity_of, parts))
    msg = (
        f"Expected a value that tells what it is, found {type(value).__name__}; "
        "begin the name of its parameter with `_` when it follows from the others."
    )
    raise TypeError(msg)


@_content_of.register(type(None))
@_content_of.register(str)
@_content_of.register(int)
@_content_of.register(float)
@_content_of.register(np.generic)
def _of_plain(value: Any) -> Any:
    return value


@_content_of.register(bytes)
def _of_bytes(value: bytes) -> Any:
    return "bytes", hashlib.sha256(value).hexdigest()


@_content_of.register(Path)
def _of_path(value: Path) -> Any:
    return file_key(value) or str(value.resolve())


@_content_of.register(tuple)
@_content_of.register(list)
def _of_several(value: Iterable[Any]) -> Any:
    return tuple(map(identity_of, value))


@_content_of.register(set)
@_content_of.register(frozenset)
def _of_set(value: Iterable[Any]) -> Any:
    return tuple(sorted(map(identity_of, value)))


@_content_of.register(Mapping)
def _of_mapping(value: Mapping[Any, Any]) -> Any:
    return _of_several(value.items())


@_content_of.register(np.ndarray)
def _of_array(value: np.ndarray) -> Any:
    if value.dtype == object:
        return value.shape, _of_several(value.ravel())
    return value.dtype.str, value.shape, hashlib.sha256(value.tobytes()).hexdigest()


@_content_of.register(pd.Series)
@_content_of.register(pd.DataFrame)
def _of_table(value: Any) -> Any:
    names = list(value.columns) if isinstance(value, pd.DataFrame) else value.name
    return names, _of_array(pd.util.hash_pandas_object(value).to_numpy())


def open_atlas(folder: Path, knowledge: Path | None = None) -> Atlas | None:
    """Open the atlas of a result folder or of a run, or return None when the folder has none.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    try:
        key = file_key(find_set_file(folder, role=EmbeddingSet.role))
    except DataFileError:  # a folder without one
        return None
    if key is None:
        return None
    size = _measure(key)
    if not size.is_large:
        return _open(key, knowledge)
    with st.spinner(prose(f"Opening {size}")):  # shown where it takes longer than a moment
        return _open_large(key, knowledge)


@cached_build(max_entries=20)
def _measure(key: FileKey) -> SetSize:
    """Say how large an atlas is, anew when its file has changed."""
    return measure_set(Path(key[0]), EmbeddingSet)


@cached_build(max_entries=2)
def _open_large(key: FileKey, knowledge: Path | None) -> Atlas:
    """Map an atlas anew when its file has changed."""
    atlas = _read(key, knowledge)
    _ = atlas.search  # kept beside the file, which takes a while the first time
    return atlas


@cached_build(max_entries=3, spinner="Opening the atlas")
def _open(key: FileKey, knowledge: Path | None) -> Atlas:
    """Read an atlas anew when its file has changed."""
    return _read(key, knowledge)


def _read(key: FileKey, knowledge: Path | None) -> Atlas:
    """Read an atlas, with what every page asks of it."""
    atlas = read_atlas(Path(key[0]), knowledge)
    # computed here, so that no session waits for it later
    _ = atlas.embedding.unit_vectors, atlas.embedding.id, atlas.names, atlas.n_genes
    set_aside()
    return atlas


def set_aside() -> None:
    """Spare what was just read the search for garbage, which Streamlit does after every run.

    An atlas is millions of small objects that stay; to walk through them took four fifths of the
    time of a run. They are still freed with the last reference to them. Call it at the end of what
    reads much and is cached.
    """
    gc.collect()
    gc.freeze()


@cached_build(max_entries=100)
def settle(page: str, atlas: Atlas | None) -> bool:
    """Set aside, once for a page and an atlas, what the first visit of the page has read."""
    set_aside()
    return True
