"""One printer for all commands: what stands in JSON, in a file, and in a table for reading."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from musegnn.cli.answer import STDOUT, in_columns, laid_out, print_json, respond

TABLE = pd.DataFrame(
    {
        "gene": ["INS", "=A()"],
        "p": [0.012345, math.nan],
        "n": [7, 12000],
        "q": [math.inf, 1.0],
    }
)


def give(**changes):
    options = {
        "text": lambda: "to read",
        "document": lambda: {"rows": TABLE},
        "as_json": False,
        "table": TABLE,
        "below": ("and more",),
    }
    return respond(**{**options, **changes})


def test_numbers_that_do_not_exist_are_null_and_values_plain(capsys):
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    document = {
        "rows": TABLE,
        "values": (np.float64("nan"), np.int64(3), pd.NA, -math.inf, True, None),
        "path": Path("a/b"),
        "when": moment,
    }
    print_json(document)
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"][1] == {"gene": "=A()", "p": None, "n": 12000, "q": 1.0}
    assert printed["rows"][0]["q"] is None
    assert printed["values"] == [None, 3, None, None, True, None]
    assert (printed["path"], printed["when"]) == ("a/b", moment.isoformat())


def test_an_answer_is_text_or_json_or_a_table_and_never_two_of_them(capsys, tmp_path):
    assert give() == 0
    assert capsys.readouterr().out == "to read\nand more\n"
    give(as_json=True)
    assert json.loads(capsys.readouterr().out)["rows"][0]["gene"] == "INS"
    give(file=STDOUT)
    rows = capsys.readouterr().out.splitlines()
    assert rows == ["gene,p,n,q", "INS,0.012345,7,inf", "'=A(),,12000,1.0"]
    file = tmp_path / "new" / "rows.tsv"
    give(file=file, separator="\t", unit="genes")
    assert capsys.readouterr().out == f"wrote 2 genes to {file}\nand more\n"
    assert file.read_text().splitlines() == [line.replace(",", "\t") for line in rows]


def test_a_table_for_reading_has_three_digits_where_nothing_else_was_said():
    lines = laid_out(TABLE, {"q": "{:.2f}"}).splitlines()
    assert [line.split() for line in lines] == [
        ["gene", "p", "n", "q"],
        ["INS", "0.0123", "7", "inf"],
        ["=A()", "12000", "1.00"],
    ]
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize("n_left", [0, 1, 3])
def test_cells_stand_in_columns(n_left):
    rows = [("a", "", "ccc"), ("aaaa", "bb", "c")]
    lines = in_columns(rows, n_left=n_left)
    widths = [4, 2, 3]
    for line, row in zip(lines, rows, strict=True):
        padded = [
            cell + " " * (width - len(cell)) if place < n_left else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        assert line == "  ".join(padded).rstrip()
