"""Lineages of made cells whose order, tree and genes are known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import anndata
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from musegnn.errors import DataFileError, InputError
from musegnn.lineages.cells import make_cells, read_cells
from musegnn.lineages.gene_vectors import given_vectors
from musegnn.lineages.known_tree import parse_tree
from musegnn.lineages.lineage import METHODS, Lineage, LineageOptions, trace_lineage
from musegnn.lineages.programs import along_lineage, program
from musegnn.lineages.scores import label_accuracy, order_score, tree_score
from musegnn.lineages.spaces import cell_vectors, make_spaces, top_genes, unit_block
from musegnn.lineages.trajectory import (
    Groups,
    diffusion_time,
    find_neighbourhood,
    root_of_label,
    strongest_tree,
)
from tests.toy_lineage import TREE, make_counts, make_lineage_cells, make_vectors


@cache
def traced() -> Lineage:
    cells = make_lineage_cells()
    return trace_lineage(cells, make_vectors(cells), LineageOptions(root="A", tree=TREE))


def test_a_made_lineage_is_found_in_its_order():
    lineage = traced()
    assert lineage.scores["joint"].pseudotime > 0.85
    assert lineage.scores["joint"].reached == 1
    assert lineage.scores["joint"].tree >= 2 / 3
    assert lineage.groups.tree[0] == ("A", "B")
    assert set(lineage.scores) == set(METHODS)
    assert lineage.table["label"][lineage.root.cell] == "A"
    rising = program(lineage.programs, "rises", most=30)
    falling = program(lineage.programs, "falls", most=30)
    assert all(int(gene[4:]) < 60 for gene in falling)  # those of A
    assert all(int(gene[4:]) >= 60 for gene in rising)


def test_permuted_genes_are_the_same_vectors_on_other_genes():
    cells = make_lineage_cells()
    vectors = make_vectors(cells)
    other = vectors.permuted(3)
    assert not np.array_equal(other.vectors, vectors.vectors)
    assert sorted(map(tuple, other.vectors)) == sorted(map(tuple, vectors.vectors))
    assert np.array_equal(other.rows, vectors.rows)
    lineage = traced()
    assert lineage.scores["vectors"].accuracy > lineage.scores["permuted"].accuracy


def test_the_same_seed_gives_the_same_lineage():
    cells = make_lineage_cells(60)
    first, second = (
        trace_lineage(cells, make_vectors(cells), LineageOptions(root="A")) for _ in range(2)
    )
    assert first.table.equals(second.table)
    assert first.layout.tobytes() == second.layout.tobytes()
    assert first.places.tobytes() == second.places.tobytes()
    assert first.scores == second.scores


def test_top_genes_are_those_of_a_loop():
    cells = make_lineage_cells(40)
    rows = np.where(np.arange(240) % 3 == 0, -1, np.arange(240))
    found = top_genes(cells, rows, n_top=7).toarray()
    dense = cells.expression.toarray().astype(np.float64)
    mean = dense.mean(axis=0)
    for cell in range(40):
        excess = [
            (-(dense[cell, gene] - mean[gene]), gene)
            for gene in range(240)
            if rows[gene] >= 0 and dense[cell, gene] > mean[gene]
        ]
        chosen = sorted(excess)[:7]
        expected = np.zeros(240)
        for negative, gene in chosen:
            expected[gene] = -negative
        np.testing.assert_allclose(found[cell], expected / expected.sum(), rtol=1e-5)


def test_cell_vectors_are_weighted_means():
    cells = make_lineage_cells(30)
    vectors = make_vectors(cells)
    weights = top_genes(cells, vectors.rows).toarray()
    expected = weights @ vectors.vectors[vectors.rows]
    np.testing.assert_allclose(cell_vectors(cells, vectors), expected, atol=1e-5)


def test_blocks_are_weighed_by_their_variance():
    cells = make_lineage_cells(50)
    spaces = make_spaces(cells, make_vectors(cells), weight=0.25)
    own = spaces["pca"].places
    block = spaces["joint"].places[:, own.shape[1] :]
    assert own.var(axis=0).sum() == pytest.approx(1, rel=1e-4)
    assert block.var(axis=0).sum() == pytest.approx(0.25**2, rel=1e-4)
    assert not unit_block(np.ones((5, 3))).any()  # cells that are all alike have no variance


def test_correlations_along_the_lineage_are_those_of_scipy():
    cells = make_lineage_cells(80)
    time = np.random.default_rng(1).uniform(size=80)
    time[:5] = np.nan
    table = along_lineage(cells, time).set_index("gene")
    for gene in ("GENE3", "GENE100", "GENE239"):
        column = cells.genes.index(gene)
        values = cells.expression[5:, [column]].toarray().ravel()
        expected = stats.spearmanr(values, time[5:])
        assert table.loc[gene, "rho"] == pytest.approx(expected.statistic)
        assert table.loc[gene, "p"] == pytest.approx(expected.pvalue, rel=1e-6)
    p = table["p"].to_numpy()
    np.testing.assert_allclose(table["q"], stats.false_discovery_control(p))


def test_genes_without_a_lineage_are_not_called():
    counts = np.random.default_rng(0).poisson(2, (100, 80))
    cells = make_cells(counts, [f"G{i}" for i in range(80)])
    table = along_lineage(cells, np.random.default_rng(1).uniform(size=100))
    assert program(table, "rises") == program(table, "falls") == ()


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("A", "stages joined by `>`"),
        ("A>>B", "stages joined by `>`"),
        ("A>B, C>D", "one tree with one root"),
        ("A>B, B>A", "one tree with one root"),
        ("A>B, A>C, C>B", "one tree with one root"),
        ("A>Z", "labels of the cells in the tree, found Z"),
    ],
)
def test_what_is_no_tree_is_told(text, match):
    with pytest.raises(InputError, match=match):
        parse_tree(text, ("A", "B", "C", "D"))


def test_a_tree_knows_its_depth():
    tree = parse_tree(TREE, ("A", "B", "C", "D"))
    assert tree.root == "A"
    assert tree.depth == {"A": 0, "B": 1, "C": 2, "D": 2}
    assert parse_tree("  ") is None


def test_the_strongest_tree_is_that_of_all_spanning_trees():
    rng = np.random.default_rng(0)
    weights = np.triu(rng.uniform(size=(5, 5)), 1)
    names = tuple("abcde")
    edges = strongest_tree(weights + weights.T, names, "c")
    graph = nx.complete_graph(5)
    best = max(
        sum(weights[min(i, j), max(i, j)] for i, j in tree.edges)
        for tree in nx.SpanningTreeIterator(graph)
    )
    place = {name: number for number, name in enumerate(names)}
    total = sum(weights[min(place[a], place[b]), max(place[a], place[b])] for a, b in edges)
    assert total == pytest.approx(best)
    assert {later for _, later in edges} == set(names) - {"c"}


def test_a_tree_is_scored_by_its_edges():
    known = parse_tree("a>b>c, b>d")
    groups = Groups(tuple("abcd"), np.ones(4), np.eye(4), (("a", "b"), ("c", "b"), ("c", "d")))
    found, chance = tree_score(groups, known)
    assert found == pytest.approx(2 / 3)
    drawn = [nx.random_labeled_tree(4, seed=seed) for seed in range(4000)]
    pairs = [{0, 1}, {1, 2}, {1, 3}]
    share = np.mean([[set(e) in pairs for e in tree.edges] for tree in drawn])
    assert chance == pytest.approx(share, abs=0.02)


def test_order_is_over_the_cells_that_are_reached():
    labels = np.array(["a", "b", "c", "c"], dtype=object)
    score, reached = order_score(np.array([0, 0.1, 0.9, np.nan]), labels, parse_tree("a>b>c"))
    assert score == pytest.approx(1)
    assert reached == 0.75


def test_labels_that_say_nothing_are_told_at_chance():
    rng = np.random.default_rng(0)
    places = rng.normal(size=(300, 5))
    labels = rng.choice(["x", "y"], 300).astype(object)
    assert label_accuracy(places, labels) == pytest.approx(0.5, abs=0.12)
    assert label_accuracy(places, np.array(["x"] * 300, dtype=object)) is None


def two_islands() -> tuple[np.ndarray, np.ndarray]:
    """Cells of two parts that nothing connects, the second of twenty."""
    rng = np.random.default_rng(0)
    line = np.linspace(0, 1, 60)[:, None] + 0.01 * rng.normal(size=(60, 3))
    island = 100 + rng.normal(size=(20, 3))
    labels = np.array([*["first"] * 20, *["second"] * 40, *["island"] * 20], dtype=object)
    return np.vstack([line, island]), labels


def test_cells_without_a_way_to_the_root_have_no_pseudotime():
    places, labels = two_islands()
    near = find_neighbourhood(places)
    root = root_of_label(near, labels, "first")
    assert root.cell < 3  # the end of the line
    time = diffusion_time(near, root.cell)
    assert np.isnan(time[60:]).all()
    assert stats.spearmanr(time[:60], np.arange(60)).statistic > 0.95


def test_a_root_that_stands_apart_is_refused():
    places = np.vstack([np.random.default_rng(0).normal(size=(60, 3)), 1e4 * np.ones((1, 3))])
    near = find_neighbourhood(places)
    graph = near.graph.tolil()
    graph[60], graph[:, 60] = 0, 0
    near.data.obsp["connectivities"] = graph.tocsr()
    with pytest.raises(InputError, match="root that other cells are connected to"):
        diffusion_time(near, 60)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"root": "Z"}, "root among the labels A, B, C, D"),
        ({"root": "A", "root_gene": "GENE1"}, "found both"),
        ({"root_gene": "NOSUCH"}, "a gene of the cells"),
        ({"space": "tsne"}, "one of pca, vectors, joint"),
        ({"tree": "A>Q"}, "labels of the cells in the tree"),
    ],
)
def test_what_the_cells_do_not_have_is_told(options, match):
    cells = make_lineage_cells(40)
    with pytest.raises(InputError, match=match):
        trace_lineage(cells, make_vectors(cells), LineageOptions(**options))


def test_cells_without_labels_need_none():
    counts, genes, _ = make_counts(60)
    cells = make_cells(counts, genes)
    lineage = trace_lineage(cells, make_vectors(cells), LineageOptions(root_gene="GENE5"))
    assert lineage.grouped_by == "cluster"
    assert "GENE5" in lineage.root.words
    assert lineage.scores["joint"].ari is None
    assert lineage.agreement["pca"] > 0.5
    with pytest.raises(InputError, match="labels of the cells for a root"):
        trace_lineage(cells, make_vectors(cells), LineageOptions(root="A"))


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda c: (c[:10], "counts"), InputError, "at least 20 cells"),
        (lambda c: (c[:, :20], "counts"), InputError, "at least 50 genes"),
        (lambda c: (c * 0.5, "counts"), DataFileError, "no whole numbers"),
        (lambda c: (c - 1.0, "log"), DataFileError, "negative values"),
        (lambda c: (c * 1000.0, "log"), DataFileError, "too large for logarithms"),
        (lambda c: (c * np.nan, "linear"), DataFileError, "missing or infinite"),
        (lambda c: (c * 0, "counts"), DataFileError, "nothing but zeros"),
    ],
)
def test_bad_values_are_told(change, error, match):
    counts, genes, _ = make_counts(60)
    values, kind = change(counts.toarray())
    with pytest.raises(error, match=match):
        make_cells(values, genes[: values.shape[1]], kind=kind)


def test_one_label_is_no_lineage_and_strange_genes_no_vectors():
    counts, genes, _ = make_counts(40)
    cells = make_cells(counts, genes, labels=["same"] * 40)
    with pytest.raises(InputError, match="found same alone"):
        trace_lineage(cells, make_vectors(cells), LineageOptions())
    with pytest.raises(InputError, match="at least 50 genes with a vector"):
        given_vectors(np.eye(60), [f"X{i}" for i in range(60)], genes, words="others")


def write(tmp_path, **changes):
    counts, genes, labels = make_counts(40)
    data = anndata.AnnData(counts.astype(np.float32))
    data.var_names, data.obs_names = genes, [f"cell{i}" for i in range(40)]
    data.obs["stage"] = pd.Categorical(labels)
    for name, change in changes.items():
        setattr(data, name, change(data))
    path = tmp_path / "cells.h5ad"
    data.write_h5ad(path)
    return path


def test_cells_are_read_with_their_labels(tmp_path):
    path = write(tmp_path)
    cells = read_cells(path, labels="stage")
    assert cells.label_names == ("A", "B", "C", "D")
    table = tmp_path / "labels.tsv"
    own = pd.DataFrame({"cell": cells.names[::-1], "kind": cells.labels[::-1]})
    table.write_text(own.to_csv(sep="\t", index=False))
    assert list(read_cells(path, label_file=table).labels) == list(cells.labels)
    with pytest.raises(InputError, match=r"column 'stag' of labels.*Did you mean 'stage'"):
        read_cells(path, labels="stag")
    other = tmp_path / "other.csv"
    other.write_text("cell,kind\nx,1\ny,2\n")
    with pytest.raises(InputError, match="found none of them"):
        read_cells(path, label_file=other)


def test_an_empty_cell_is_left_out_and_told(tmp_path):
    def empty(data):
        values = data.X.toarray()
        values[7] = 0
        return sparse.csr_matrix(values)

    cells = read_cells(write(tmp_path, X=empty), labels="stage")
    assert len(cells) == 39
    assert "cell7" not in cells.names
    assert any("1 without any expression" in note for note in cells.notes)


def test_normalised_values_are_taken_as_they_are_called(tmp_path):
    path = write(tmp_path, X=lambda data: data.X * 1.5)
    with pytest.raises(DataFileError, match="Say what the values are: `linear`"):
        read_cells(path)
    linear, log = read_cells(path, values="linear"), read_cells(path, values="log")
    np.testing.assert_allclose(linear.expression.data, np.log1p(log.expression.data), rtol=1e-6)


def test_pseudotime_does_not_depend_on_the_order_of_genes():
    cells = make_lineage_cells(60)
    order = np.random.default_rng(0).permutation(len(cells.genes))
    turned = replace(
        cells,
        expression=cells.expression[:, order],
        genes=tuple(cells.genes[i] for i in order),
        gene_ids=tuple(cells.gene_ids[i] for i in order),
    )
    vectors = make_vectors(cells)
    of_turned = given_vectors(vectors.vectors, cells.genes, turned.genes, words="made vectors")
    first, second = (
        trace_lineage(part, own, LineageOptions(root="A"))
        for part, own in ((cells, vectors), (turned, of_turned))
    )
    times = [lineage.table["pseudotime"] for lineage in (first, second)]
    assert stats.spearmanr(*times).statistic > 0.98
