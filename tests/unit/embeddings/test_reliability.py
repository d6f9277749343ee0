"""Words for reliability, contexts of noise, and the table beside a result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import hypergeom

from musegnn import keys
from musegnn.embeddings import reliability
from musegnn.embeddings.embedding_set import (
    EmbeddingSet,
    read_embedding_set,
    write_embedding_set,
)
from musegnn.errors import DataFileError
from musegnn.graphs.gene_graph import read_gene_graph, write_gene_graph
from musegnn.keys import RELIABILITY_COLUMNS as COLUMNS
from tests.toy_contexts import Context, gene_names, make_set
from tests.ui_fixtures import make_embedding, make_graph


def with_shares(embedding: EmbeddingSet, shares: dict[str, float]) -> EmbeddingSet:
    """Give all genes of some contexts one reliability."""
    values = embedding.genes[keys.DATASET].astype(str).map(shares).to_numpy(dtype=np.float32)
    table = embedding.genes.assign(**dict.fromkeys(COLUMNS, values))
    return replace(embedding, table=table)


@pytest.mark.parametrize(("n_genes", "k"), [(1000, 20), (300, 50), (60, 10), (25, 20), (1000, 5)])
def test_the_bound_is_that_of_the_hypergeometric_distribution(n_genes: int, k: int):
    least = reliability.least_beyond_chance(n_genes, k)
    assert least > k or hypergeom.sf(least - 1, n_genes - 1, k, k) < 0.01
    assert hypergeom.sf(least - 2, n_genes - 1, k, k) >= 0.01


def test_no_list_of_all_genes_is_beyond_chance():
    assert reliability.least_beyond_chance(20, 20) == 21


def test_a_word_says_how_many_neighbours_come_back():
    shares = np.array([0.05, 0.1, 0.15, 0.3, 0.5, np.nan])
    found = reliability.words_of(shares, np.full(6, 1000))
    assert found.tolist() == ["as chance", "as chance", "loose", "fair", "firm", "not measured"]
    assert reliability.words_of(shares[:0], np.empty(0)).tolist() == []


def test_the_level_is_the_nearest_by_ratio():
    assert [reliability.nearest_level(k) for k in (1, 7, 8, 20, 33, 100)] == [5, 5, 10, 20, 50, 100]


def test_contexts_say_whether_they_are_noise():
    shares = {"pancreas_human": 0.0, "pancreas_mouse": 1.0, "blood_human": 0.6}
    embedding = with_shares(make_embedding(), shares)
    rows = embedding.rows_of_dataset("blood_human")
    embedding.genes.loc[rows[: len(rows) * 3 // 4], list(COLUMNS)] = 0.0
    found = reliability.context_reliability(embedding)
    assert found["pancreas_human"].verdict == "noise"
    assert found["pancreas_mouse"].verdict == ""
    assert found["blood_human"].verdict == "weak"
    assert found["liver_human"].words == "not measured"
    said = reliability.doubtful_contexts(embedding)
    assert "Noise" in said
    assert said.count("human") == 2
    assert reliability.doubtful_contexts(make_embedding()) == ""


@pytest.mark.parametrize(
    ("n_genes", "n_firm", "verdict"),
    [(2000, 340, ""), (2000, 320, "weak"), (2000, 90, "noise"), (600, 210, ""), (600, 190, "weak")],
)
def test_a_large_context_is_weak_by_its_number_of_genes_beyond_chance(
    n_genes: int, n_firm: int, verdict: str
):
    vectors = np.random.default_rng(0).normal(size=(n_genes, 4))
    embedding = with_shares(make_set(Context("one", gene_names(n_genes), vectors)), {"one": 0.0})
    embedding.genes.loc[: n_firm - 1, list(COLUMNS)] = 0.6
    (found,) = reliability.context_reliability(embedding).values()
    assert (found.n_beyond, found.verdict) == (n_firm, verdict)


@pytest.mark.parametrize(
    ("n_genes", "verdict"), [(3, "not measured"), (22, "not measured"), (24, "")]
)
def test_so_few_genes_are_not_called_noise(n_genes: int, verdict: str):
    genes = gene_names(n_genes)
    vectors = np.random.default_rng(0).normal(size=(n_genes, 4))
    embedding = with_shares(make_set(Context("small", genes, vectors)), {"small": 1.0})
    (found,) = reliability.context_reliability(embedding).values()
    assert found.verdict == verdict
    word = "not measured" if verdict else "firm"
    assert set(reliability.reliability_words(embedding)) == {word}


def test_reliability_goes_through_the_file_of_a_set(tmp_path: Path):
    embedding = with_shares(make_embedding(), {"pancreas_human": 0.25})
    write_embedding_set(embedding, tmp_path / keys.EMBEDDING_FILE)
    back = read_embedding_set(tmp_path)
    np.testing.assert_array_equal(
        reliability.reliability_of(back), reliability.reliability_of(embedding)
    )
    assert back.id == make_embedding().id


def test_reliability_goes_through_the_file_of_a_graph_and_old_ones_open(tmp_path: Path):
    graph = make_graph(make_embedding(), "pancreas_human")
    write_gene_graph(graph, tmp_path / "old.h5ad")
    assert COLUMNS[0] not in read_gene_graph(tmp_path / "old.h5ad").genes
    values = np.linspace(0, 1, graph.n_genes, dtype=np.float32)
    measured = replace(graph, genes=graph.genes.assign(**dict.fromkeys(COLUMNS, values)))
    write_gene_graph(measured, tmp_path / "new.h5ad")
    np.testing.assert_array_equal(read_gene_graph(tmp_path / "new.h5ad").genes[COLUMNS[2]], values)
    odd = replace(graph, genes=graph.genes.assign(**{COLUMNS[0]: 7.0}))
    write_gene_graph(odd, tmp_path / "odd.h5ad")
    with pytest.raises(DataFileError, match="gene graph"):
        read_gene_graph(tmp_path / "odd.h5ad")
