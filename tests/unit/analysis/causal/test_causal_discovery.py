import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.causal_discovery import (
    KEPT_FREQUENCY,
    STEPS_IN_ALL,
    discover_edges,
    edge_frequencies,
    fisher_z_p,
    run_pc,
)
from musegnn.analysis.causal.gene_sample import GeneSample
from musegnn.errors import InputError
from musegnn.progress import Silent
from tests.planted_graphs import planted_cells, planted_graph


def sample(cells, n_causes=None, *, with_cells=True):
    n_genes = cells.shape[1]
    standard = (cells - cells.mean(axis=0)) / cells.std(axis=0)
    return GeneSample(
        genes=tuple(f"G{i:02}" for i in range(n_genes)),
        correlation=np.corrcoef(cells.T),
        n_cells=len(cells),
        is_cause=np.arange(n_genes) < (n_genes if n_causes is None else n_causes),
        cells=standard if with_cells else None,
        source="planted cells",
    )


def colliders(edges):
    joined = edges | edges.T
    return [
        (a, middle, b)
        for middle in range(len(edges))
        for a in np.flatnonzero(edges[:, middle])
        for b in np.flatnonzero(edges[:, middle])
        if a < b and not joined[a, b]
    ]


def test_one_collider_is_oriented_and_a_chain_is_left_open():
    rng = np.random.default_rng(0)
    a, b, noise = rng.normal(size=(3, 5000))
    collider = np.corrcoef([a, a + b + 0.5 * noise, b])
    assert run_pc(collider, 5000).tolist() == [
        [False, True, False],
        [False, False, False],
        [False, True, False],
    ]
    middle = a + 0.5 * b
    chain = np.corrcoef([a, middle, middle + 0.5 * noise])
    assert not run_pc(chain, 5000).any()


def test_colliders_of_planted_graphs_are_mostly_oriented_and_arrows_mostly_right():
    n_found = n_planted = n_right = n_arrows = 0
    for seed in range(12):
        edges = planted_graph(20, 2.5, seed=seed)
        cells = planted_cells(edges, 5000, seed=seed)
        arrows = run_pc(np.corrcoef(cells.T), 5000, alpha=0.001, max_conditions=3)
        planted = colliders(edges)
        n_planted += len(planted)
        n_found += sum(bool(arrows[a, m] and arrows[b, m]) for a, m, b in planted)
        n_right += (arrows & edges).sum()
        n_arrows += arrows.sum()
    assert n_found / n_planted > 0.7
    assert n_right / n_arrows > 0.85


def test_with_prior_knowledge_effects_are_directed_and_found():
    edges = planted_graph(24, 4, n_causes=6, seed=3)
    found = discover_edges(sample(planted_cells(edges, 4000, seed=3), 6), n_replicates=20).edges
    to_targets = found[found["target"] >= "G06"]
    assert to_targets["is_directed"].all()
    pairs = {(int(a[1:]), int(b[1:])) for a, b in to_targets[["source", "target"]].to_numpy()}
    planted = {(a, b) for a, b in zip(*np.nonzero(edges), strict=True) if b >= 6}
    assert len(pairs & planted) >= 0.9 * len(planted)
    assert len(pairs - planted) <= 0.1 * len(planted)
    assert not (found["source"] >= "G06").any()


def test_frequencies_are_high_for_planted_pairs_and_equal_for_equal_seeds():
    edges = planted_graph(10, 2, seed=1)
    given = sample(planted_cells(edges, 2000, seed=1))
    adjacency, frequency = edge_frequencies(given, n_replicates=30, seed=4)
    again = edge_frequencies(given, n_replicates=30, seed=4)[1]
    other = edge_frequencies(given, n_replicates=30, seed=5)[1]
    assert (frequency == again).all()
    assert (frequency != other).any()
    assert (frequency == frequency.T).all()
    planted = edges | edges.T
    assert frequency[planted].mean() > 0.9
    assert frequency[~planted & ~np.eye(10, dtype=bool)].mean() < 0.1
    assert (adjacency == adjacency.T).all()


def test_the_parametric_bootstrap_agrees_with_drawing_cells():
    edges = planted_graph(16, 3, n_causes=6, seed=2)
    cells = planted_cells(edges, 300, seed=2, weakest=0.05)  # weak effects: frequencies in between
    drawn, gaussian = (
        edge_frequencies(sample(cells, 6, with_cells=kind), n_replicates=150)[1]
        for kind in (True, False)
    )
    uncertain = (drawn > 0.05) | (gaussian > 0.05)
    assert np.corrcoef(drawn[uncertain], gaussian[uncertain])[0, 1] > 0.95
    assert abs(drawn - gaussian).mean() < 0.03


def test_unstable_edges_are_left_out_and_the_rest_is_sorted():
    cells = planted_cells(planted_graph(12, 3, seed=5), 120, seed=5, weakest=0.05)
    found = discover_edges(sample(cells), n_replicates=40).edges
    assert (found["frequency"] >= KEPT_FREQUENCY).all()
    assert found["frequency"].is_monotonic_decreasing
    assert list(found.columns) == ["source", "target", "is_directed", "correlation", "frequency"]


def test_the_p_value_is_that_of_fishers_z_in_causal_learn():
    from causallearn.utils.cit import FisherZ

    cells = planted_cells(planted_graph(6, 3, seed=0), 200)
    theirs, correlation = FisherZ(cells), np.corrcoef(cells.T)
    for x, y, fixed in ((0, 1, ()), (0, 5, (2,)), (1, 4, (0, 2, 3))):
        expected = theirs(x, y, fixed)
        assert fisher_z_p(correlation, x, y, fixed, 200) == pytest.approx(expected, abs=1e-12)


def test_independent_genes_have_no_edges():
    cells = np.random.default_rng(0).normal(size=(500, 15))
    found = discover_edges(sample(cells), n_replicates=10)
    assert len(found.edges) <= 1
    assert "15 genes over planted cells, 15 of them possible causes" in found.sentence
    assert isinstance(found.edges, pd.DataFrame)


def test_progress_is_told_and_may_stop_the_work():
    class Counting(Silent):
        n = 0

        def advance(self, detail=""):
            self.n += 1
            if self.n == 3:
                raise KeyboardInterrupt("stop")  # noqa: EM101

    given = sample(np.random.default_rng(0).normal(size=(100, 4)))
    counting = Counting()
    with pytest.raises(KeyboardInterrupt, match="stop"):
        discover_edges(given, n_replicates=40, progress=counting)
    assert counting.n == 3
    quiet = Counting()
    quiet.n = 10
    discover_edges(given, n_replicates=40, progress=quiet)
    assert quiet.n == 10 + STEPS_IN_ALL


def test_no_replicates_are_refused():
    with pytest.raises(InputError, match="Expected `n_replicates` to be greater than 0"):
        discover_edges(sample(np.random.default_rng(0).normal(size=(100, 3))), n_replicates=0)
