"""What a compiled library panics with."""

from __future__ import annotations

import pytest

from musegnn.border.compiled import panics_told
from musegnn.errors import InputError


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
