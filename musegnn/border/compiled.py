"""Compiled: calls into libraries whose panics Python does not count among its exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from musegnn.errors import InputError, MuseGNNError

_PANIC: Final = "pyo3_runtime"  # module of what a panic in Rust is raised as


@contextmanager
def panics_told(message: str, hint: str) -> Iterator[None]:
    """Turn a panic inside a compiled library into one sentence.

    Such a panic passes `except Exception`, and a page that it ends says nothing.

    Parameters
    ----------
    message, hint
        What to say.

    Raises
    ------
    InputError
        If the block panics.
    """
    try:
        yield
    except BaseException as error:
        if type(error).__module__ != _PANIC:
            raise
        raise InputError(message, hint) from error


@contextmanager
def failures_told(message: str, hint: str) -> Iterator[None]:
    """Turn whatever goes wrong inside a library that computes into one sentence.

    Parameters
    ----------
    message, hint
        What to say.

    Raises
    ------
    InputError
        If the block fails or panics; what this product itself raises, and a lack of memory, passes.
    """
    with panics_told(message, hint):
        try:
            yield
        except (MuseGNNError, MemoryError):
            raise
        except Exception as error:  # libraries raise almost any kind
            raise InputError(message, hint) from error
