"""Tables that a spreadsheet opens without running what is in them."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegnn.io.spreadsheet import guarded, guarded_table, table_text

FORMULAS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\rx",
    "\nx",
    " =1",
    "\ufeff=1",
    "\uff1d1",
    "-",
]
HARMLESS = [
    *("CD3E", "-1.5", "1e-3", "-1e-3", "-.5", "a=b", "HLA-DRA", "", "'=1", "3+4", "\u2212x"),
    *("-1 to 1", "-2.5 to -1", "-1 to 1; 1 is the same direction"),
]


def read(text, separator=","):
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("separator", [",", "\t"])
def test_formulas_are_guarded_in_cells_and_in_the_header(text, separator):
    table = pd.DataFrame({text: [text], "kind": pd.Categorical([text])})
    header, row = read(table_text(table, separator=separator), separator)
    expected = "'" + text.replace("\r", "\n")
    assert header == [expected, "kind"]
    assert row == [expected, expected]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays(text):
    assert guarded(text) == text


def test_numbers_are_written_in_full_and_stay_numbers():
    table = pd.DataFrame(
        {
            "float": [-0.1234567890123456, np.nan],
            "whole": [-3, 4],
            "mixed": [-1.5, "-1.5"],
            "flag": [True, False],
        }
    )
    again = pd.read_csv(io.StringIO(table_text(table)))
    assert again["float"][0] == -0.1234567890123456
    assert again["whole"].tolist() == [-3, 4]
    assert again["mixed"].tolist() == [-1.5, -1.5]
    assert again["flag"].tolist() == [True, False]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))))
def test_every_cell_comes_back_and_none_starts_like_a_formula(cells):
    written = [row[1] for row in read(table_text(pd.DataFrame({"n": 1, "x": cells})))[1:]]
    cells = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    assert [text.removeprefix("'") for text in written] == [c.removeprefix("'") for c in cells]
    for text in written:
        assert not text.startswith(("=", "+", "@", "\t", "\r")), text
        if text.startswith("-"):
            float(text)


def test_a_range_with_more_than_words_behind_it_is_guarded():
    for text in ("-1 to 1; 1+cmd|' /C calc'!A0", "-1 to 1 (x)", "-1 to", "-2+3"):
        assert guarded(text) == f"'{text}"


def test_columns_that_need_no_guard_are_handed_on_as_they_are():
    table = pd.DataFrame({"n": [1, 2], "gene": pd.Categorical(["A", "B"]), "x": ["=1", "b"]})
    shown = guarded_table(table)
    assert shown["x"].tolist() == ["'=1", "b"]
    pd.testing.assert_frame_equal(shown[["n", "gene"]], table[["n", "gene"]])
    assert table["x"].tolist() == ["=1", "b"]
    assert guarded_table(pd.DataFrame({"x": [["=1"], "=2"]}))["x"].tolist() == [["=1"], "'=2"]


def test_a_carriage_return_starts_no_row():
    assert read(table_text(pd.DataFrame({"x": ["a\r=1+1\r\nb"]}))) == [["x"], ["a\n=1+1\nb"]]


def test_rows_with_equal_labels_are_kept():
    table = pd.DataFrame({"gene": ["A", "B"]}, index=[7, 7])
    assert table_text(table) == "gene\nA\nB\n"
