"""Neighbourhood change: naive loops, identical contexts, planted changes, calibration."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import false_discovery_control, hypergeom, kstest

from musegnn.analysis.choices import MEASURES
from musegnn.analysis.comparison import ranked_lists
from musegnn.analysis.comparison.context_alignment import common_genes
from musegnn.analysis.comparison.context_similarity import mean_overlap
from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings, neighbourhood_change
from musegnn.analysis.comparison.ranked_lists import (
    later_ranks,
    neighbour_ranks,
    rank_biased_overlap,
    rank_biased_weights,
)
from musegnn.analysis.comparison.same_tissue_null import Pairing, SameTissueNull
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from tests.neighbourhood_overlap import neighbourhood_overlap
from tests.toy_contexts import Context, gene_names, make_set, noisy_contexts
from tests.ui_fixtures import make_graph

PAIR = ("pancreas_human", "blood_human")
FEW = ChangeSettings(permutations=999)


def with_measure(measure, **changes):
    return dataclasses.replace(FEW, measure=measure, **changes)


def shuffle_names(embedding, dataset, rng):
    """Give the genes of a context each other's names."""
    genes = embedding.genes.copy()
    rows = embedding.rows_of_dataset(dataset)
    moved = rng.permutation(rows)
    for column in ("gene", "common_gene", "ortholog"):
        values = genes[column].to_numpy(dtype=object).copy()
        values[rows] = values[moved]
        genes[column] = values
    return dataclasses.replace(embedding, table=genes)


@pytest.mark.parametrize("k", [5, 20])
def test_jaccard_equals_the_overlap_on_the_gene_page(atlas, k):
    # human contexts only: there, names and ortholog groups are the same
    table = neighbourhood_change(atlas, *PAIR, with_measure("jaccard", k=k)).table
    ortholog_groups = GeneSearch(atlas).ortholog_groups
    for row in table.iloc[::9].itertuples():
        overlap, _ = neighbourhood_overlap(
            atlas, row.first_row, row.second_row, ortholog_groups=ortholog_groups, k=k
        )
        assert row.jaccard == pytest.approx(overlap, abs=1e-12)
        assert row.change == pytest.approx(1 - overlap, abs=1e-12)


def test_names_and_counts_equal_a_loop_over_neighbours(atlas):
    k = 10
    settings = with_measure("rbo", k=k)
    change = neighbourhood_change(atlas, "pancreas_human", "pancreas_mouse", settings)
    common, unit = change.common, atlas.unit_vectors
    symbols = atlas.genes["gene"].to_numpy()
    for row in change.table.iloc[::11].itertuples():
        i = list(common.names).index(row.gene)
        near = []
        for rows in (common.first_rows, common.second_rows):
            pairs = zip(common.names, rows, strict=True)
            cosine = {name: float(unit[rows[i]] @ unit[row_]) for name, row_ in pairs}
            del cosine[row.gene]
            near.append(sorted(cosine, key=lambda name: -cosine[name])[:k])
        assert row.first_nearest.split(", ") == near[0][:5]
        assert row.second_nearest.split(", ") == near[1][:5]
        split = [text.split(", ") if text else [] for text in (row.kept, row.lost, row.gained)]
        assert split[0] == [n for n in near[0] if n in near[1]]
        assert split[1] == [n for n in near[0] if n not in near[1]]
        assert split[2] == [n for n in near[1] if n not in near[0]]
        assert row.n_kept == len(split[0])
        assert symbols[row.first_row] == row.first_gene
        assert symbols[row.second_row] == row.second_gene


@pytest.mark.parametrize("measure", MEASURES)
def test_identical_contexts_do_not_change(atlas, measure):
    change = neighbourhood_change(atlas, "blood_human", "blood_human", with_measure(measure))
    assert change.table["change"].abs().max() < 1e-12
    assert (change.table["jaccard"] == 1).all()
    assert (change.table["lost"] == "").all()
    assert change.n_kept == len(change.table)
    assert not (change.table["q_changed"] < 1).any()


@pytest.mark.parametrize("measure", MEASURES)
def test_identical_contexts_do_not_change_beside_other_datasets_of_the_tissue(measure):
    contexts = noisy_contexts(np.random.default_rng(0), 3, 150, noise=0.3)
    twin = dataclasses.replace(contexts[0], name="twin")
    change = neighbourhood_change(make_set(*contexts, twin), "c0", "twin", with_measure(measure))
    assert change.null.can_test
    assert change.table["change"].abs().max() < 1e-12
    assert change.table["p_changed"].min() == 1
    assert change.n_changed == 0


