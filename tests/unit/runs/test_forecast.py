"""Estimates rest on what was measured and say on what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from musegnn import runs
from musegnn.runs.kinds import aligned, published
from musegnn.training.edge_questions import ALL_PAIRS
from tests.toy_runs import toy_config, toy_request


def cost_of(settings, sizes):
    estimate = runs.find_kind(settings.kind).estimate
    assert estimate is not None
    return estimate(settings, runs.Inputs(tuple(sizes)))


def epoch_seconds(settings, sizes):
    return cost_of(settings, sizes).work_seconds / settings.epochs


def memory_mib(settings, sizes):
    return cost_of(settings, sizes).memory_mib


def request_of(n_datasets, n_genes, **changes):
    graphs = [runs.GraphSource(name=f"g{i}", path="/x", n_genes=n_genes) for i in range(n_datasets)]
    return runs.make_request(graphs=graphs, device="cpu", **changes)


@pytest.mark.parametrize(
    ("preset", "measured"), [("default", aligned.SECONDS), ("paper", published.SECONDS)]
)
def test_the_measured_sizes_give_the_measured_times(preset, measured):
    settings = runs.preset_settings(preset)
    for size, seconds in measured:
        assert epoch_seconds(settings, [size] * 7) == pytest.approx(7 * seconds)
    # beyond so many genes a step of `default` goes by edges, which costs less at first
    for sizes in (range(100, ALL_PAIRS + 1, 100), range(ALL_PAIRS + 100, 9000, 100)):
        times = [epoch_seconds(settings, [size]) for size in sizes]
        assert times == sorted(times)


def test_time_grows_with_datasets_and_epochs_and_memory_with_the_step(tmp_path):
    few, many = (runs.estimate(request_of(n, 1000), root=tmp_path) for n in (5, 40))
    assert many.seconds > 4 * few.seconds
    assert few.n_genes == 5000
    longer = runs.estimate(request_of(5, 1000, epochs=400), root=tmp_path)
    assert longer.seconds > few.seconds
    assert few.shortest < few.seconds < few.longest
    small, large = (memory_mib(runs.preset_settings("default"), [n] * 12) for n in (500, 2000))
    assert large - small > 600
    assert memory_mib(runs.preset_settings("paper"), [1000] * 20) > memory_mib(
        runs.preset_settings("paper"), [1000] * 5
    )


def test_finished_runs_of_this_machine_set_the_pace(graphs, tmp_path):
    config = toy_config(graphs, epochs=1000)
    expected = epoch_seconds(config.settings, [24, 24]) * 1000
    record = runs.RunRecord(
        run_id="x",
        folder=tmp_path,
        name="x",
        state="finished",
        config=config,
        epoch=1000,
        seconds=max(expected, 1.1) * 3,
        created=datetime.now(UTC),
    )
    request = toy_request(graphs, epochs=1000)
    pace = record.seconds / expected
    before = runs.estimate(request, root=tmp_path)
    after = runs.estimate(request, root=tmp_path, known=[record])
    assert after.seconds - before.seconds == pytest.approx((pace - 1) * expected, rel=1e-6)
    assert "1 finished run here" in after.source
    assert "another machine" in before.source
    for other in (replace(record, state="stopped"), replace(record, config=None)):
        unchanged = runs.estimate(request, root=tmp_path, known=[other])
        assert unchanged.seconds == pytest.approx(before.seconds)


def test_what_will_not_fit_is_said_before(tmp_path):
    found = runs.estimate(request_of(40, 60_000), root=tmp_path / "not" / "yet")
    assert any("GiB of memory" in warning for warning in found.warnings)
