"""Training of molecules through a bottleneck."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from musegnn.errors import InputError
from musegnn.molecules.context_graph import (
    EXPRESSION,
    MOLECULE,
    ContextGraph,
    Edges,
    NodeBlock,
)
from musegnn.molecules.encoder_inputs import FeatureScale, read_inputs
from musegnn.runs.kinds.molecules import MoleculeSettings
from musegnn.training.bottleneck import BottleneckObjective
from musegnn.training.loop import Checkpointing, train_objective

CPU = torch.device("cpu")
SMALL = MoleculeSettings(
    epochs=3, batch=8, layers=2, width=8, code_width=4, hidden_width=16, walks=2, beta=1e-3
)


@pytest.fixture(scope="module")
def made():
    texts = [f"{'C' * n}{tail}" for n in range(1, 7) for tail in ("O", "N", "Cl", "c1ccccc1")]
    inputs = read_inputs(texts)
    n = len(inputs)
    rng = np.random.default_rng(0)
    responses = (rng.random((2, 6))).astype(np.float32)[np.arange(n) % 2]
    keys = tuple(key[:14] for key in inputs.keys)
    blocks = (
        NodeBlock(MOLECULE, "structures", keys, inputs.fingerprints.astype(np.float32)),
        NodeBlock(EXPRESSION, "made", keys, responses),
    )
    at = np.arange(n, dtype=np.int32)
    edges = (Edges("measured", at, at + n, np.ones(n, np.float32)),)
    return ContextGraph(blocks, edges, tuple(texts)), inputs, FeatureScale.of(inputs.descriptors)


def trained(made, settings, **others):
    objective = BottleneckObjective(*made, settings, CPU)
    history = train_objective(objective, settings, digest="made", device=CPU, **others)
    return objective, history


def test_what_molecules_do_is_told_better_with_time(made):
    settings = replace_settings(epochs=40, beta=1e-5, learning_rate=5e-3, dropout=0.0)
    _, history = trained(made, settings)
    assert history[-1].terms["context"] < 0.7 * history[0].terms["context"]
    assert history[-1].terms["structure"] < history[0].terms["structure"]
    assert history[-1].terms["elements"] < history[0].terms["elements"]


def replace_settings(**others):
    return MoleculeSettings(**{**SMALL.model_dump(), **others})


def test_a_higher_price_keeps_fewer_bits(made):
    bits = []
    for beta in (1e-6, 1e-2, 1.0):
        settings = replace_settings(epochs=30, beta=beta, learning_rate=5e-3)
        _, history = trained(made, settings)
        bits.append(history[-1].terms["rate_bits"])
    assert bits[0] > 2 * bits[1] > 2 * bits[2]
    assert bits[2] < 0.5


def test_same_seed_same_codes_and_another_seed_others(made):
    one, other = (trained(made, SMALL)[0].encode()[0] for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert np.abs(one - trained(made, replace_settings(seed=1))[0].encode()[0]).max() > 1e-3


def test_a_training_taken_up_ends_as_one_that_was_not_stopped(made, tmp_path):
    whole = trained(made, SMALL)[0].encode()[0]
    path = tmp_path / "checkpoint.safetensors"

    class Once:
        asked = False

        def is_stop_asked(self):
            return self.asked

        def after_epoch(self, record, encode):
            self.asked = record.epoch == 2

    with pytest.raises(Exception, match="after epoch 2"):
        trained(made, SMALL, checkpointing=Checkpointing(path, 0), watch=Once())
    again, history = trained(made, SMALL, checkpointing=Checkpointing(path, 0))
    assert len(history) == 1
    np.testing.assert_array_equal(again.encode()[0], whole)


@pytest.mark.parametrize(
    "changed",
    [
        {"reads_fingerprints": False, "decodes": "mean", "beta": 1e-9},
        {"walk_length": 0, "masked_share": 0.0},
        {"precision": "bfloat16"},
        {"layers": 1, "dropout": 0.5},
        {"batch": 1000},
        {"batch": 23},
        {"batch": 2},
    ],
)
def test_all_settings_train(made, changed):
    objective, history = trained(made, replace_settings(epochs=1, **changed))
    assert np.isfinite(history[0].loss)
    assert objective.encode()[0].shape == (24, 4)


def test_walks_weigh_what_they_visit(made):
    context, inputs, scale = made
    objective = BottleneckObjective(context, inputs, scale, SMALL, CPU)
    codes = torch.zeros(2, 4)
    n = len(inputs)
    nodes = np.array([[0, n, 0, -1, -1, 0, -1, -1, -1, -1], [1, n + 1, 1, n + 1, -1, *[-1] * 5]])
    weight = np.where(nodes >= 0, 0.5, 0)
    with torch.no_grad():
        found = objective._context_term(codes, nodes, weight)
        expected = 0.0
        for row in range(2):
            for column in range(10):
                node = nodes[row, column]
                if node < 0 or column % 5 == 0:
                    continue
                block = int(node >= n)
                told = torch.from_numpy(context.blocks[block].features[node - block * n])
                p = torch.sigmoid(objective.network.decoders(block, codes[:1])[0])
                for value, chance in zip(told, p, strict=True):
                    own = torch.distributions.Bernoulli(value)
                    expected += (
                        0.5
                        * float(
                            torch.distributions.kl_divergence(
                                own, torch.distributions.Bernoulli(chance)
                            )
                        )
                        / len(told)
                    )
    assert float(found) == pytest.approx(expected / 2 / SMALL.walks, rel=1e-4)


def test_other_molecules_than_those_of_the_context_are_refused(made):
    context, inputs, scale = made
    with pytest.raises(InputError, match="molecules of the context"):
        BottleneckObjective(context, inputs.take(np.arange(5)), scale, SMALL, CPU)
    with pytest.raises(InputError, match="molecules of the context"):
        BottleneckObjective(replace(context, blocks=(), edges=()), inputs, scale, SMALL, CPU)
