"""The protocol of `benchmarks.quality`: what is kept apart, and how runs are put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality import (
    DATASETS,
    command_of,
    fits,
    in_order,
    load,
    of_genes,
    rival_of,
    setting,
)
from musegnn.benchmarks.comparison import Comparison, Method, Run
from musegnn.benchmarks.genes.benchmark import read_knowledge
from musegnn.benchmarks.metric import Measured
from musegnn.knowledge.gene_names import read_gene_names


def test_a_cell_that_stands_in_two_datasets_is_removed_from_the_second(shared: Path):
    names = read_gene_names(shared / "knowledge")
    both = [row for row in DATASETS if row[0].endswith(("pbmc3k_402", "pbmc_10x_liger"))]
    first, second = load(shared, names, both)
    assert first.whole.provenance["n_cells_in_file"] == 402
    assert second.whole.provenance["n_cells_in_file"] == 250 - 65
    for dataset in (first, second):
        genes = dataset.whole.n_genes
        assert dataset.half.features.shape[0] == genes
        assert dataset.other_half.shape == (genes, genes)
        # a graph of half of the cells is another graph
        assert (dataset.half.adjacency != dataset.whole.adjacency).nnz > 0
        assert (dataset.half.adjacency != dataset.other_half).nnz > 0
    (cut,) = load(shared, names, both, division=1)[:1]
    assert (cut.half.adjacency != first.half.adjacency).nnz > 0
    assert (cut.whole.adjacency != first.whole.adjacency).nnz == 0


def test_halves_of_the_genes_are_disjoint(shared: Path):
    whole = read_knowledge(shared / "knowledge")
    assert of_genes(whole, "all") is whole
    seen, fresh = of_genes(whole, "seen"), of_genes(whole, "fresh")

    def genes(knowledge):
        return {gene for pair in knowledge.relations.interactions for gene in pair}

    assert genes(seen)
    assert genes(fresh)
    assert not genes(seen) & genes(fresh)
    for pathway, members in whole.pathways.items():
        assert seen.pathways[pathway] | fresh.pathways[pathway] == members


def test_every_method_stands_in_the_order_of_the_list():
    names = list(fits(1, {}))
    assert {"default", "default_start", "paper", "procrustes_pca", "gene2vec"} <= set(names)
    numbers = {"go_auroc": Measured(0.5, 1, "pairs")}
    runs = tuple(Run(name, None, split, numbers) for split in (2, 1) for name in reversed(names))
    methods = tuple(Method(name) for name in reversed(names))
    found = in_order(Comparison("toy", "graphs", methods, runs))
    assert [method.name for method in found.methods] == names
    assert [(run.method, run.split) for run in found.runs[:2]] == [(names[0], 1), (names[0], 2)]


@pytest.mark.parametrize(
    ("measured", "rival"),
    [
        ({"default", "procrustes_pca", "default_start"}, "procrustes_pca"),
        ({"default_start_studies", "procrustes_pca", "default_start"}, "default_start"),
        ({"default_start_studies", "procrustes_pca"}, "procrustes_pca"),
        ({"default"}, ""),
    ],
)
def test_what_is_added_is_told_against_the_same_vectors_without_it(measured, rival):
    assert rival_of(measured) == rival


def test_the_command_names_no_place_of_a_machine():
    words = [
        "--shared",
        "/a/b",
        "--splits",
        "1-3",
        "--json",
        "x.json",
        "--extend",
        "--methods",
        "pca",
    ]
    assert command_of(words) == "python -m benchmarks.quality --splits 1-3 --methods pca"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("precision=bfloat16", ("precision", "bfloat16")), ("dropout=0", ("dropout", 0))],
)
def test_settings_are_read_as_in_a_file(text, expected):
    assert setting(text) == expected
