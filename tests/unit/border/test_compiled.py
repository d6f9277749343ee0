"""What a compiled library panics with."""

from __future__ import annotations

import pytest

from musegnn.border.compiled import failures_told, panics_told
from musegnn.errors import DataFileError, InputError


def test_a_panic_is_one_sentence_and_nothing_else_is_caught():
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})
    with (
        pytest.raises(InputError, match="Expected numbers") as told,
        panics_told("Expected numbers.", "x"),
    ):
        raise panic
    assert isinstance(told.value.__cause__, panic)
    for other in (KeyboardInterrupt("as it was"), SystemExit("as it was"), ValueError("as it was")):
        with pytest.raises(type(other), match="as it was"), panics_told("Expected n.", "x"):
            raise other


@pytest.mark.parametrize("failure", [ValueError("x"), AssertionError("x"), ZeroDivisionError("x")])
def test_a_failure_of_a_library_is_one_sentence(failure):
    with (
        pytest.raises(InputError, match="Expected numbers") as told,
        failures_told("Expected numbers.", "x"),
    ):
        raise failure
    assert told.value.__cause__ is failure


@pytest.mark.parametrize("own", [DataFileError("Expected a.", "b"), MemoryError("Expected a.")])
def test_own_errors_and_a_lack_of_memory_pass_as_they_are(own):
    with pytest.raises(type(own), match="Expected a") as told, failures_told("Expected n.", "x"):
        raise own
    assert told.value is own
