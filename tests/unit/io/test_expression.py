"""Reading counts: where they are found, and every file that holds none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from anndata.io import write_elem
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.expression import LARGEST_COUNT, read_expression
from tests.toy_counts import GENES, make_expression, read_public

pytestmark = pytest.mark.filterwarnings("ignore:Variable names are not unique")


@pytest.fixture
def counts() -> np.ndarray:
    """Counts of 8 cells and 12 genes, with a zero somewhere in every row."""
    counts = np.random.default_rng(0).poisson(2, (8, 12)).astype(np.float32)
    counts[:, 0] = 0
    return counts


def save(path: Path, matrix: object, **parts: object) -> Path:
    """Write a matrix with gene names as `.h5ad`."""
    anndata.AnnData(matrix, var=pd.DataFrame(index=GENES), **parts).write_h5ad(path)
    return path


@pytest.mark.parametrize(
    "convert",
    [
        np.asarray,
        sparse.csr_matrix,
        sparse.csc_matrix,
        sparse.csr_array,
        lambda counts: counts.astype(np.float64),
        lambda counts: sparse.csr_matrix(counts.astype(np.int32)),
    ],
)
def test_counts_are_read_whatever_their_storage(
    counts: np.ndarray, tmp_path: Path, convert: Callable[[np.ndarray], object]
) -> None:
    expression = read_expression(save(tmp_path / "a.h5ad", convert(counts)))
    assert isinstance(expression.counts, sparse.csr_matrix)
    assert expression.counts.dtype == np.float32
    assert np.array_equal(expression.counts.toarray(), counts)
    assert expression.genes == GENES
    assert expression.depth.tolist() == counts.sum(axis=1).tolist()
    assert expression.n_cells == 8


def test_a_real_file_is_read_with_its_origin(shared: Path) -> None:
    data = read_public(shared, "human_pbmc4k_10x")
    expression = read_expression(shared / "data" / "scrna" / "human_pbmc4k_10x.h5ad")
    assert (expression.counts != data.X.astype(np.float32)).nnz == 0
    assert expression.genes == data.var_names.tolist()
    assert expression.source == {
        key: data.uns[key]
        for key in ("source", "licence", "publication", "modality", "tissue", "notes")
    }


def test_counts_are_found_in_the_layer_when_x_is_normalised(
    counts: np.ndarray, tmp_path: Path
) -> None:
    path = save(tmp_path / "a.h5ad", np.log1p(counts), layers={"counts": counts})
    assert np.array_equal(read_expression(path).counts.toarray(), counts)


def test_counts_are_found_in_raw_with_the_names_of_raw(counts: np.ndarray, tmp_path: Path) -> None:
    data = anndata.AnnData(counts, var=pd.DataFrame(index=GENES))
    data.raw = data
    data = data[:, 3:9].copy()
    data.X = np.log1p(data.X)
    data.write_h5ad(tmp_path / "a.h5ad")
    expression = read_expression(tmp_path / "a.h5ad")
    assert expression.genes == GENES
    assert expression.gene_ids == [""] * 12
    assert np.array_equal(expression.counts.toarray(), counts)


def test_x_goes_before_the_layer_when_both_hold_counts(counts: np.ndarray, tmp_path: Path) -> None:
    path = save(tmp_path / "a.h5ad", counts, layers={"counts": counts + 1})
    assert np.array_equal(read_expression(path).counts.toarray(), counts)


@pytest.mark.parametrize("column", ["gene_ids", "ensembl", "ensembl_id", "gene_id"])
def test_gene_ids_are_taken_from_the_usual_columns(
    counts: np.ndarray, tmp_path: Path, column: str
) -> None:
    ids = [f"ENSG{i:011d}" for i in range(12)]
    var = pd.DataFrame({column: pd.Categorical(ids)}, index=GENES)
    anndata.AnnData(counts, var=var).write_h5ad(tmp_path / "a.h5ad")
    assert read_expression(tmp_path / "a.h5ad").gene_ids == ids


def test_odd_notes_about_the_origin_are_left_out(counts: np.ndarray, tmp_path: Path) -> None:
    uns = {"source": {"a": 1}, "licence": np.array(["x", "y"]), "tissue": 5, "notes": "kept"}
    assert read_expression(save(tmp_path / "a.h5ad", counts, uns=uns)).source == {"notes": "kept"}


def test_a_file_without_notes_or_with_a_table_as_x_is_read(
    counts: np.ndarray, tmp_path: Path
) -> None:
    path = save(tmp_path / "a.h5ad", counts)
    with h5py.File(path, "a") as file:
        del file["uns"], file["X"]
        write_elem(file, "X", pd.DataFrame(counts, columns=GENES, index=[str(i) for i in range(8)]))
    expression = read_expression(path)
    assert np.array_equal(expression.counts.toarray(), counts)
    assert expression.source == {}


def changed(counts: np.ndarray, value: float) -> np.ndarray:
    """Counts with one value replaced."""
    counts = counts.copy()
    counts[3, 3] = value
    return counts


@pytest.mark.parametrize("store", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            np.log1p,
            r"found values that are no integers, such as .* \(normalised or logarithmic\?\)",
        ),
        (lambda counts: changed(counts, 2.5), "found values that are no integers, such as 2.5"),
        (lambda counts: changed(counts, -1), r"found negative values \(smallest -1\) in X"),
        (lambda counts: changed(counts, np.nan), "found NaN or infinite values in X"),
        (lambda counts: changed(counts, np.inf), "found NaN or infinite values in X"),
        (lambda counts: counts * 0, "found only zeros in X"),
        (lambda counts: changed(counts, 2**25), r"found values too large for counts \(largest 3"),
    ],
)
def test_values_that_are_no_raw_counts_are_refused(
    counts: np.ndarray,
    tmp_path: Path,
    store: Callable[[np.ndarray], object],
    change: Callable[[np.ndarray], np.ndarray],
    message: str,
) -> None:
    path = save(tmp_path / "a.h5ad", store(change(counts)))
    with pytest.raises(
        DataFileError, match=r"Expected raw counts \(non-negative integers\) in a\."
    ):
        read_expression(path)
    with pytest.raises(DataFileError, match=f"{message}.*Save the raw counts in X or in a layer"):
        read_expression(path)


def test_the_largest_count_that_stays_exact_is_read(counts: np.ndarray, tmp_path: Path) -> None:
    path = save(tmp_path / "a.h5ad", changed(counts, LARGEST_COUNT))
    assert read_expression(path).counts.max() == 2**24


def test_the_message_names_what_stands_in_each_place(counts: np.ndarray, tmp_path: Path) -> None:
    path = save(tmp_path / "a.h5ad", counts / 3, layers={"counts": -counts})
    with pytest.raises(
        DataFileError, match=r"no integers, .* in X, negative .* in layers\['counts'\]"
    ):
        read_expression(path)
    path = save(tmp_path / "b.h5ad", None, obs=pd.DataFrame(index=list("abcd")))
    with pytest.raises(DataFileError, match="found nothing in X"):
        read_expression(path)


def test_texts_and_complex_numbers_are_no_counts(counts: np.ndarray, tmp_path: Path) -> None:
    path = save(tmp_path / "a.h5ad", counts)
    with h5py.File(path, "a") as file:
        del file["X"]
        write_elem(file, "X", counts.astype(str).astype(object))
    with pytest.raises(DataFileError, match="found values of type object in X"):
        read_expression(path)
    path = save(tmp_path / "b.h5ad", counts.astype(np.complex64))
    with pytest.raises(DataFileError, match="found values of type complex64 in X"):
        read_expression(path)


@pytest.mark.parametrize(
    ("n_cells", "n_genes", "message"),
    [
        (0, 12, "Expected at least 3 cells, found 0 cells in a.h5ad"),
        (1, 12, "Expected at least 3 cells, found 1 cell in a.h5ad"),
        (2, 12, "Expected at least 3 cells, found 2 cells in a.h5ad"),
        (8, 0, "Expected genes in the columns, found none in a.h5ad"),
    ],
)
def test_too_few_cells_or_genes_are_refused(
    counts: np.ndarray, tmp_path: Path, n_cells: int, n_genes: int, message: str
) -> None:
    data = anndata.AnnData(counts, var=pd.DataFrame(index=GENES))[:n_cells, :n_genes].copy()
    data.write_h5ad(tmp_path / "a.h5ad")
    with pytest.raises(DataFileError, match=message):
        read_expression(tmp_path / "a.h5ad")


def test_repeated_gene_names_are_summed_and_said(counts: np.ndarray, tmp_path: Path) -> None:
    names = ["TTR", *GENES[1:6], "GCG", "GCG", "SST", *GENES[9:]]
    counts[:, 6] = [1, 0, 2, 0, 0, 3, 0, 1]
    counts[:, 7] = counts[:, 1]  # a copy counts once
    anndata.AnnData(counts, var=pd.DataFrame(index=names)).write_h5ad(tmp_path / "a.h5ad")
    expression = read_expression(tmp_path / "a.h5ad")
    assert expression.genes == list(dict.fromkeys(names))
    whole = pd.DataFrame(counts, columns=names)
    for name in expression.genes:
        columns = whole.loc[:, [name]].T.drop_duplicates()
        read = expression.counts[:, expression.genes.index(name)].toarray().ravel()
        assert read.tolist() == columns.sum(axis=0).tolist(), name
    assert expression.notes == (
        "gene names: 3 stand several times and were summed (GCG, SST, TTR); "
        "1 columns were copies of another and counted once",
    )


def test_genes_without_a_name_are_refused(counts: np.ndarray, tmp_path: Path) -> None:
    names = ["", *GENES[1:]]
    anndata.AnnData(counts, var=pd.DataFrame(index=names)).write_h5ad(tmp_path / "a.h5ad")
    with pytest.raises(DataFileError, match="Expected a name for each gene, found 1 without"):
        read_expression(tmp_path / "a.h5ad")


def test_cells_and_genes_are_taken_in_their_order() -> None:
    expression = make_expression(np.arange(12).reshape(3, 4), ["A", "B", "C", "D"])
    part = expression.take_cells(np.array([True, False, True]))
    part = part.take_genes(np.array([False, True, False, True]))
    assert part.counts.toarray().tolist() == [[1, 3], [9, 11]]
    assert part.genes == ["B", "D"]
    assert len(part.gene_ids) == 2
