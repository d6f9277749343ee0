"""Genes of a graph: leading ones, wanted ones where they are measured best, and shared ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from musegnn.graphs.gene_choice import MeasuredGenes, choose_genes, preferred_genes
from tests.toy_counts import make_expression

NAMES = [f"G{i}" for i in range(8)]


def measured(tissue: str, **cells: int) -> MeasuredGenes:
    return MeasuredGenes(tissue, 100, list(cells), list(cells.values()))


def test_a_tissue_counts_once_however_many_datasets_it_has():
    found = preferred_genes(
        {
            "a": measured("blood", EVERYWHERE=50, BLOOD=90),
            "b": measured("blood", EVERYWHERE=50, BLOOD=90),
            "c": measured("blood", EVERYWHERE=50, BLOOD=90, RARE=1),
            "d": measured("liver", EVERYWHERE=50, LIVER=20),
        }
    )
    # of one tissue each: by the sum of their shares of cells
    assert found["a"] == found["d"] == ("EVERYWHERE", "BLOOD", "LIVER")


def test_a_gene_in_few_cells_or_in_half_of_the_datasets_counts_for_less():
    half = {
        "a": measured("blood", HALF=90, WHOLE=30, FEW=9),
        "b": measured("blood", WHOLE=30),
    }
    assert preferred_genes(half)["a"] == ("WHOLE", "HALF")


def test_a_wanted_gene_goes_where_it_is_measured_best_and_nowhere_else():
    datasets = {f"d{i}": measured(f"t{i}", WANTED=4 + i, OTHER=60) for i in range(8)}
    found = preferred_genes(datasets, ["WANTED", "UNKNOWN"])
    assert {name for name, genes in found.items() if genes[0] == "WANTED"} == {
        *("d4", "d5", "d6", "d7")
    }
    assert all("UNKNOWN" not in genes for genes in found.values())


def test_names_are_in_one_order_whatever_the_order_of_datasets():
    datasets = {"a": measured("x", P=20, Q=20), "b": measured("y", Q=20, P=20)}
    turned = dict(reversed(datasets.items()))
    assert preferred_genes(datasets, ["Q"]) == preferred_genes(turned, ["Q"])


@pytest.fixture
def expression():
    """Eight genes; gene i stands in 10 - i of the cells, G7 in two."""
    counts = np.zeros((10, 8))
    for gene in range(8):
        counts[: 10 - gene, gene] = gene + 1
    counts[2:, 7] = 0
    return make_expression(counts, NAMES)


def from_the_last(expression, n: int) -> np.ndarray:
    return np.arange(len(expression.genes))[::-1][:n]


def chosen(expression, n: int, **how: object) -> list[str]:
    columns = choose_genes(from_the_last, expression, n, names=NAMES, **how)
    return [NAMES[column] for column in columns]


def test_its_own_stand_first_then_the_preferred_then_its_own_again(expression):
    found = chosen(expression, 5, n_own=2, preferred=["G0", "missing", "G6", "G1"])
    assert found == ["G7", "G6", "G0", "G1", "G5"]


def test_a_gene_in_two_cells_is_not_taken_for_others(expression):
    assert "G7" not in chosen(expression, 3, n_own=1, preferred=["G7", "G0", "G1"])[1:]


def test_without_a_number_of_its_own_nothing_is_shared(expression):
    assert chosen(expression, 3, preferred=["G0"]) == ["G7", "G6", "G5"]
    assert len(chosen(expression, 20, n_own=1, preferred=["G0"])) == 8


def test_stored_zeros_are_no_counts():
    counts = sparse.csr_matrix(np.array([[1.0, 2.0], [3.0, 4.0]]))
    counts.data[0] = 0
    expression = make_expression(np.ones((2, 2)), ["A", "B"])
    object.__setattr__(expression, "counts", counts)
    found = MeasuredGenes.of(expression, ["A", "B"], tissue="blood")
    assert (found.names, found.cells, found.n_cells) == (["A", "B"], [1, 2], 2)