def test_order_is_by_falling_change_then_degree_then_name():
    names = gene_names(8)
    vectors = np.tile([1.0, 0.0, 0.0], (8, 1))  # all ties: nothing changes
    degrees = np.array([1, 5, 5, 2, 9, 1, 1, 1])
    embedding = make_set(
        Context("a", names, vectors, degrees=degrees), Context("b", names, vectors, degrees=degrees)
    )
    table = neighbourhood_change(embedding, "a", "b", with_measure("jaccard", k=2)).table
    assert table["gene"].tolist() == [names[i] for i in (4, 1, 2, 3, 0, 5, 6, 7)]
    changed = neighbourhood_change(
        make_set(*noisy_contexts(np.random.default_rng(1), 2, 60, noise=1)), "c0", "c1", FEW
    ).table
    assert changed["change"].is_monotonic_decreasing


@pytest.mark.parametrize("measure", MEASURES)
def test_p_kept_is_uniform_or_conservative_under_shuffled_names(measure):
    rng = np.random.default_rng(2)
    embedding = make_set(*noisy_contexts(rng, 2, 200, noise=0.2))
    p = []
    for _ in range(5):
        shuffled = shuffle_names(embedding, "c1", rng)
        settings = with_measure(measure, permutations=9999)
        table = neighbourhood_change(shuffled, "c0", "c1", settings).table
        p.append(table["p_kept"].to_numpy())
        assert (table["q_kept"] < 0.05).sum() <= 2
    p = np.concatenate(p)
    if measure == "rbo":
        assert kstest(p, "uniform").pvalue > 0.01
    else:  # counts make steps: the exact test may be late, never early
        for level in (0.01, 0.05, 0.2, 0.5):
            assert (p <= level).mean() <= level + 2.5 * np.sqrt(level * (1 - level) / len(p))


def test_q_kept_is_that_of_scipy_and_p_of_counts_is_hypergeometric(atlas):
    change = neighbourhood_change(atlas, *PAIR, with_measure("jaccard", k=10))
    table, n_items = change.table, len(change.common) - 1
    expected = hypergeom.sf(table["n_kept"] - 1, n_items, 10, 10)
    np.testing.assert_allclose(table["p_kept"], expected, rtol=1e-12)
    np.testing.assert_allclose(table["q_kept"], false_discovery_control(expected), rtol=1e-12)
    assert change.n_kept == (table["q_kept"] < 0.05).sum()


def test_permutation_test_agrees_with_shuffling_a_whole_context():
    def norm(context):
        return np.linalg.norm(context.vectors, axis=1, keepdims=True)

    rng = np.random.default_rng(7)
    contexts = noisy_contexts(rng, 2, 60, noise=0.8)
    embedding = make_set(*contexts)
    settings = with_measure("rbo", permutations=9999, k=5)
    table = neighbourhood_change(embedding, "c0", "c1", settings).table.set_index("gene")
    ranks = [neighbour_ranks(context.vectors / norm(context)) for context in contexts]
    weights = rank_biased_weights(59, settings.persistence)
    observed = table["rbo"].sort_index().to_numpy()
    above, n_shuffles = np.zeros(60), 2000
    for _ in range(n_shuffles):
        moved = rng.permutation(60)  # every gene gets the name and the neighbours of another one
        shuffled = ranks[1][np.ix_(moved, moved)]
        above += rank_biased_overlap(later_ranks(ranks[0], shuffled), weights) >= observed
    p = above / n_shuffles
    error = 4 * np.sqrt(p * (1 - p) / n_shuffles) + 0.005
    assert (np.abs(p - table["p_kept"].sort_index()) <= error).all()


def test_datasets_of_one_tissue_give_uniform_p_changed():
    p = []
    for seed in range(6):
        contexts = noisy_contexts(np.random.default_rng(seed), 8, 200, noise=0.4)
        change = neighbourhood_change(make_set(*contexts), "c0", "c1", FEW)
        assert len(change.null.pairs) == 27  # all of eight datasets but the compared one
        p.append(change.table["p_changed"].to_numpy())
        assert change.n_changed <= 4
    # genes of a pair depend on each other, so that a test of Kolmogorov would count too many
    p = np.concatenate(p)
    assert 0.45 < p.mean() < 0.55
    assert 0.03 < (p < 0.05).mean() < 0.07


