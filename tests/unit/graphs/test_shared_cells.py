"""Shared cells: planted ones, and those of two public datasets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import sparse

from musegnn.graphs.shared_cells import CellProfiles, count_shared_cells, shared_rows
from musegnn.io.expression import read_expression
from musegnn.io.gene_names import harmonise
from musegnn.knowledge.gene_names import read_gene_names
from tests.toy_counts import make_expression

GENES = [f"G{i}" for i in range(30)]


def test_planted_cells_are_found_whatever_the_order_and_the_genes():
    rng = np.random.default_rng(0)
    first = rng.poisson(8, (40, 30))
    second = rng.poisson(8, (25, 30))
    second[[2, 9, 20]] = first[[30, 1, 7]]
    order = rng.permutation(30)
    other = make_expression(second[:, order][:, :22], [GENES[i] for i in order[:22]])
    assert count_shared_cells(make_expression(first, GENES), other) == 3


def test_datasets_without_a_common_gene_or_with_tiny_cells_share_none():
    counts = np.ones((10, 30))
    a = make_expression(counts, GENES)
    assert count_shared_cells(a, make_expression(counts, [f"X{i}" for i in range(30)])) == 0
    assert count_shared_cells(a, a) == 0


def test_the_two_small_pbmc_datasets_share_65_cells(shared: Path):
    names = read_gene_names(shared / "knowledge")
    liger, three_k, other = (
        harmonise(read_expression(shared / f"data/scrna/{name}.h5ad"), "human", names)[0]
        for name in ("human_pbmc_10x_liger", "human_pbmc3k_402", "human_pbmc_facs10x")
    )
    assert count_shared_cells(liger, three_k) == 65
    assert count_shared_cells(liger, other) == 0


def test_rows_of_shared_cells_are_those_that_were_planted():
    rng = np.random.default_rng(1)
    first, second = rng.poisson(8, (40, 30)), rng.poisson(8, (25, 30))
    second[[2, 9, 20]] = first[[30, 1, 7]]
    first[3] = 0  # a cell that is too small to be compared moves no number
    profiles = [
        CellProfiles(sparse.csr_matrix(counts.astype(np.int64)), np.array(GENES))
        for counts in (first, second)
    ]
    assert shared_rows(*profiles).tolist() == [1, 7, 30]
    assert shared_rows(*profiles[::-1]).tolist() == [2, 9, 20]
