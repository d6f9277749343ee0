"""The registry of metrics: records of other packages, and functions that break their promise."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from musegnn.benchmarks import registry
from musegnn.benchmarks.metric import Group, Measured, Metric
from musegnn.benchmarks.registry import find_groups, find_metrics, measure_all
from musegnn.errors import InputError

TOYS = Group("toys", "Are they fun?", "toys", place=3)
LATER = Group("later toys", "And tomorrow?", "toys", place=7)


def metric(key, measure, group=TOYS, **changes):
    texts = {"label": key, "meaning": "What it is.", "failure": "Always.", "chance": "0"}
    return Metric(key=key, group=group, measure=measure, **{**texts, **changes})


@pytest.fixture
def toys(monkeypatch):
    """Put records in the place of all others."""

    def put(*records):
        monkeypatch.setattr(registry, "find_records", lambda *_, **__: records)
        find_metrics.cache_clear()

    yield put
    monkeypatch.undo()
    find_metrics.cache_clear()


def test_metrics_stand_in_the_order_of_their_groups(toys):
    toys(metric("b", len, LATER), metric("c", len), metric("a", len))
    assert list(find_metrics()) == ["c", "a", "b"]
    assert find_groups() == (TOYS, LATER)


def test_methods_can_be_ranked_by_every_metric():
    assert {metric.better for metric in find_metrics().values()} == {"higher", "lower"}


def test_a_second_metric_of_a_name_is_left_out_and_told(toys, caplog):
    toys(metric("a", len), metric("a", sum), metric("b", len, Group("toys", "Other?", "toys")))
    assert [(m.key, m.measure) for m in find_metrics().values()] == [("a", len)]
    assert "The metric a (toys) stands twice" in caplog.text
    assert "The metric b (toys) stands twice" in caplog.text


def test_a_function_is_called_once_for_all_its_metrics(toys):
    calls = []

    def both(inputs):
        calls.append(inputs)
        return {"a": Measured(inputs, 1, "toys"), "b": Measured(2 * inputs, 1, "toys")}

    toys(metric("a", both), metric("b", both), metric("other", both, Group("x", "y?", "else")))
    numbers = measure_all("toys", 3.0)
    assert {key: found.value for key, found in numbers.items()} == {"a": 3.0, "b": 6.0}
    assert calls == [3.0]


def test_what_gives_no_number_is_said_and_takes_no_other_away(toys, caplog):
    def fail(_):
        msg = "broken"
        raise RuntimeError(msg)

    def refuse(_):
        msg = "Expected two toys, found one."
        raise InputError(msg, "Buy another.")

    toys(
        metric("good", lambda _: {"good": Measured(1.0, 1, "toys")}),
        metric("undeclared", lambda _: {"renamed": Measured(1.0, 1, "toys")}),
        metric("broken", fail),
        metric("refused", refuse),
        metric("absent", lambda _: "no toys are at hand"),
    )
    numbers = measure_all("toys", None)
    assert numbers["good"].value == 1.0
    reasons = {key: found.note for key, found in numbers.items() if math.isnan(found.value)}
    assert reasons == {
        "undeclared": "no number was given",
        "broken": "its function failed with RuntimeError('broken')",
        "refused": "Expected two toys, found one. Buy another.",
        "absent": "no toys are at hand",
    }
    assert "No metric declares renamed" in caplog.text
    assert "The function of broken failed" in caplog.text


def test_a_direction_that_does_not_exist_is_refused():
    with pytest.raises(
        InputError, match="`better` to be one of higher, lower, neither; found 'up'"
    ):
        metric("a", len, better="up")


def test_words_for_people():
    found = metric("a", len, better="lower", low=1, high=None, label="rank", chance="500")
    assert found.title == "rank \u2193"
    assert found.scale == "1 and up, lower is better; by chance 500"


def test_listing_the_metrics_loads_no_heavy_library():
    heavy = {"sklearn", "torch", "anndata", "scanpy", "streamlit", "musegnn.graphs"}
    program = (
        "import sys; from musegnn.benchmarks.registry import find_metrics; "
        f"print(len(find_metrics()), sorted({heavy!r} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stdout.split(maxsplit=1) == [str(len(find_metrics())), "[]\n"], done.stderr
