"""One wording for every wrong value."""

from __future__ import annotations

import pytest

from musegnn.errors import InputError
from musegnn.validation import (
    check_choice,
    check_name,
    check_positive,
    format_list,
    nearest_names,
)


@pytest.mark.parametrize("value", [0, -1, -0.5, float("nan")])
def test_values_that_are_not_positive_are_refused_with_their_name(value: float) -> None:
    with pytest.raises(InputError, match=f"Expected `k` to be greater than 0, found {value}"):
        check_positive(value, name="k")


def test_positive_values_pass() -> None:
    check_positive(1e-9, name="k")
    check_positive(5, name="k")


def test_an_unknown_choice_is_answered_with_all_and_the_nearest() -> None:
    check_choice("human", ["human", "mouse"], name="species")
    with pytest.raises(
        InputError, match=r"one of human, mouse; found 'huan'\. Did you mean 'human'"
    ):
        check_choice("huan", ["human", "mouse"], name="species")
    with pytest.raises(InputError, match=r"one of human, mouse; found 'rat'\.$"):
        check_choice("rat", ["human", "mouse"], name="species")


@pytest.mark.parametrize("value", ["a", "pbmc4k_10x", "E3.5", "a+b", "9", "x" * 100])
def test_names_that_are_safe_in_a_path_pass(value: str) -> None:
    check_name(value, name="name")


@pytest.mark.parametrize(
    "value", ["", ".", "..", "../a", "a/b", "a b", "-x", "ä", "a\n", "x" * 101]
)
def test_names_that_are_not_safe_in_a_path_are_refused(value: str) -> None:
    with pytest.raises(InputError, match="Expected `name` of letters, digits"):
        check_name(value, name="name")


def test_near_names_start_alike_or_differ_little_whatever_their_case() -> None:
    known = ["TP53", "TP53I3", "TP53BP1", "TP63", "INS", "Ins1", "GCG"]
    assert nearest_names("tp53", known)[:3] == ["TP53", "TP53BP1", "TP53I3"]
    assert nearest_names("TP-53", known)[0] == "TP53"
    assert nearest_names("ins", known, count=1) == ["INS"]
    assert nearest_names("zzzzzz", known) == []
    assert nearest_names("", known) == []


def test_long_lists_are_cut_and_counted() -> None:
    assert format_list([]) == ""
    assert format_list(["a", "b"], limit=2) == "a, b"
    assert format_list(["a", "b", "c", "d"], limit=2) == "a, b and 2 more"
