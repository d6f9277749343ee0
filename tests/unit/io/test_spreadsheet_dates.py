"""Dates of a spreadsheet lead back to the genes that the tables know."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.io.gene_tables import open_table
from musegnn.io.spreadsheet_dates import mend_dates

HUMAN = ["CD3E", "INS", "GCG"]
MOUSE = ["Cd3e", "Ins1", "Gcg"]


@pytest.mark.parametrize(
    ("date", "others", "symbol"),
    [
        ("7-Sep", HUMAN, "SEPTIN7"),
        ("Sep-07", HUMAN, "SEPTIN7"),
        ("2020-09-07", HUMAN, "SEPTIN7"),
        ("5-Mar", HUMAN, "MARCHF5"),
        ("1-Dec", HUMAN, "DELEC1"),
        ("11-Mar", HUMAN, "MARCHF11"),
        ("7-Sep", MOUSE, "Septin7"),
        ("5-Mar", MOUSE, "Marchf5"),
        ("1-Mar", ["MARC1", *HUMAN], "MARCHF1"),
        ("1-Mar", ["MARCHF1", *HUMAN], "MTARC1"),
        ("2-Mar", ["Marchf2", *MOUSE], "Mtarc2"),
    ],
)
def test_a_date_that_can_be_one_gene_becomes_it(date, others, symbol) -> None:
    names, notes = mend_dates([date, *others])
    assert names == [symbol, *others]
    assert notes == (f"gene names: 1 dates of a spreadsheet turned back ({date} -> {symbol})",)


@pytest.mark.parametrize(
    ("date", "others", "told"),
    [
        ("1-Mar", HUMAN, "1-Mar may be MARCHF1 or MTARC1"),
        ("2-Mar", MOUSE, "2-Mar may be Marchf2 or Mtarc2"),
        ("4-Oct", HUMAN, "4-Oct may be POU5F1"),  # a nickname: told, not mended
        ("15-Sep", HUMAN, "15-Sep may be SELENOF"),
        ("7-Sep", ["SEPT7", *HUMAN], "7-Sep may be SEPTIN7"),  # which is there already
        ("7-Sep", ["Sep-07", *HUMAN], "Sep-07 may be SEPTIN7"),  # two of them
    ],
)
def test_a_date_that_is_not_clear_stays_and_is_told(date, others, told) -> None:
    names, notes = mend_dates([date, *others])
    assert names == [date, *others]
    assert told in notes[0]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 31),
    st.sampled_from(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Dec"]),
)
def test_a_date_becomes_a_current_symbol_or_stays(day, month) -> None:
    date = f"{day}-{month}"
    (mended, *others), _ = mend_dates([date, *HUMAN])
    assert others == HUMAN
    assert mended == date or open_table("human").symbols_among([mended]) == {mended}
