import warnings

import numpy as np
import pytest

from musegnn.analysis.causal.skeleton import find_skeleton, partial_correlation
from musegnn.errors import InputError
from tests.planted_graphs import f1, planted_cells, planted_graph


def causal_learn(cells, alpha, max_conditions):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from causallearn.search.ConstraintBased.PC import pc

        graph = pc(cells, alpha, "fisherz", max_k=max_conditions, show_progress=False).G.graph
    return graph != 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("max_conditions", [1, 2, 3])
def test_it_is_the_skeleton_of_causal_learn(seed, max_conditions):
    cells = planted_cells(planted_graph(12, 3, seed=seed), 800, seed=seed)
    everything = np.ones(12, dtype=bool)
    found = find_skeleton(
        np.corrcoef(cells.T), 800, is_cause=everything, alpha=0.01, max_conditions=max_conditions
    )
    assert (found == causal_learn(cells, 0.01, max_conditions)).all()


def test_planted_skeletons_are_recovered():
    scores = []
    for seed in range(20):
        edges = planted_graph(20, 2.5, seed=seed)
        cells = planted_cells(edges, 5000, seed=seed)
        found = find_skeleton(
            np.corrcoef(cells.T),
            5000,
            is_cause=np.ones(20, dtype=bool),
            alpha=0.001,
            max_conditions=3,
        )
        scores.append(f1(found, edges))
    assert np.mean(scores) >= 0.95
    assert np.quantile(scores, 0.1) >= 0.9


def test_with_a_planted_prior_the_skeleton_is_recovered_and_forbidden_pairs_are_empty():
    scores = []
    for seed in range(10):
        edges = planted_graph(20, 4, n_causes=7, seed=seed)
        cells = planted_cells(edges, 5000, seed=seed)
        is_cause = np.arange(20) < 7
        found = find_skeleton(np.corrcoef(cells.T), 5000, is_cause=is_cause, alpha=0.001)
        assert not found[7:, 7:].any()
        scores.append(f1(found, edges))
    assert np.mean(scores) >= 0.95


def test_partial_correlation_is_that_of_the_inverse_matrix():
    cells = planted_cells(planted_graph(8, 4, seed=1), 300)
    correlation = np.corrcoef(cells.T)
    for fixed in ((), (2,), (2, 5), (7, 2, 5)):
        members = [0, 1, *fixed]
        inverse = np.linalg.inv(correlation[np.ix_(members, members)])
        expected = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
        assert partial_correlation(correlation, 0, 1, fixed) == pytest.approx(expected, abs=1e-12)


def test_copies_of_a_gene_do_not_break_it():
    cells = planted_cells(planted_graph(6, 3, seed=0), 200)
    doubled = np.column_stack([cells, cells[:, 0]])
    found = find_skeleton(np.corrcoef(doubled.T), 200, is_cause=np.ones(7, dtype=bool))
    assert (found == found.T).all()


def test_parameters_out_of_range_are_refused():
    correlation, causes = np.eye(3), np.ones(3, dtype=bool)
    with pytest.raises(InputError, match="Expected 0 to 3 genes held fixed, found 4"):
        find_skeleton(correlation, 100, is_cause=causes, max_conditions=4)
    with pytest.raises(InputError, match="Expected at least 7 cells, found 6"):
        find_skeleton(correlation, 6, is_cause=causes)
    with pytest.raises(InputError, match="Expected `alpha` to be between 0 and 1"):
        find_skeleton(correlation, 100, is_cause=causes, alpha=2)
