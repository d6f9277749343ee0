import dataclasses
import warnings

import anndata
import numpy as np
import pytest
from scipy import sparse

from musegnn.analysis.causal.gene_sample import (
    MOST_GENES,
    call_as,
    pearson_residuals_of,
    read_cells,
    sample_of_cells,
)
from musegnn.errors import InputError
from musegnn.io.expression import Expression
from musegnn.knowledge.gene_names import read_gene_names
from tests.toy_counts import make_expression


def expression(n_cells=80, n_genes=130, seed=0):
    counts = np.random.default_rng(seed).poisson(1.5, size=(n_cells, n_genes)).astype(np.float32)
    names = [f"G{i:03}" for i in range(n_genes)]
    return Expression(sparse.csr_matrix(counts), names, [""] * n_genes, {})


def test_residuals_are_those_of_scanpy():
    import scanpy

    given = expression()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = anndata.AnnData(given.counts.copy())
        scanpy.experimental.pp.normalize_pearson_residuals(data)
    found = pearson_residuals_of(given.counts[:, 3:9], given.depth)
    np.testing.assert_allclose(found, data.X[:, 3:9], rtol=1e-4, atol=1e-5)


def test_the_sample_is_the_correlation_of_the_residuals():
    given = expression()
    genes = ["G004", "missing", "G001", "G004", "G009"]
    found = sample_of_cells(given, genes, {"G001"}, source="a file")
    assert found.genes == ("G004", "G001", "G009")
    assert found.is_cause.tolist() == [False, True, False]
    residuals = pearson_residuals_of(given.counts[:, [4, 1, 9]], given.depth)
    np.testing.assert_allclose(found.correlation, np.corrcoef(residuals.T), atol=1e-12)
    np.testing.assert_allclose(found.cells.mean(axis=0), 0, atol=1e-12)
    assert found.n_cells == 80


def test_genes_that_do_not_vary_are_left_out():
    given = expression()
    counts = given.counts.toarray()
    counts[:, 2] = 0
    given = dataclasses.replace(given, counts=sparse.csr_matrix(counts))
    assert sample_of_cells(given, ["G001", "G002", "G003"], set(), source="x").genes == (
        "G001",
        "G003",
    )


def test_too_few_cells_and_too_many_or_too_few_genes_are_refused():
    with pytest.raises(InputError, match="Expected at least 50 cells, found 40 in x"):
        sample_of_cells(expression(n_cells=40), ["G001", "G002"], set(), source="x")
    given = expression()
    with pytest.raises(InputError, match=f"at most {MOST_GENES} genes.*found 130"):
        sample_of_cells(given, given.genes, set(), source="x")
    with pytest.raises(InputError, match="at least 2 of the genes in x, found 1"):
        sample_of_cells(given, ["G001", "nothing"], set(), source="x")


def test_cells_are_read_as_graphs_read_them(shared):
    path = shared / "data" / "scrna" / "human_pancreas_baron.h5ad"
    cells = read_cells(path, "human", "scrna", names=read_gene_names(shared / "knowledge"))
    assert cells.n_cells == 175  # as in the shipped graph
    assert "INS" in cells.genes


def test_genes_keep_the_older_names_and_ids_by_which_a_context_calls_them() -> None:
    names = read_gene_names(None)
    cells = make_expression(np.ones((3, 4)), ["JAML", "CEACAM6", "INS", "GCG"])
    wanted = ["AMICA1", "ENSG00000086548", "INS", "NOTTHERE"]
    called = call_as(cells, wanted, "human", names)
    assert called.genes == ["AMICA1", "ENSG00000086548", "INS", "GCG"]
    assert call_as(cells, ["JAML", "AMICA1"], "human", names).genes == cells.genes
    assert call_as(cells, ["INS"], "human", names) is cells
