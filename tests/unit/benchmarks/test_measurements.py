"""Measurements: what is written is read again, and what is damaged is told."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import pandas as pd
import pytest

from benchmarks.bottleneck_picture import main as picture_main
from benchmarks.measured import main
from benchmarks.records import RECORDS
from musegnn.benchmarks.comparison import Comparison, Method
from musegnn.benchmarks.measurements import (
    COLUMNS,
    Goal,
    Measure,
    Measurements,
    _parse,
    read_benchmark,
    to_json,
    write_measurements,
)
from musegnn.errors import DataFileError, InputError
from musegnn.settings import REPOSITORY

SHIPPED = sorted((REPOSITORY / "data" / "benchmarks").glob("*.json"))
ROWS = [
    ("far", "model", "auroc", 0.8, 0.75, 0.85, 40),
    ("far", "nearest", "auroc", 0.7, 0.6, 0.78, 40),
    ("far", "luck", "auroc", 0.5, math.nan, math.nan, 40),
]


def make_measurements(rows=None, **changes):
    content = {
        "title": "Made",
        "data": "planted pairs",
        "command": "python -m benchmarks.made",
        "counted": "pairs",
        "questions": {"far": "Are the far ones found?"},
        "measures": (Measure("auroc", "AUROC", "What it is.", "Where it is not.", "0.5"),),
        "methods": (
            Method("model", "method", "ours"),
            Method("nearest", "baseline", "votes"),
            Method("luck", "control", "chance"),
        ),
        "table": pd.DataFrame(ROWS if rows is None else rows, columns=list(COLUMNS)),
    }
    return Measurements(**{**content, **changes})


def test_what_is_written_is_read_again(tmp_path):
    goals = (Goal("far", "model", "auroc", low=0.75), Goal("far", "luck", "auroc", 0.4, 0.5))
    written = make_measurements(goals=goals)
    write_measurements(written, tmp_path / "made.json")
    read = read_benchmark(tmp_path / "made.json")
    assert isinstance(read, Measurements)
    pd.testing.assert_frame_equal(read.table, written.table)
    assert (read.questions, read.measures, read.methods, read.ends, read.goals) == (
        written.questions,
        written.measures,
        written.methods,
        written.ends,
        goals,
    )


def test_a_file_without_goals_and_decimals_is_read_as_before():
    content = json.loads(to_json(make_measurements()))
    del content["goals"], content["measures"][0]["decimals"]
    read = _parse(content)
    assert (read.goals, read.measures[0].decimals) == ((), 3)


@pytest.mark.parametrize(
    ("ends", "value", "words", "verdict"),
    [
        ((0.75, None), 0.75, "at least 0.750", "met"),
        ((0.75, None), 0.7499, "at least 0.750", "missed"),
        ((None, 0.75), 0.76, "at most 0.750", "missed"),
        ((0.4, 0.6), 0.5, "0.400 to 0.600", "met"),
        ((0.4, 0.6), 0.7, "0.400 to 0.600", "missed"),
        ((0.4, 0.6), math.nan, "0.400 to 0.600", "missed"),
    ],
)
def test_a_goal_is_met_between_its_ends(ends, value, words, verdict):
    rows = [("far", "model", "auroc", value, math.nan, math.nan, 40)]
    goal = Goal("far", "model", "auroc", *ends)
    (answer,) = make_measurements(rows, goals=(goal,)).answers
    assert (answer.wished, answer.verdict, answer.n) == (words, verdict, 40)


def test_what_misses_by_less_than_is_shown_is_told_a_digit_finer():
    rows = [("far", "model", "auroc", 0.74969, 0.7, 0.8, 40)]
    goal = Goal("far", "model", "auroc", low=0.75)
    (answer,) = make_measurements(rows, goals=(goal,)).answers
    assert (answer.found, answer.verdict) == ("0.7497 [0.7000, 0.8000]", "missed")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"rows": [("near", *ROWS[0][1:])]}, "each question to be described, found near"),
        ({"rows": [("far", "other", *ROWS[0][2:])]}, "each method to be described, found other"),
        ({"rows": [ROWS[0], ROWS[0]]}, "found auroc of model twice"),
        ({"methods": (Method("model", "oracle", ""),)}, "role"),
        ({"rows": [(*ROWS[0][:3], float("inf"), 0, 1, 3)]}, "found others for auroc of model"),
        ({"goals": (Goal("far", "other", "auroc", low=1),)}, "a number for each goal, found none"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, match):
    with pytest.raises(InputError, match=match):
        make_measurements(**change)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"format_version": 9}, "version 1, found 9"),
        ({"columns": ["method"]}, "found a damaged file"),
        ({"rows": [["far", "model", "auroc", "high", 0, 1, 3]]}, "found a damaged file"),
        ({"rows": [["far", "model"]]}, "found a damaged file"),
        ({"measures": []}, "each measure to be described"),
        ({"questions": 3}, "found a damaged file"),
        ({"rows": [["far", "model", "auroc", 0.5, "-inf", 1, 3]]}, "Expected finite numbers"),
        ({"rows": [["far", "model", "auroc", "1e999", 0, 1, 3]]}, "Expected finite numbers"),
        ({"goals": [{**asdict(Goal("far", "model", "auroc"))}]}, "found a damaged file"),
        ({"goals": [{**asdict(Goal("far", "model", "auroc")), "low": "nan"}]}, "a damaged file"),
        (
            {"measures": [{**asdict(make_measurements().measures[0]), "decimals": 99}]},
            "found a damaged file",
        ),
        (
            {"measures": [{**asdict(make_measurements().measures[0]), "high": "inf"}]},
            "Expected a range of numbers",
        ),
        (
            {"measures": [{**asdict(make_measurements().measures[0]), "low": "nan"}]},
            "Expected a range of numbers",
        ),
    ],
)
def test_a_damaged_file_is_told(tmp_path, change, match):
    content = json.loads(to_json(make_measurements()))
    path = tmp_path / "made.json"
    path.write_text(json.dumps({**content, **change}))
    with pytest.raises(DataFileError, match=match):
        read_benchmark(path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_benchmark_that_ships_is_read(path):
    found = read_benchmark(path)
    if isinstance(found, Comparison):
        assert found.runs
        return
    assert not found.table["value"].isna().any()
    ends = found.table.dropna(subset=["low", "high"])
    assert (ends["low"] <= ends["high"]).all()
    assert {method.role for method in found.methods} >= {"method", "baseline"}
    assert all(text.endswith((".", "?")) for text in found.questions.values())


def test_the_last_line_of_a_log_becomes_a_file(tmp_path):
    entry = {"r_at_1pct": 0.2, "r_at_1pct_interval": [0.1, 0.3], "mrr": 0.3, "auroc": 0.7, "n": 9}
    split = {"combined": entry, "popularity": {**entry, "auroc": 0.6}, "gains": {}}
    result = dict.fromkeys(("random", "cluster", "unseen", "family"), split)
    log = tmp_path / "targets.log"
    log.write_text('{"old": 1}\nfolds 5\n' + json.dumps(result) + "\ndone\n")
    assert main(["targets", str(log), "-o", str(tmp_path / "targets.json")]) == 0
    found = read_benchmark(tmp_path / "targets.json")
    assert isinstance(found, Measurements)
    own = found.table[found.table["question"] == "whole protein families"].set_index(
        ["method", "measure"]
    )
    assert own.loc[("combined", "auroc"), "value"] == 0.7
    assert own.loc[("popularity", "auroc"), "value"] == 0.6
    assert own.loc[("combined", "r_at_1pct"), ["low", "high"]].tolist() == [0.1, 0.3]
    assert [method.name for method in found.methods] == ["combined", "popularity"]


def test_what_profiles_add_joins_what_was_measured_before(tmp_path):
    entry = {"ensemble": 0.7, "low": 0.6, "high": 0.8}
    result = {"sizes": [6, 2, 3], "metric": "auroc", "models": {"ensemble": entry}}
    ends = {"mean": 0.03, "low": 0.02, "high": 0.04}
    lost = {"mean": -0.01, "low": -0.02, "high": 0.0}
    gain = {**ends, "molecules": 9, "ridge": ends, "controls": {"shuffled": lost}}
    logs = [tmp_path / "a.log", tmp_path / "b.log"]
    twins = {"dataset": "broad6k", "without_twins": {**result, "sizes": [6, 2, 2]}}
    logs[0].write_text(json.dumps({**result, **twins}))
    other = {"dataset": "toxcast", "context_gain": gain, "without_twins": result}
    logs[1].write_text(json.dumps({**result, **other}))
    path = tmp_path / "properties.json"
    for log in logs:
        main(["properties", str(log), "-o", str(path), "--keep"])
    found = read_benchmark(path)
    assert list(found.questions) == [
        "Broad6K, 32 cell assays",
        "Broad6K without twins",
        "ToxCast, 617 assays",
        "ToxCast, 617 assays, molecules with a profile",
    ]
    assert found.table["n"].tolist() == [3, 2, 3, 9, 9, 9]
    own = found.table.set_index("method")
    assert own.loc["shuffled profiles", ["value", "low", "high"]].tolist() == [-0.01, -0.02, 0]
    main(["properties", str(logs[1]), "-o", str(path)])
    assert len(read_benchmark(path).questions) == 2


def test_bits_and_what_they_tell_become_rows_and_a_picture(tmp_path):
    ends = {"mean": 0.8, "low": 0.7, "high": 0.9}
    curve = [
        {"beta": beta, "bits": [bits, bits + 2], "is_nominal": beta == 1e-9,
         "mean_code": ends, "drawn_code": {**ends, "mean": 0.75}}
        for beta, bits in ((1e-9, 300), (1e-4, 80), (1e-2, 0))
    ]  # fmt: skip
    log = tmp_path / "bottleneck.log"
    log.write_text(
        json.dumps({"sizes": [6, 2, 3], "curve": curve, "rivals": {"descriptors": ends}})
    )
    main(["codes", str(log), "-o", str(tmp_path / "codes.json")])
    found = read_benchmark(tmp_path / "codes.json").table
    bits = found[found["measure"] == "bits"].set_index("method")["value"]
    assert bits.to_dict() == {"beta 1e-09": 301, "beta 0.0001": 81, "beta 0.01": 1}
    assert found["n"].tolist() == [2] * 9 + [3]
    pictures = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for picture in pictures:
        picture_main([str(log), "-o", str(picture)])
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_a_log_without_a_result_is_told(tmp_path):
    (tmp_path / "x.log").write_text("nothing\n")
    with pytest.raises(SystemExit, match="no line of JSON"):
        main(["fusion", str(tmp_path / "x.log"), "-o", str(tmp_path / "x.json")])
    assert not (tmp_path / "x.json").exists()


def test_every_measure_says_what_it_is_in_whole_sentences():
    for record in RECORDS.values():
        names = [method.name for method in record.methods]
        assert len(names) == len(set(names))
        for measure in record.measures:
            assert measure.meaning.endswith(".")
            assert measure.failure.endswith(".")
