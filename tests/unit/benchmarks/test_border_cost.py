"""A slice of the benchmark of reading apart."""

from benchmarks.border_cost import GOAL_MS, READINGS, run
from musegnn.border.readers import READERS


def test_an_honest_small_file_costs_little_more_apart():
    report = run(3, ["graph header", "parquet"])
    assert list(report["readings"]) == ["graph header", "parquet"]
    for numbers in report["readings"].values():
        assert numbers["here_ms"] > 0
        assert abs(numbers["apart_ms"] - numbers["here_ms"] - numbers["more_ms"]) < 0.2
        # processor time: a busy machine adds nothing to it; wall time is for the whole benchmark
        assert numbers["more_processor_ms"] <= GOAL_MS


def test_what_is_measured_are_readers_of_the_border():
    assert {place for _, place, _ in READINGS.values()} <= READERS
