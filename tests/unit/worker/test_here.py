"""What `musegnn train` leaves is the folder of a run, wherever it lies."""

from __future__ import annotations

import json
import shutil

import pytest

from musegnn import runs
from musegnn.cli.main import main
from musegnn.runs import files
from musegnn.runs.config import read_run_config
from musegnn.runs.record import record_of
from musegnn.runs.request import resolve
from tests.toy_runs import small_settings, toy_request


@pytest.fixture
def train(graphs, tmp_path):
    """Train on two toy graphs by the command line."""
    settings = tmp_path / "settings.yaml"
    settings.write_text(json.dumps(small_settings(4)))

    def run(folder, *options):
        paths = [str(path) for path in sorted(graphs.glob("*.h5ad"))]
        given = ("--config", str(settings), "--device", "cpu", "-o", str(folder))
        return main(["train", *paths, *given, *map(str, options)])

    return run


def test_a_folder_of_ones_own_is_read_as_that_of_a_run(train, graphs, tmp_path):
    folder = tmp_path / "mine"
    assert train(folder, "--hold-out", 3, "--seed", 2) == 0
    record = record_of(folder)
    assert (record.state, record.kind, record.seed) == ("finished", "aligned", 2)
    assert (record.name, record.executor, record.counted) == ("mine", "inprocess", (4, 4))
    assert len(runs.read_metrics(folder).rows) == 4
    assert json.loads((folder / files.PROVENANCE).read_text())["hold_out"]["seed"] == 3
    # in the background the same would have been asked for
    request = toy_request(graphs, epochs=4, hold_out=3, seeds=[2])
    (config,) = resolve(request, executor="inprocess")
    own = read_run_config(folder).model_copy(update={"threads": config.threads})
    assert own.config_hash == config.config_hash


def test_a_run_that_failed_says_so_and_is_taken_up(train, tmp_path, monkeypatch, capsys):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train(whole) == 0
    with monkeypatch.context() as patch:
        patch.setattr("musegnn.worker.result.compute_map", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError, match="division"):
            train(broken)
    record = record_of(broken)
    assert (record.state, record.epoch) == ("failed", 4)
    assert "ZeroDivisionError" in record.message
    assert not (broken / files.RESULT).exists()
    assert train(broken, "--resume", "--name", "whole") == 0
    assert record_of(broken).state == "finished"
    one, other = (folder / files.RESULT / "embedding.h5ad" for folder in (whole, broken))
    assert one.read_bytes() == other.read_bytes()
    capsys.readouterr()
    assert train(broken) == 2  # what has a result is never written over
    assert "Expected a new or empty folder" in capsys.readouterr().err


def test_without_resume_it_starts_anew(train, tmp_path):
    folder = tmp_path / "mine"
    assert train(folder) == 0
    shutil.rmtree(folder / files.RESULT)
    (folder / files.SEEN).unlink()
    before = (folder / files.CHECKPOINT).read_bytes()
    assert train(folder, "--seed", 1) == 0
    assert (folder / files.CHECKPOINT).read_bytes() != before
    assert record_of(folder).seed == 1
