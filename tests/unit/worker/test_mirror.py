"""Curves in TensorBoard are those of the run; the run never suffers from them."""

from __future__ import annotations

import pytest

from musegnn import keys, runs
from musegnn.runs.submission import write_request
from musegnn.worker.mirror import TENSORBOARD
from musegnn.worker.perform import perform


def curves_of(folder):
    """What TensorBoard itself reads there."""
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = reading.EventAccumulator(str(folder))
    found.Reload()
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def check(folder, logs):
    rows = runs.read_metrics(folder).rows
    curves = curves_of(logs / folder.name)
    names = {name for row in rows for name, value in row.items() if value is not None}
    assert set(curves) == names - {"epoch"}
    for name, points in curves.items():
        told = [(row["epoch"], row[name]) for row in rows if row.get(name) is not None]
        assert [step for step, _ in points] == [epoch for epoch, _ in told]
        assert [value for _, value in points] == pytest.approx([v for _, v in told], rel=1e-6)


def test_tensorboard_shows_the_curves_of_a_run_that_was_stopped(fresh, tmp_path, monkeypatch):
    monkeypatch.setenv(TENSORBOARD, str(tmp_path / "logs"))
    stops = iter([False, False, False, True])
    with monkeypatch.context() as patch:
        asked = property(lambda _: next(stops, True))
        patch.setattr("musegnn.worker.report.Report.is_stop_asked", asked)
        assert perform(fresh) == 0
    assert 1 <= len(runs.read_metrics(fresh).rows) < 8
    check(fresh, tmp_path / "logs")
    write_request(fresh, 2, executor="inprocess")
    assert perform(fresh) == 0
    assert len(runs.read_metrics(fresh).rows) == 8
    check(fresh, tmp_path / "logs")


def test_a_mirror_that_cannot_be_written_costs_nothing(
    fresh, finished_once, tmp_path, monkeypatch, capsys
):
    (tmp_path / "logs").write_text("no folder")
    monkeypatch.setenv(TENSORBOARD, str(tmp_path / "logs"))
    assert perform(fresh) == 0
    assert capsys.readouterr().err.count("TensorBoard gets no curves") == 1
    one, other = (f / "result" / keys.EMBEDDING_FILE for f in (fresh, finished_once))
    assert one.read_bytes() == other.read_bytes()


def test_a_missing_package_is_told(fresh, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(TENSORBOARD, str(tmp_path / "logs"))
    monkeypatch.setattr("musegnn.worker.mirror.find_spec", lambda _: None)
    assert perform(fresh) == 0
    assert "pip install tensorboard" in capsys.readouterr().err
    assert not (tmp_path / "logs").exists()


def test_nothing_is_mirrored_unless_asked_for(fresh, monkeypatch):
    monkeypatch.delenv(TENSORBOARD, raising=False)
    monkeypatch.setattr("musegnn.worker.mirror._open", lambda *_: 1 / 0)
    assert perform(fresh) == 0