def test_planted_changes_come_first_and_are_significant():
    rng = np.random.default_rng(3)
    planted = rng.choice(200, 12, replace=False)
    moved = rng.normal(size=(12, 8))
    contexts = noisy_contexts(rng, 6, 200, noise=0.15)
    for number in (1, 3, 5):  # a second tissue, in which twelve genes are elsewhere
        vectors = contexts[number].vectors.copy()
        vectors[planted] = moved + 0.15 * rng.normal(size=moved.shape)
        contexts[number] = dataclasses.replace(contexts[number], vectors=vectors, tissue="heart")
    change = neighbourhood_change(make_set(*contexts), "c0", "c1", FEW)
    expected = {gene_names(200)[i] for i in planted}
    first = set(change.table["gene"].head(12))
    assert len(first & expected) >= 11
    significant = change.table.loc[change.table["q_changed"] < 0.05].set_index("gene")
    assert len(set(significant.index) & expected) >= 10
    # others are called when planted ones left them or came to them; few for no such reason
    exchanged = significant["lost"] + ", " + significant["gained"]
    partners = {gene: set(text.split(", ")) for gene, text in exchanged.items()}
    odd = [gene for gene in partners if gene not in expected and not expected & partners[gene]]
    assert len(odd) <= 3


def test_without_other_datasets_of_the_tissue_change_is_not_tested_and_it_says_why(atlas):
    change = neighbourhood_change(atlas, *PAIR, FEW)
    assert change.n_changed is None
    assert "no other datasets of one species, tissue and technique" in change.null.note
    assert change.table["q_changed"].isna().all()
    assert change.table["degree_percentile"].between(0, 100).all()


def test_null_takes_only_the_same_species_tissue_and_technique():
    rng = np.random.default_rng(0)
    base = noisy_contexts(rng, 5, 120, noise=0.3)
    contexts = [
        base[0],
        dataclasses.replace(base[1], tissue="heart"),
        dataclasses.replace(base[2], species="mouse"),
        dataclasses.replace(base[3], modality="scatac"),
        base[4],
    ]
    change = neighbourhood_change(make_set(*contexts), "c0", "c1", FEW)
    assert change.null.pairs == (("c0", "c4"),)
    assert change.null.can_test


def test_datasets_that_share_cells_are_left_out(atlas):
    graph = make_graph(atlas, "blood_human")
    contexts = noisy_contexts(np.random.default_rng(0), 3, 120, noise=0.3)
    graph = dataclasses.replace(graph, name="c0", provenance={"shares_cells_with": {"c2": 60}})
    change = neighbourhood_change(make_set(*contexts), "c0", "c1", FEW, graphs=(graph, None))
    assert change.null.pairs == (("c1", "c2"),)
    only = neighbourhood_change(
        make_set(contexts[0], contexts[2], dataclasses.replace(contexts[1], tissue="heart")),
        *("c0", "c1"),
        FEW,
        graphs=(graph, None),
    )
    assert "share cells" in only.null.note


def test_pairs_of_few_common_genes_are_left_out_and_it_is_said():
    rng = np.random.default_rng(0)
    contexts = noisy_contexts(rng, 3, 120, noise=0.3)
    few = dataclasses.replace(
        contexts[2],
        names=contexts[2].names[:15],
        vectors=contexts[2].vectors[:15],
        degrees=contexts[2].degrees[:15],
    )
    change = neighbourhood_change(make_set(contexts[0], contexts[1], few), "c0", "c1", FEW)
    assert change.n_changed is None
    assert "share too few genes" in change.null.note
    wide = neighbourhood_change(make_set(*contexts), "c0", "c1", dataclasses.replace(FEW, k=40))
    assert "too few for neighbourhoods of 40" in wide.null.note
    assert wide.table["p_changed"].isna().all()


def test_p_changed_is_the_share_of_standardised_values_and_goes_on_below_them():
    rng = np.random.default_rng(0)
    values = np.sort(rng.normal(size=4000))
    described = np.zeros((3, 8))
    described[:, 0] = 1
    # expected nearness 1 with a standard deviation of e^(-1) in all of them
    null = SameTissueNull(
        (("a", "b"),), values, mean=np.eye(8)[0], spread=np.array([-2.0, 0.0, 0.0])
    )
    far = np.array([0.0, -1.0, -6.0])
    nearness = 1 + far * np.exp(-1)
    p = null.p_values(Pairing(("a", "b"), ("x",), nearness, described))
    assert p[0] == pytest.approx((1 + (values <= 0).sum()) / 4001)
    assert p[1] == pytest.approx((1 + (values <= -1).sum()) / 4001)
    assert p[2] < 1e-4  # no value lies there
    bound = np.quantile(values, 0.05)
    excess = bound - values[values < bound].mean()
    assert p[2] == pytest.approx(0.05 * np.exp(-(bound + 6) / excess))


