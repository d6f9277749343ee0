"""Curves are read while they are written."""

from __future__ import annotations

import json
import time

import pytest

from musegnn.runs import read_log_tail, read_metrics
from musegnn.runs.files import LOG, METRICS
from musegnn.runs.metrics import MOST_BROKEN


def line(epoch, **values):
    return json.dumps({"epoch": epoch, "loss": 1 / epoch, **values}) + "\n"


def test_a_reading_goes_on_where_the_last_one_ended(tmp_path):
    path = tmp_path / METRICS
    path.write_text(line(1) + line(2))
    first = read_metrics(tmp_path)
    assert [row["epoch"] for row in first.rows] == [1, 2]
    with path.open("a") as stream:
        stream.write(line(3) + line(4)[:9])  # the fourth is being written
    second = read_metrics(tmp_path, first.position)
    assert [row["epoch"] for row in second.rows] == [3]
    with path.open("a") as stream:
        stream.write(line(4)[9:])
    third = read_metrics(tmp_path, second.position)
    assert [row["epoch"] for row in third.rows] == [4]
    assert [part.is_new for part in (first, second, third)] == [False] * 3
    assert read_metrics(tmp_path, third.position).rows == []


def test_a_file_written_anew_is_read_from_its_start(tmp_path):
    path = tmp_path / METRICS
    path.write_text(line(1) + line(2) + line(3))
    position = read_metrics(tmp_path).position
    other = tmp_path / "other"
    other.write_text(line(1) + line(2, loss=7.0) + line(3) + line(4))
    other.replace(path)
    found = read_metrics(tmp_path, position)
    assert found.is_new
    assert [row["loss"] for row in found.rows] == [1, 7.0, 1 / 3, 1 / 4]


def test_torn_and_foreign_lines_are_left_out_and_counted(tmp_path):
    text = '{"epoch": 1, "lo\n[1]\n\xff\n{"loss": 2}\n' + "[" * 100_000 + "\n"
    (tmp_path / METRICS).write_text(text + line(2, note="x", loss=float("nan")) + line(3))
    found = read_metrics(tmp_path)
    assert [row["epoch"] for row in found.rows] == [2, 3]
    assert "loss" not in found.rows[0]
    assert found.n_broken == 5


@pytest.mark.parametrize(
    "value", ["1" + "0" * 400, "1e999", "NaN", "-Infinity", "true", '"1"', "[1]"]
)
def test_what_is_no_number_is_left_out(tmp_path, value):
    (tmp_path / METRICS).write_text(f'{{"epoch": 1, "loss": {value}, "seconds": 2}}\n')
    assert read_metrics(tmp_path).rows in ([{"epoch": 1, "seconds": 2}], [])
    assert read_metrics(tmp_path).n_broken == 1 - len(read_metrics(tmp_path).rows)


def test_positions_that_make_no_sense_start_anew(tmp_path):
    (tmp_path / METRICS).write_text(line(1))
    for position in ("x", "1", ":", "1:2:3", "-1:-1", f"{(tmp_path / METRICS).stat().st_ino}:999"):
        assert len(read_metrics(tmp_path, position).rows) == 1
    assert read_metrics(tmp_path / "none", "1:2").position == "1:2"


def test_the_log_is_shown_without_what_moves_the_cursor(tmp_path):
    (tmp_path / LOG).write_bytes(b"one\n\x1b[31mtwo\x1b[0m\r\n\xff\x07three\n")
    assert read_log_tail(tmp_path) == "one\ntwo\n\ufffdthree"
    assert read_log_tail(tmp_path, lines=1) == "\ufffdthree"
    (tmp_path / LOG).write_text("x" * (1 << 20) + "\nlast\n")
    assert len(read_log_tail(tmp_path)) < (1 << 19)
    assert read_log_tail(tmp_path / "none") == ""


def test_a_file_of_other_lines_is_given_up_soon(tmp_path):
    good = json.dumps({"epoch": 1, "loss": 0.5}) + "\n"
    (tmp_path / METRICS).write_text(good + "{x}\n" * 3_000_000 + good)

    started = time.process_time()
    found = read_metrics(tmp_path)

    assert [row["epoch"] for row in found.rows] == [1]
    assert found.n_broken == MOST_BROKEN
    assert read_metrics(tmp_path, found.position).rows == []
    assert time.process_time() - started < 2
