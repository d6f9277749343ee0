"""A training that was stopped ends as one that was not, byte for byte."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from musegnn.errors import DataFileError, InputError, TrainingError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.runs.presets import preset_settings
from musegnn.training.aligned import AlignedObjective
from musegnn.training.checkpoint import read_checkpoint
from musegnn.training.loop import Checkpointing, train
from tests.toy_graphs import planted_graph

ROOT = Path(__file__).resolve().parents[3]


def two_graphs():
    return [planted_graph("first", seed=1), planted_graph("second", seed=2, module_size=15)]


@pytest.fixture
def graphs():
    return two_graphs()


class StoppedError(Exception):
    """Stands for whatever ends a process."""


@pytest.mark.parametrize("preset", ["default", "paper"])
def test_resuming_gives_the_bytes_of_a_training_that_was_never_stopped(graphs, tmp_path, preset):
    config = preset_settings(preset, epochs=6)
    whole = train(graphs, config, device="cpu").vectors
    keeping = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=0)

    def stop(record):
        if record.epoch == 4:
            msg = "stopped on purpose"
            raise StoppedError(msg)

    with pytest.raises(StoppedError, match="on purpose"):
        train(graphs, config, device="cpu", on_epoch=stop, checkpointing=keeping)
    # an epoch is kept after its record is written, so no record is ever missing
    assert read_checkpoint(keeping.path).epoch == 3
    resumed = train(graphs, config, device="cpu", checkpointing=keeping)
    assert [record.epoch for record in resumed.history] == [4, 5, 6]
    for one, other in zip(whole, resumed.vectors, strict=True):
        assert one.tobytes() == other.tobytes()


def test_a_checkpoint_of_other_settings_or_graphs_is_refused(graphs, tmp_path):
    keeping = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=0)
    train(graphs, preset_settings("default", epochs=1), device="cpu", checkpointing=keeping)
    with pytest.raises(InputError, match="same settings and graphs"):
        train(graphs, preset_settings("default", epochs=2), device="cpu", checkpointing=keeping)
    with pytest.raises(InputError, match="same settings and graphs"):
        train(
            [graphs[0], replace(graphs[1], features=graphs[1].features * 2)],
            preset_settings("default", epochs=1),
            device="cpu",
            checkpointing=keeping,
        )


@pytest.mark.parametrize("damage", ["empty", "torn", "other"])
def test_a_damaged_checkpoint_is_a_clear_error(graphs, tmp_path, damage):
    keeping = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=0)
    config = preset_settings("default", epochs=1)
    train(graphs, config, device="cpu", checkpointing=keeping)
    content = keeping.path.read_bytes()
    keeping.path.write_bytes(
        {"empty": b"", "torn": content[: len(content) // 2], "other": b"x" * 99}[damage]
    )
    with pytest.raises(DataFileError, match="Expected a checkpoint"):
        train(graphs, config, device="cpu", checkpointing=keeping)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Bytes of the checkpoint of one epoch."""
    path = tmp_path_factory.mktemp("trained") / "checkpoint.safetensors"
    keeping = Checkpointing(path, every_seconds=0)
    train(two_graphs(), preset_settings("default", epochs=1), device="cpu", checkpointing=keeping)
    return path.read_bytes()


def change_header(path, change):
    """Write a checkpoint again with another header."""
    with safe_open(str(path), framework="pt") as stream:
        tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        header = json.loads(stream.metadata()["checkpoint"])
    text = change if isinstance(change, str) else json.dumps(change(header, tensors))
    save_file(tensors, path, metadata={"checkpoint": text})


def without_generator_state(header, tensors):
    return header | {"rng": {"bit_generator": "PCG64", "state": {"state": "x", "inc": 1}}}


def with_another_optimiser(header, tensors):
    tensors["optimiser.0.exp_avg"] = torch.zeros(3, 5, 7)
    return header


def with_odd_tensor(header, tensors):
    tensors["optimiser.nothing"] = torch.zeros(1)
    return header


@pytest.mark.parametrize(
    "change",
    [
        "[]",
        "[" * 50_000,
        "5",
        lambda header, _: header | {"epoch": "1"},
        lambda header, _: header | {"epoch": 1e300},
        lambda header, _: header | {"epoch": -1},
        lambda header, _: header | {"seconds": float("inf")},
        lambda header, _: header | {"seconds": None},
        lambda header, _: header | {"best": [1]},
        lambda header, _: header | {"best": {"auroc": {}, "epoch": 1}},
        lambda header, _: {key: value for key, value in header.items() if key != "rng"},
        lambda header, _: header | {"rng": {"bit_generator": "MT19937"}},
        without_generator_state,
        with_another_optimiser,
        with_odd_tensor,
    ],
)
def test_a_checkpoint_that_says_something_else_is_a_clear_error(trained, tmp_path, change):
    keeping = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=0)
    keeping.path.write_bytes(trained)
    change_header(keeping.path, change)
    config = preset_settings("default", epochs=1)
    with pytest.raises(DataFileError, match=r"Expected (a checkpoint|the state of this training)"):
        train(two_graphs(), config, device="cpu", checkpointing=keeping)