def test_each_tissue_is_standardised_by_the_others():
    """A tissue whose datasets agree less than all others widens what counts as no change."""
    rng = np.random.default_rng(5)
    quiet = noisy_contexts(rng, 4, 150, noise=0.2)
    loud = [
        dataclasses.replace(
            context,
            name=f"loud {number}",
            tissue="heart",
            vectors=context.vectors + 2 * rng.normal(size=context.vectors.shape),
        )
        for number, context in enumerate(quiet[:3])
    ]
    alone = neighbourhood_change(make_set(*quiet), "c0", "c1", FEW)
    beside = neighbourhood_change(make_set(*quiet, *loud), "c0", "c1", FEW)
    assert alone.null.n_tissues == 1
    assert beside.null.n_tissues == 2
    assert len(beside.null.pairs) == len(alone.null.pairs) + 3
    assert beside.null.values.min() < 2 * alone.null.values.min()


def test_edges_equal_a_loop_over_both_graphs(atlas):
    graphs = tuple(make_graph(atlas, name) for name in PAIR)
    change = neighbourhood_change(atlas, *PAIR, FEW, graphs=graphs)
    names = [set(change.table["first_gene"]), set(change.table["second_gene"])]
    partners = []
    for graph, shared in zip(graphs, names, strict=True):
        symbols = graph.genes["gene"].tolist()
        dense = graph.adjacency.toarray()
        partners.append(
            {
                symbols[i]: {symbols[j] for j in np.flatnonzero(dense[i])} & shared
                for i in range(len(symbols))
            }
        )
    for row in change.table.itertuples():
        own = [partners[0][row.first_gene], partners[1][row.second_gene]]
        assert (row.first_edges, row.second_edges) == (len(own[0]), len(own[1]))
        assert row.edges_kept == len(own[0] & own[1])


def test_missing_graphs_leave_edges_empty(atlas):
    table = neighbourhood_change(atlas, *PAIR, FEW, graphs=(make_graph(atlas, PAIR[0]), None)).table
    assert table["first_edges"].notna().all()
    assert table[["second_edges", "edges_kept"]].isna().all(axis=None)


def test_same_seed_same_table_and_expected_values_are_reported(atlas):
    tables = [neighbourhood_change(atlas, *PAIR, FEW) for _ in range(2)]
    assert tables[0].table.equals(tables[1].table)
    n_items = len(common_genes(atlas, *PAIR)) - 1
    shared = np.arange(21)
    chance = hypergeom.pmf(shared, n_items, 20, 20) @ (shared / (40 - shared))
    assert tables[0].jaccard_by_chance == pytest.approx(chance)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"k": 0}, "`k` to be greater than 0"),
        ({"measure": "rob"}, "Did you mean 'rbo'"),
        ({"permutations": 0}, "`permutations` to be greater than 0"),
        ({"persistence": 1.0}, "Expected `persistence` above 0 and below 1"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        ChangeSettings(**settings)


def test_too_few_common_genes_are_refused():
    embedding = make_set(*noisy_contexts(np.random.default_rng(0), 2, 21, noise=1))
    with pytest.raises(InputError, match="more than 21 common genes for neighbourhoods of 20"):
        neighbourhood_change(embedding, "c0", "c1")


def test_genes_ranked_a_few_at_a_time_are_compared_as_all_at_once(monkeypatch):
    embedding = make_set(*noisy_contexts(np.random.default_rng(0), 2, 90, noise=1))
    at_once = neighbourhood_change(embedding, "c0", "c1").table
    overlap = mean_overlap(embedding, common_genes(embedding, "c0", "c1"), 20)
    monkeypatch.setattr(ranked_lists, "_PAIRS_AT_ONCE", 90 * 7)  # 12 blocks of 7 genes, one of 6
    assert neighbourhood_change(embedding, "c0", "c1").table.equals(at_once)
    again = mean_overlap(embedding, common_genes(embedding, "c0", "c1"), 20)
    assert again == overlap == pytest.approx(at_once["jaccard"].mean(), abs=1e-12)
