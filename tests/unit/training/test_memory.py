"""A lack of memory is told with what fits."""

from __future__ import annotations

import pytest
import torch

from benchmarks.gpu.made import TINY, fusion_training, molecule_training
from musegnn.errors import TrainingError
from musegnn.runs.presets import preset_settings
from musegnn.training.aligned import AlignedObjective
from musegnn.training.graph_groups import GraphGroups
from musegnn.training.loop import train
from musegnn.training.memory import explaining_memory, find_fitting, is_lack_of_memory
from tests.toy_graphs import planted_graph


def need(limit):
    def try_step(number):
        if number > limit:
            msg = "CUDA out of memory. Tried to allocate 20.00 GiB"
            raise torch.OutOfMemoryError(msg)

    return try_step


@pytest.mark.parametrize(("limit", "fitting"), [(11, 6), (6, 6), (5, 3), (1, 1), (0, 0)])
def test_the_number_of_graphs_is_halved_until_a_step_fits(limit, fitting):
    assert find_fitting(12, need(limit)) == fitting


@pytest.mark.parametrize(("limit", "fitting"), [(5, 3), (2, 2), (1, 0)])
def test_less_than_a_step_can_take_is_not_tried(limit, fitting):
    assert find_fitting(6, need(limit), least=2) == fitting
    assert find_fitting(2, need(limit), least=2) == 0


def test_other_errors_pass():
    def fail(_):
        msg = "shapes do not match"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="shapes"):
        find_fitting(4, fail)
    assert not is_lack_of_memory(ValueError("x"))


def test_a_real_lack_of_memory_is_recognised():
    with pytest.raises(RuntimeError, match="allocate") as caught:
        torch.empty(1 << 50)
    assert is_lack_of_memory(caught.value)


def test_a_step_that_does_not_fit_is_told_with_one_that_was_tried(monkeypatch):
    graphs = [planted_graph(name, seed=seed) for seed, name in enumerate("abcd")]
    config = preset_settings("default", epochs=2)
    objective = AlignedObjective(graphs, config, torch.device("cpu"))
    usual = GraphGroups.pad

    def small(self, chosen, members):
        if len(chosen) > 2:
            torch.empty(1 << 50)  # what a real allocation of that size raises
        return usual(self, chosen, members)

    monkeypatch.setattr(GraphGroups, "pad", small)
    with (
        pytest.raises(TrainingError, match="fit into the memory of this machine") as caught,
        explaining_memory(objective, torch.device("cpu")),
    ):
        objective.run_epoch()
    assert caught.value.hint == "Set `graphs_per_step` to 2 (now 4): that was tried and fits."
    with pytest.raises(TrainingError, match="fit into the memory"):
        train(graphs, config, device="cpu")
    trained = train(graphs, preset_settings("default", epochs=1, graphs_per_step=2), device="cpu")
    assert len(trained.vectors) == 4


@pytest.mark.parametrize(
    ("make", "now"),
    [
        (lambda: molecule_training("default", "float32", TINY, torch.device("cpu")), 8),
        (lambda: fusion_training(TINY, torch.device("cpu")), 8),
    ],
)
def test_a_batch_that_does_not_fit_is_told_with_one_that_was_tried(make, now, monkeypatch):
    objective = make()[0]()
    usual = type(objective)._terms

    def small(self, rows, *others):
        if len(rows) > 5:
            torch.empty(1 << 50)
        return usual(self, rows, *others)

    monkeypatch.setattr(type(objective), "_terms", small)
    with (
        pytest.raises(TrainingError, match="one step to fit into the memory") as caught,
        explaining_memory(objective, torch.device("cpu")),
    ):
        objective.run_epoch()
    assert caught.value.hint == f"Set `batch` to {now // 2} (now {now}): that was tried and fits."


def test_a_start_that_does_not_fit_is_told(monkeypatch):
    def make(*_):
        torch.empty(1 << 50)

    monkeypatch.setattr("musegnn.training.loop.make_objective", make)
    with pytest.raises(TrainingError, match="start of a training to fit into the memory") as caught:
        train([planted_graph("a")], preset_settings("default", epochs=1), device="cpu")
    assert caught.value.hint.startswith("Train on less")
