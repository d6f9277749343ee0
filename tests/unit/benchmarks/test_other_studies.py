"""Other studies in the benchmark: vectors side by side are the pairs of the product; no names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.other_studies import (
    APART,
    NOT_ASKED,
    of_graph,
    read_fused,
    read_sets,
    with_studies,
    without_names,
)
from musegnn import keys
from musegnn.benchmarks.metric import Measured
from musegnn.benchmarks.registry import find_metrics
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.study_block import WEIGHT, StudyBlock, compare_by_studies
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors


class Genes:
    """Of a graph what is asked here."""

    def __init__(self, genes: pd.DataFrame) -> None:
        self.genes = genes


@pytest.fixture(scope="module")
def rows(atlas):
    return atlas.rows_of_dataset("pancreas_mouse")


@pytest.fixture(scope="module")
def graph(atlas, rows):
    return Genes(atlas.genes.iloc[rows][[keys.GENE, keys.ORTHOLOG]].reset_index(drop=True))


def test_cosines_are_those_that_the_product_shows(atlas, rows, graph, module_knowledge):
    fit = with_studies(lambda *_: [atlas.vectors[rows].astype(float)], read_sets(module_knowledge))
    (vectors,) = fit([graph], 0)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    studies = read_study_vectors(open_store(module_knowledge))
    block = StudyBlock(atlas, GeneSearch(atlas).ortholog_groups, studies)
    row = int(rows[5])
    found = compare_by_studies(block, row)
    known = ~np.isnan(found.by_studies)
    assert known.sum() > 100
    expected = unit[np.searchsorted(rows, found.rows)] @ unit[5]
    np.testing.assert_allclose(found.cosines[known], expected[known], atol=1e-5)


def test_a_gene_that_no_study_knows_is_told_what_is_usual(graph, module_knowledge):
    studies = read_study_vectors(open_store(module_knowledge))
    unknown = Genes(graph.genes.assign(**{keys.ORTHOLOG: "", keys.GENE: "FAKE0"}).head(3))
    found = of_graph(unknown, studies)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-9)
    known = of_graph(graph, studies)
    usual = known[:, : studies.width] @ studies.vectors.mean(axis=0)
    np.testing.assert_allclose((known @ found.T), np.tile(usual[:, None], 3), atol=1e-6)


def test_shuffled_ones_are_those_of_other_genes_and_differ_by_seed(atlas, graph, module_knowledge):
    def fit(*_):
        return [np.ones((len(graph.genes), 2))]

    true, one, two = (
        with_studies(fit, read_sets(module_knowledge), is_shuffled=seed > 0)([graph], seed)[0][
            :, 2:
        ]
        for seed in (0, 1, 2)
    )
    assert not np.allclose(true, one)
    assert not np.allclose(one, two)
    assert np.linalg.norm(one, axis=1) == pytest.approx(WEIGHT)


def test_names_are_not_asked_of_who_was_given_them():
    numbers = {key: Measured(0.5, 7, "pairs") for key in find_metrics() if "sign" not in key}
    assert without_names("default_start", numbers) == numbers
    for name in ("default_start_studies", "studies", "default_start_studies_shuffled", "apart"):
        found = without_names(name, numbers)
        assert found["interaction_auroc"].value == 0.5
        assert found["unseen_edges_auroc"].value == 0.5
        for key in ("same_tissue_rank", "ortholog_rank", "seen_other_tissue_rank", "ilisi"):
            assert np.isnan(found[key].value)
            assert found[key].note == NOT_ASKED


def test_fused_vectors_apart_hold_no_relation_that_is_asked_for():
    assert not {"fused", "GO", "pathways", "interactions"} & set(APART)
    one, both = read_fused(APART[:1])(), read_fused(APART[:2])()
    assert set(one.genes) < set(both.genes)
    np.testing.assert_allclose(np.linalg.norm(both.vectors, axis=1), 1, atol=1e-6)
    width = one.width
    gene = next(gene for gene in one.genes if both.vectors[both.genes.index(gene), width:].any())
    told = both.vectors[both.genes.index(gene), :width]
    np.testing.assert_allclose(told * np.sqrt(2), one.vectors[one.genes.index(gene)], atol=1e-6)
