"""Work counted in calls of functions: the same on every machine, however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def count_calls(function: Callable[[], Any]) -> int:
    """Call a function; return how many functions, also built-in ones, it called in this thread."""
    n_calls = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal n_calls
        n_calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return n_calls