class Breaking(AlignedObjective):
    """Breaks in its third epoch: in a term of the loss, or in a weight after it."""

    where = "loss"

    def run_epoch(self):
        """Run an epoch, and break when it is time."""
        means = super().run_epoch()
        self.n_epochs = getattr(self, "n_epochs", 0) + 1
        if self.n_epochs == 3 and self.where == "loss":
            return {**means, "loss": means["loss"] * np.nan, "tether": means["tether"] * np.nan}
        if self.n_epochs == 3:
            with torch.no_grad():
                self.network.projection.weight[0, 0] = np.inf
        return means


@pytest.mark.parametrize(
    ("where", "message"),
    [("loss", r"Loss became nan at epoch 3 \(tether term\)"), ("weight", "Weights became")],
)
@pytest.mark.parametrize("every_seconds", [0, 1e9])
def test_what_is_not_finite_stops_and_leaves_the_last_good_state(
    graphs, tmp_path, monkeypatch, where, message, every_seconds
):
    monkeypatch.setattr("musegnn.training.aligned.AlignedObjective", Breaking)
    monkeypatch.setattr(Breaking, "where", where)
    keeping = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=every_seconds)
    config = preset_settings("default", epochs=6)
    kept = 2 if every_seconds == 0 else 1
    with pytest.raises(TrainingError, match=f"{message}.*after epoch {kept} is kept"):
        train(graphs, config, device="cpu", checkpointing=keeping)
    assert read_checkpoint(keeping.path).epoch == kept
    tensors = load_file(keeping.path)
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    with pytest.raises(
        TrainingError, match="at epoch 3"
    ) as alone:  # no checkpoint is promised that is not there
        train(graphs, config, device="cpu")
    assert "kept" not in str(alone.value)


def test_weights_that_break_in_the_only_epoch_are_no_result(graphs, tmp_path):
    keeping = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=0)
    config = preset_settings("default", epochs=1).model_copy(update={"learning_rate": 1e38})
    with pytest.raises(TrainingError, match="Weights became infinite or NaN at epoch 1") as caught:
        train(graphs, config, device="cpu", checkpointing=keeping)
    assert "kept" not in str(caught.value)
    assert not keeping.path.exists()


def test_validation_stops_early_and_keeps_the_best_weights(graphs, tmp_path):
    config = preset_settings("default", epochs=200, patience=2, validate_every=1)
    keeping = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=0)
    trained = train(graphs, config, device="cpu", checkpointing=keeping)
    scores = [record.validation_auroc for record in trained.history]
    assert len(scores) < 200
    assert trained.best["auroc"] == max(scores)
    assert trained.best["epoch"] == scores.index(max(scores)) + 1
    in_memory = train(graphs, config, device="cpu")
    for one, other in zip(trained.vectors, in_memory.vectors, strict=True):
        assert one.tobytes() == other.tobytes()


def run_command(arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "musegnn.cli.main", "train", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_a_killed_process_resumes_to_the_same_embedding(graphs, tmp_path):
    paths = []
    for graph in graphs:
        paths.append(tmp_path / f"{graph.name}.h5ad")
        write_gene_graph(graph, paths[-1])
    settings = ["--epochs", "50", "--device", "cpu", "--name", "x"]
    killed = run_command([*paths, *settings, "-o", tmp_path / "killed"])
    metrics = tmp_path / "killed" / "metrics.jsonl"
    deadline = time.monotonic() + 120
    while not (metrics.is_file() and metrics.read_text().count("\n") >= 5):
        assert killed.poll() is None, killed.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not (tmp_path / "killed" / "result").exists()
    again = run_command([*paths, *settings, "--resume", "-o", tmp_path / "killed"])
    whole = run_command([*paths, *settings, "-o", tmp_path / "whole"])
    for process in (again, whole):
        errors = process.communicate(timeout=240)[1]
        assert process.returncode == 0, errors
    one, other = (
        (tmp_path / name / "result" / "embedding.h5ad").read_bytes() for name in ("whole", "killed")
    )
    assert one == other
    epochs = [json.loads(line)["epoch"] for line in metrics.read_text().splitlines()]
    assert epochs == list(range(1, 51))
    assert np.isfinite(
        [json.loads(line)["loss"] for line in metrics.read_text().splitlines()]
    ).all()
