"""Masked autoencoders, and the faults of the published code that must not come back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from musegnn.baselines import masked_autoencoders
from musegnn.baselines.inputs import FitSettings
from musegnn.baselines.masked_autoencoders import (
    FeatureInputs,
    MaskedAutoencoder,
    scaled_cosine_error,
)
from musegnn.baselines.registry import fit_baseline
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.progress import Silent
from tests.toy_graphs import planted_graph

WIDTH = 6


@pytest.fixture
def graphs() -> list[GeneGraph]:
    return [
        planted_graph("a", n_modules=3, seed=1),
        planted_graph("b", n_modules=2, seed=2, n_cells=25),
    ]


@pytest.fixture
def model(graphs: list[GeneGraph]) -> MaskedAutoencoder:
    return MaskedAutoencoder(60, WIDTH, torch.Generator().manual_seed(0))


def mask(n_genes: int, *rows: int) -> torch.Tensor:
    is_masked = torch.zeros(n_genes, dtype=torch.bool)
    is_masked[list(rows)] = True
    return is_masked


def test_scaled_cosine_error_by_hand() -> None:
    target = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    predicted = torch.tensor([[5.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    assert scaled_cosine_error(predicted, target).item() == pytest.approx((0 + 1 + 4) / 3)
    assert scaled_cosine_error(predicted, target, 3).item() == pytest.approx((0 + 1 + 8) / 3)


def test_the_target_is_the_true_features_not_the_masked_ones(
    model: MaskedAutoencoder, graphs: list[GeneGraph], monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = FeatureInputs.of(graphs[0])
    before = inputs.features.clone()
    compared = []
    monkeypatch.setattr(
        masked_autoencoders,
        "scaled_cosine_error",
        lambda predicted, target: compared.append(target) or predicted.sum(),
    )
    is_masked = mask(60, 2, 5)
    model.loss(inputs, is_masked)
    assert torch.equal(inputs.features, before)
    assert torch.equal(compared[0], before[[2, 5]])
    assert compared[0].norm(dim=1).min() > 1


def test_a_masked_gene_does_not_tell_its_own_features(
    model: MaskedAutoencoder, graphs: list[GeneGraph]
) -> None:
    inputs = FeatureInputs.of(graphs[0])
    other = FeatureInputs(inputs.features.clone(), inputs.adjacency)
    other.features[[2, 5]] = 100.0
    hidden, open_ = mask(60, 2, 5), mask(60, 1)
    assert torch.equal(model.reconstruct(inputs, hidden), model.reconstruct(other, hidden))
    assert not torch.equal(model.reconstruct(inputs, open_), model.reconstruct(other, open_))


def test_every_weight_is_stepped_the_decoder_too(graphs: list[GeneGraph]) -> None:
    trainer = masked_autoencoders._MaskedTrainer(
        graphs, FitSettings(WIDTH, 0, None, Silent()), "wsmae"
    )
    weights = [weight for model in trainer.models for weight in model.parameters()]
    before = [weight.detach().clone() for weight in weights]
    masked_autoencoders.minimise(
        trainer.losses,
        weights,
        FitSettings(WIDTH, 0, 2, Silent()),
        label="test",
        epochs=2,
        learning_rate=0.1,
    )
    assert len(before) == 2 * 8
    assert not any(torch.equal(*pair) for pair in zip(before, weights, strict=True))


def test_half_of_the_genes_are_masked_and_each_time_others(graphs: list[GeneGraph]) -> None:
    trainer = masked_autoencoders._MaskedTrainer(
        graphs, FitSettings(WIDTH, 0, None, Silent()), "mae"
    )
    masks = [trainer._draw_mask(0) for _ in range(20)]
    assert {int(drawn.sum()) for drawn in masks} == {30}
    assert bool(torch.stack(masks).any(dim=0).all())


def test_graphs_without_a_common_name_have_nothing_to_tie(graphs: list[GeneGraph]) -> None:
    stranger = planted_graph("s", prefix="H")
    found = fit_baseline("wsmae", [graphs[0], stranger], epochs=2)
    assert all(np.isfinite(rows).all() for rows in found)


def test_the_similarity_term_brings_equal_names_together(graphs: list[GeneGraph]) -> None:
    def mean_cosine(name: str) -> float:
        first, second = fit_baseline(name, graphs, epochs=60)
        rows = torch.as_tensor(first[: len(second)]), torch.as_tensor(second)
        return float(torch.nn.functional.cosine_similarity(*rows).mean())

    assert mean_cosine("wsmae") > mean_cosine("mae") + 0.3


def test_of_a_single_graph_both_variants_are_masked_autoencoders(graphs: list[GeneGraph]) -> None:
    trainer = masked_autoencoders._MaskedTrainer(
        graphs[:1], FitSettings(WIDTH, 0, None, Silent()), "wsmae"
    )
    (loss,) = trainer.losses()
    assert 0 < loss.item() < 4
    assert not trainer.pairs
