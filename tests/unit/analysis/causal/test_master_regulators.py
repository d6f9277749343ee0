import networkx as nx
import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.master_regulators import (
    DEPTH_SHARES,
    MOST_STEPS,
    find_downstream,
    master_regulators,
)
from musegnn.analysis.causal.regulation import COLUMNS, read_regulation
from musegnn.errors import InputError

BACKGROUND = [f"G{i:03}" for i in range(200)]


def regulation(pairs):
    rows = [(a, b, s, "A", "x", "1", "") for a, b, s in pairs]
    return read_regulation(pd.DataFrame(rows, columns=list(COLUMNS)))


def random_pairs(seed, n_regulators=25, n_targets=8):
    """Regulators act on genes and on each other; some regulators are genes of the background."""
    rng = np.random.default_rng(seed)
    regulators = [*(f"R{r:02}" for r in range(n_regulators - 5)), *BACKGROUND[:5]]
    pairs = {}
    for regulator in regulators:
        for gene in rng.choice(BACKGROUND, n_targets, replace=False):
            pairs[regulator, str(gene)] = int(rng.choice([-1, 0, 1]))
        for other in rng.choice(regulators, 2, replace=False):
            pairs[regulator, str(other)] = int(rng.choice([-1, 0, 1]))
    return [(a, b, s) for (a, b), s in pairs.items() if a != b]


def test_shares_of_the_depths_add_up_to_one():
    assert sum(DEPTH_SHARES) == pytest.approx(1)
    assert list(DEPTH_SHARES) == sorted(DEPTH_SHARES, reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_steps_are_shortest_paths(seed):
    pairs = random_pairs(seed)
    found = find_downstream(regulation(pairs), BACKGROUND)
    graph = nx.DiGraph([(a, b) for a, b, _ in pairs])
    for i, regulator in enumerate(found.regulators):
        lengths = nx.single_source_shortest_path_length(graph, regulator, cutoff=MOST_STEPS)
        for j, gene in enumerate(found.genes):
            expected = 0 if gene == regulator else lengths.get(gene, 0)
            assert found.steps[i, j] == expected
    assert found.steps.max() == MOST_STEPS


def test_signs_multiply_along_the_path_and_cancel_where_paths_disagree():
    pairs = [("T", "A", -1), ("A", "B", -1), ("B", "G001", 1), ("A", "G002", 1), ("T", "G003", 1)]
    pairs += [("T", "C", 1), ("C", "G002", 1), ("T", "D", 1), ("D", "G004", 0)]
    found = find_downstream(regulation(pairs), ["G001", "G002", "G003", "G004", "G005"])
    row = found.regulators.get_loc("T")
    assert found.steps[row].tolist() == [3, 2, 1, 2, 0]
    assert found.signs[row].tolist() == [1, 0, 1, 0, 0]


def test_a_regulator_two_steps_above_is_found_where_no_direct_one_is():
    # M acts on ten regulators, each of which acts on few genes of the set only
    pairs = [("M", f"S{i}", 1) for i in range(10)]
    pairs += [(f"S{i}", BACKGROUND[3 * i + j], -1) for i in range(10) for j in range(3)]
    pairs += [(a, b, s) for a, b, s in random_pairs(1) if b not in {"M"}]
    known = regulation(pairs)
    genes = BACKGROUND[:30]
    directions = dict.fromkeys(genes, -1.0)
    found = master_regulators(find_downstream(known, BACKGROUND), genes, directions=directions)
    best = found.iloc[0]
    assert (best["regulator"], best["steps"], best["overlap"]) == ("M", 2, 30)
    assert best["state"] == "activated"  # it activates what represses genes that went down
    assert best["q"] < 1e-6
    assert best["p_network"] < 0.01
    assert set(best["through"].split(", ")) <= {f"S{i}" for i in range(10)}


def test_the_true_master_is_first_on_planted_sets():
    n_first = 0
    for seed in range(40):
        pairs = random_pairs(seed, n_regulators=30)
        known = regulation(pairs)
        downstream = find_downstream(known, BACKGROUND)
        rng = np.random.default_rng([seed, 1])
        # a master whose reach within two steps no other one shares
        sizes = ((downstream.steps > 0) & (downstream.steps <= 2)).sum(axis=1)
        truth = int(rng.choice(np.flatnonzero(sizes >= np.median(sizes))))
        reach = np.flatnonzero((downstream.steps[truth] > 0) & (downstream.steps[truth] <= 2))
        active = rng.choice(reach, int(0.8 * len(reach)), replace=False)
        genes = [*downstream.genes[active], *rng.choice(BACKGROUND, 4)]
        found = master_regulators(downstream, genes, n_draws=50)
        n_first += found["regulator"][0] == downstream.regulators[truth]
    assert n_first >= 38


def test_network_p_values_of_random_sets_are_not_too_small():
    downstream = find_downstream(regulation(random_pairs(2)), BACKGROUND)
    n_tested, p_values = 0, []
    for seed in range(40):
        genes = np.random.default_rng(seed).choice(BACKGROUND, 30, replace=False)
        found = master_regulators(downstream, genes, n_draws=200, seed=seed)
        p_values.append(found["p_network"].to_numpy())
        n_tested += len(downstream.regulators)  # the table leaves out those of fewer than two genes
    p = np.concatenate(p_values)
    for level in (0.05, 0.1, 0.5):
        assert (p <= level).sum() / n_tested <= level * 1.35


def test_equal_seeds_give_equal_tables():
    downstream = find_downstream(regulation(random_pairs(3)), BACKGROUND)
    first, second = (master_regulators(downstream, BACKGROUND[:30], seed=1) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_a_regulator_does_not_explain_itself():
    pairs = [("G000", "A", 1), ("A", "G000", 1), ("A", "G001", 1)]
    found = find_downstream(regulation(pairs), ["G000", "G001"])
    row = found.regulators.get_loc("G000")
    assert found.steps[row].tolist() == [0, 2]


def test_a_set_outside_the_background_is_refused():
    downstream = find_downstream(regulation(random_pairs(0)), BACKGROUND)
    with pytest.raises(InputError, match="Expected genes of this model and context"):
        master_regulators(downstream, ["nobody"])


def test_no_regulation_gives_an_empty_table():
    empty = read_regulation(pd.DataFrame(columns=list(COLUMNS)))
    found = master_regulators(find_downstream(empty, BACKGROUND), BACKGROUND[:5])
    assert found.empty
