import gc
import os
import weakref
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from musegnn.screens.shell.cached_build import cached_build, identity_of


@dataclass(frozen=True)
class Request:
    rows: np.ndarray
    label: str = "a"
    note: str = field(default="", compare=False)


class Thing:
    """An object that does not tell what it is."""


@pytest.fixture
def build():
    """Return a function that counts how often it builds, and is forgotten after the test."""
    calls = []

    @cached_build(max_entries=2)
    def make(what, _help=None):
        calls.append(what)
        return Thing()

    make.calls = calls
    yield make
    make.clear()


def test_equal_arguments_build_once_and_others_again(build):
    first = build("a")
    assert build("a") is first
    assert build(what="a") is first
    assert build("b") is not first
    assert build.calls == ["a", "b"]


def test_no_more_than_the_bound_are_kept(build):
    kept = [build(number) for number in range(3)]
    assert build(2) is kept[2]
    assert build(0) is not kept[0]


def test_records_count_by_content_but_for_fields_that_are_not_compared(build):
    first = build(Request(np.arange(3)))
    assert build(Request(np.arange(3), note="said otherwise")) is first
    assert build(Request(np.arange(1, 4))) is not first
    assert build(Request(np.arange(3), label="b")) is not first


def test_what_follows_from_other_arguments_does_not_count(build):
    assert build("a", Thing()) is build("a", Thing())


def test_results_are_known_by_what_they_were_made_from(build):
    @cached_build(max_entries=2)
    def above(thing):
        return Thing()

    try:
        first = above(build("a"))
        build.clear()
        assert above(build("a")) is first
        assert above(build("b")) is not first
    finally:
        above.clear()


def test_two_functions_do_not_share_results(build):
    @cached_build(max_entries=2)
    def other(what):
        return what.upper()

    try:
        assert other("a") == "A"
        assert build("a") != "A"
    finally:
        other.clear()


def test_results_are_freed_once_they_are_forgotten(build):
    watched = weakref.ref(build("a"))
    build.clear()
    gc.collect()
    assert watched() is None


def test_an_error_is_not_kept():
    tries = []

    @cached_build(max_entries=2)
    def fail(what):
        tries.append(what)
        raise ValueError(what)

    for _ in range(2):
        with pytest.raises(ValueError, match="a"):
            fail("a")
    assert tries == ["a", "a"]


def test_a_path_counts_by_the_state_of_its_file(tmp_path):
    path = tmp_path / "a.txt"
    absent = identity_of(path)
    path.write_text("1", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    first = identity_of(path)
    os.utime(path, ns=(2, 2))
    assert len({absent, first, identity_of(path)}) == 3
    assert identity_of(tmp_path) == str(tmp_path.resolve())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1, 2]), np.array([1, 3])),
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array([1, 2], dtype=np.int32), np.array([1, 2], dtype=np.int64)),
        (np.array(["a", "b"], dtype=object), np.array(["a", "c"], dtype=object)),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]})),
        (pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [2.0]})),
        (pd.Series([1.0], index=["x"]), pd.Series([1.0], index=["y"])),
        (("a", "b"), ("ab",)),
        ({"a": 1}, {"a": 2}),
        (b"a", "a"),
        (None, ""),
    ],
)
def test_different_values_differ(one, other):
    assert repr(identity_of(one)) != repr(identity_of(other))


def test_equal_values_are_equal():
    many = {f"gene {number}" for number in range(100)}
    assert identity_of(many) == identity_of(frozenset(sorted(many)))
    names = np.array(["a", "b"], dtype=object)
    assert identity_of(names) == identity_of(np.array(["".join("a"), "b"], dtype=object))


def test_a_value_that_does_not_tell_what_it_is_is_refused(build):
    with pytest.raises(TypeError, match="begin the name of its parameter with `_`"):
        build(Thing())
