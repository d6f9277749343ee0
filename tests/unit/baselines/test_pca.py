"""Principal components against scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from musegnn.baselines.inputs import scaled_features
from musegnn.baselines.registry import fit_baseline
from musegnn.graphs.gene_graph import GeneGraph
from tests.toy_graphs import planted_graph


@pytest.fixture(scope="module")
def graphs() -> list[GeneGraph]:
    return [
        planted_graph("a", n_modules=4, seed=1),
        planted_graph("b", n_modules=3, seed=2, n_cells=25),
    ]


def as_residuals(graph: GeneGraph) -> GeneGraph:
    return replace(graph, provenance={**graph.provenance, "preset": "paper"})


def cosines(vectors: np.ndarray) -> np.ndarray:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def test_residuals_are_reduced_as_by_scikit_learn(graphs: list[GeneGraph]) -> None:
    found = fit_baseline("pca", [as_residuals(graph) for graph in graphs], width=10)
    for graph, scores in zip(graphs, found, strict=True):
        expected = PCA(10, svd_solver="full").fit_transform(graph.features.astype(np.float64))
        assert np.allclose(scores, expected, atol=1e-4)


def test_components_of_the_default_preset_are_taken_as_they_are(graphs: list[GeneGraph]) -> None:
    found = fit_baseline("pca", graphs, width=12)
    for graph, scores in zip(graphs, found, strict=True):
        assert np.array_equal(scores, graph.features[:, :12])


def test_both_presets_give_the_same_cosines(graphs: list[GeneGraph]) -> None:
    residuals = graphs[0].features.astype(np.float64)
    components = PCA(20, svd_solver="full").fit_transform(residuals).astype(np.float32)
    stored = fit_baseline("pca", [replace(graphs[0], features=components)], width=8)[0]
    computed = fit_baseline("pca", [as_residuals(graphs[0])], width=8)[0]
    assert np.allclose(cosines(stored), cosines(computed), atol=1e-4)


def test_missing_columns_are_zeros(graphs: list[GeneGraph]) -> None:
    for graph in (graphs[1], as_residuals(graphs[1])):
        (found,) = fit_baseline("pca", [graph], width=40)
        assert np.any(found[:, 24])
        assert not np.any(found[:, 25:])


def test_joint_components_are_singular_vectors_of_datasets_side_by_side(
    graphs: list[GeneGraph],
) -> None:
    blocks = [scaled_features(graph).astype(np.float64) for graph in graphs]
    # the names of the second, smaller dataset are the first 60 of the first
    table = np.hstack([blocks[0], np.pad(blocks[1], ((0, 20), (0, 0)))])
    _, _, loadings = np.linalg.svd(table, full_matrices=False)
    found = fit_baseline("joint_pca", graphs, width=6)
    expected = [blocks[0] @ loadings[:6, :60].T, blocks[1] @ loadings[:6, 60:].T]
    signs = np.sign((found[0] * expected[0]).sum(axis=0))
    for own, other in zip(found, expected, strict=True):
        assert np.allclose(own, other * signs, atol=1e-4)


def test_joint_components_of_a_name_sum_to_its_row_of_the_whole_decomposition(
    graphs: list[GeneGraph],
) -> None:
    first, second = fit_baseline("joint_pca", graphs, width=85)
    blocks = [scaled_features(graph).astype(np.float64) for graph in graphs]
    table = np.hstack([blocks[0], np.pad(blocks[1], ((0, 20), (0, 0)))])
    whole = first + np.pad(second, ((0, 20), (0, 0)))
    assert np.allclose(whole @ whole.T, table @ table.T, atol=1e-2)


def test_rotation_onto_each_other_changes_no_cosine_within_a_dataset(
    graphs: list[GeneGraph],
) -> None:
    plain = fit_baseline("pca", graphs, width=16)
    aligned = fit_baseline("procrustes_pca", graphs, width=16)
    for own, other in zip(plain, aligned, strict=True):
        assert np.allclose(cosines(own), cosines(other), atol=1e-5)
        assert np.square(other).sum(axis=1).mean() == pytest.approx(1, abs=1e-5)


def test_weak_components_are_shrunk_before_the_rotation(graphs: list[GeneGraph]) -> None:
    residuals = [as_residuals(graph) for graph in graphs]
    plain = fit_baseline("procrustes_pca", residuals, width=16)
    shrunken = fit_baseline("shrunken_pca", residuals, width=16)
    for graph, found, before in zip(graphs, shrunken, plain, strict=True):
        values = graph.features.astype(np.float64)
        left, size, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
        assert np.allclose(cosines(found), cosines(left[:, :16] * size[:16] ** 1.5), atol=1e-4)
        assert np.abs(cosines(found) - cosines(before)).max() > 0.05


def test_rotation_brings_equal_names_together(graphs: list[GeneGraph]) -> None:
    def mean_cosine(name: str) -> float:
        first, second = fit_baseline(name, graphs, width=16)
        both = cosines(np.concatenate([first[:60], second]))
        return float(np.diagonal(both[:60, 60:]).mean())

    assert mean_cosine("procrustes_pca") > 0.5 > abs(mean_cosine("pca"))
