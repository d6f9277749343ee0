"""Orthologs in clusters: planted truth, naive loops, calibration, one-to-many, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

import musegnn.analysis.orthologs.ortholog_proportion as module
from musegnn import keys
from musegnn.analysis.orthologs.ortholog_proportion import (
    COLUMNS,
    ortholog_proportion,
    species_of,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError


def make_set(rows: list[tuple[str, str, str, str, str, str]]) -> EmbeddingSet:
    """Wrap rows of gene, common gene, ortholog, dataset, species, cluster."""
    columns = [keys.GENE, keys.COMMON_GENE, keys.ORTHOLOG, keys.DATASET]
    genes = pd.DataFrame(rows, columns=[*columns, keys.SPECIES_COLUMN, keys.CLUSTER])
    n = len(genes)
    return EmbeddingSet(
        vectors=np.zeros((n, 2), np.float32),
        table=genes,
        layout=np.zeros((n, 2), np.float32),
        neighbour_graph=sparse.csr_matrix((n, n)),
        datasets=pd.DataFrame(index=sorted(genes[keys.DATASET].unique())),
    )


def human(name, cluster, dataset="h1"):
    return (name, name, name, dataset, "human", cluster)


def mouse(name, cluster, dataset="m1", common=None, symbol=None):
    return (symbol or name.capitalize(), common or name, name, dataset, "mouse", cluster)


def shuffled(embedding, rng):
    """Shuffle cluster labels within each dataset."""
    genes = embedding.genes.copy()
    labels = genes[keys.CLUSTER].to_numpy(dtype=object).copy()
    for rows in genes.groupby(keys.DATASET, observed=True).indices.values():
        labels[rows] = labels[rng.permutation(rows)]
    return dataclasses.replace(embedding, table=genes.assign(**{keys.CLUSTER: labels}))


def random_set(seed, *, n_genes=300, n_clusters=3):
    """Two human and two mouse datasets that measure overlapping genes, in unequal clusters."""
    rng = np.random.default_rng(seed)
    rows = []
    for dataset, species in (("h1", human), ("h2", human), ("m1", mouse), ("m2", mouse)):
        weight = rng.dirichlet(np.ones(n_clusters) * 3)
        for gene in np.sort(rng.choice(n_genes, 2 * n_genes // 3, replace=False)):
            cluster = str(rng.choice(n_clusters, p=weight))
            rows.append(species(f"G{gene}", cluster, dataset))
    return make_set(rows)


def naive(embedding, cluster):
    """Count with loops over genes."""
    genes = embedding.genes.astype(str)
    of = {s: genes[genes.species == s] for s in ("human", "mouse")}
    inside = {s: set(t[t.cluster == cluster].gene) for s, t in of.items()}
    ortholog = {s: dict(zip(t.gene, t.ortholog, strict=True)) for s, t in of.items()}
    comparable = with_ortholog = 0
    ortholog_groups = set()
    for one, other in (("human", "mouse"), ("mouse", "human")):
        for gene in inside[one]:
            ortholog_group = ortholog[one][gene]
            if not ortholog_group or ortholog_group not in ortholog[other].values():
                continue
            comparable += 1
            if any(ortholog[other][candidate] == ortholog_group for candidate in inside[other]):
                with_ortholog += 1
                ortholog_groups.add(ortholog_group)
    return (
        len(inside["human"]),
        len(inside["mouse"]),
        comparable,
        with_ortholog,
        len(ortholog_groups),
    )


def test_planted_clusters_have_the_proportion_that_was_planted():
    rows = []
    for i in range(40):  # cluster 0: every gene with its ortholog; 1 and 2: apart
        rows += [human(f"A{i}", "0"), mouse(f"A{i}", "0")]
        rows += [human(f"B{i}", "1"), mouse(f"B{i}", "2")]
        rows += [human(f"C{i}", "2"), mouse(f"C{i}", "1")]
    for i in range(10):  # never measured in the other species: not counted
        rows += [human(f"H{i}", "0"), mouse("", "0", common=f"mouse:M{i}", symbol=f"M{i}")]
    result = ortholog_proportion(make_set(rows))
    table = result.clusters.set_index("cluster")
    assert tuple(result.clusters.columns) == COLUMNS
    assert table["proportion"].to_dict() == {"0": 1.0, "1": 0.0, "2": 0.0}
    assert table.loc["0", ["first_genes", "second_genes", "comparable"]].tolist() == [50, 50, 80]
    # 40 of 120 genes by chance
    np.testing.assert_allclose(table["expected"], 1 / 3)
    np.testing.assert_allclose(table.loc["0", "fold"], 3)
    assert table.loc["0", "p"] == pytest.approx(stats.hypergeom(120, 40, 40).pmf(40))
    assert table.loc["0", "q"] == pytest.approx(3 * table.loc["0", "p"])
    assert table.loc["1", "p"] == 1
    assert (result.comparable, result.with_ortholog, result.proportion) == (240, 80, 1 / 3)
    assert result.expected == pytest.approx(80)
    assert result.fold == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_counts_agree_with_naive_loops(seed):
    embedding = random_set(seed)
    table = ortholog_proportion(embedding).clusters
    assert len(table) == 3
    for row in table.itertuples():
        counts = (
            row.first_genes,
            row.second_genes,
            row.comparable,
            row.with_ortholog,
            row.ortholog_groups,
        )
        assert counts == naive(embedding, row.cluster)
        assert row.proportion == row.with_ortholog / row.comparable


def test_counts_agree_with_naive_loops_on_the_synthetic_atlas(atlas):
    table = ortholog_proportion(atlas).clusters
    for row in table.itertuples():
        counts = (
            row.first_genes,
            row.second_genes,
            row.comparable,
            row.with_ortholog,
            row.ortholog_groups,
        )
        assert counts == naive(atlas, row.cluster)
    assert (table["q"] < 0.05).all()  # modules were planted with their orthologs


def test_chance_is_what_shuffled_labels_give():
    embedding, rng = random_set(7), np.random.default_rng(0)
    observed, expected, ortholog_groups = [], [], []
    for _ in range(150):
        table = ortholog_proportion(shuffled(embedding, rng)).clusters.sort_values("cluster")
        observed.append(table["with_ortholog"].to_numpy())
        expected.append((table["expected"] * table["comparable"]).to_numpy())
        ortholog_groups.append(
            (table["ortholog_groups"] - table["expected_ortholog_groups"]).to_numpy()
        )
    difference = np.array(observed) - np.array(expected)
    for values in (difference, np.array(ortholog_groups)):
        error = values.std(axis=0) / np.sqrt(len(values))
        assert (np.abs(values.mean(axis=0)) < 4 * error).all()
    assert (np.abs(difference.mean(axis=0)) < 0.03 * np.mean(observed, axis=0)).all()


def test_shuffled_labels_give_uniform_p_values(monkeypatch):
    # a discrete p-value is uniform once ties are broken at random
    rng, chosen, values = np.random.default_rng(1), [], []
    whole = module.overlap_distribution

    def recorded(*arguments):
        chosen.append(whole(*arguments))
        return chosen[-1]

    monkeypatch.setattr(module, "overlap_distribution", recorded)
    embedding = random_set(8)
    for _ in range(250):
        chosen.clear()
        permuted = shuffled(embedding, rng)
        table = ortholog_proportion(permuted).clusters
        order = list(pd.unique(permuted.genes[keys.CLUSTER]))
        row = table[table["cluster"] == order[0]].iloc[0]
        above = chosen[0][row["ortholog_groups"] + 1 :].sum()
        assert row["p"] == pytest.approx(above + chosen[0][row["ortholog_groups"]])
        values.append(above + rng.uniform() * chosen[0][row["ortholog_groups"]])
    assert stats.kstest(values, "uniform").pvalue > 0.01


def test_coherent_contexts_within_a_species_are_no_evidence():
    # every gene lies in one cluster in all contexts of its species, at random for each species
    rng = np.random.default_rng(3)
    rows, small = [], []
    for repeat in range(40):
        rows = []
        for i in range(150):
            here, there = (str(c) for c in rng.integers(0, 5, 2))
            rows += [human(f"G{i}", here, f"h{d}") for d in range(6)]
            rows += [mouse(f"G{i}", there, f"m{d}") for d in range(6)]
        table = ortholog_proportion(make_set(rows)).clusters
        small += (table["p"] < 0.05).tolist()
        assert 0.5 < ortholog_proportion(make_set(rows)).fold < 1.6, repeat
    assert np.mean(small) < 0.08


def test_datasets_that_lie_wholly_in_one_cluster_are_no_evidence():
    # pancreas of both species measures the same genes, and the cluster is the tissue
    rows = [human(f"P{i}", "0", "h1") for i in range(50)]
    rows += [mouse(f"P{i}", "0", "m1") for i in range(50)]
    rows += [human(f"B{i}", "1", "h2") for i in range(50)]
    rows += [mouse(f"B{i}", "1", "m2") for i in range(50)]
    table = ortholog_proportion(make_set(rows)).clusters
    assert (table["proportion"] == 1).all()
    assert (table["expected"] == 1).all()
    assert (table["p"] == 1).all()


def test_one_to_many_orthologs_count_and_are_shown_apart():
    rows = [human("INS", "0"), human("ALB", "0"), human("TTR", "1")]
    rows += [
        mouse("INS", "0", common="mouse:Ins1", symbol="Ins1"),
        mouse("INS", "1", common="mouse:Ins2", symbol="Ins2"),
        mouse("ALB", "0"),
        mouse("TTR", "0"),
    ]
    table = ortholog_proportion(make_set(rows)).clusters.set_index("cluster")
    # cluster 0: INS, ALB, Ins1, Alb have their ortholog inside, Ttr has not
    assert table.loc["0", ["comparable", "with_ortholog", "ortholog_groups"]].tolist() == [5, 4, 2]
    assert table.loc["0", ["one_to_one_comparable", "one_to_one"]].tolist() == [3, 2]
    assert table.loc["1", ["comparable", "with_ortholog"]].tolist() == [2, 0]


def test_a_gene_counts_once_a_cluster_in_however_many_contexts():
    rows = [human("A", "0", d) for d in ("h1", "h2", "h3")] + [mouse("A", "0")]
    rows += [human("B", "1"), mouse("B", "1")]
    table = ortholog_proportion(make_set(rows)).clusters.set_index("cluster")
    assert table.loc["0", ["first_genes", "comparable", "with_ortholog"]].tolist() == [1, 2, 2]


def test_the_order_of_species_and_rows_changes_names_only():
    embedding = random_set(4)
    forward = ortholog_proportion(embedding).clusters
    backward = ortholog_proportion(embedding, species=("mouse", "human")).clusters
    for column in ("comparable", "with_ortholog", "ortholog_groups", "one_to_one"):
        assert forward[column].tolist() == backward[column].tolist()
    np.testing.assert_allclose(forward["expected"], backward["expected"])
    np.testing.assert_allclose(forward["p"], backward["p"])
    order = np.random.default_rng(0).permutation(len(embedding.genes))
    moved = dataclasses.replace(embedding, table=embedding.genes.iloc[order])
    pd.testing.assert_frame_equal(ortholog_proportion(moved).clusters, forward)


def test_mouse_and_lemur_meet_through_their_human_orthologs():
    lemur = [(f"l{n}", n, n, "l1", "lemur", c) for n, c in (("A", "0"), ("B", "1"))]
    embedding = make_set([mouse("A", "0"), mouse("B", "0"), *lemur])
    assert species_of(embedding) == ["mouse", "lemur"]
    table = ortholog_proportion(embedding, species=("mouse", "lemur")).clusters
    assert table["with_ortholog"].tolist() == [2]


def test_clusters_of_one_species_are_counted_in_the_sum_only():
    rows = [human("A", "0"), mouse("A", "0"), human("B", "1"), mouse("B", "2")]
    result = ortholog_proportion(make_set(rows))
    assert result.clusters["cluster"].tolist() == ["0"]
    assert (result.n_clusters, result.comparable, result.with_ortholog) == (3, 4, 2)


def test_clusters_that_never_mix_give_an_empty_table():
    result = ortholog_proportion(make_set([human("A", "0"), mouse("A", "1")]))
    assert result.clusters.empty
    assert tuple(result.clusters.columns) == COLUMNS
    assert result.proportion == 0
    assert np.isnan(result.fold)


@pytest.mark.parametrize(
    ("species", "message"),
    [
        (("human", "dog"), "Expected `species` to be one of human, mouse, lemur, .*; found 'dog'"),
        (("mouse", "mouse"), "Expected two different species, found mouse twice"),
        (("human", "lemur"), r"human and lemur, found only human, mouse.* holds lemur too"),
    ],
)
def test_species_that_cannot_be_compared_are_refused(species, message):
    with pytest.raises(InputError, match=message):
        ortholog_proportion(random_set(0), species=species)


def test_a_set_without_orthologs_is_refused():
    rows = [human("A", "0"), mouse("", "0", symbol="A1", common="mouse:A1")]
    with pytest.raises(InputError, match=r"Expected orthologs .* MUSEGNN_KNOWLEDGE"):
        ortholog_proportion(make_set(rows))
