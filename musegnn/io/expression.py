"""Raw counts of one dataset, checked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import anndata
import numpy as np
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.h5ad import open_h5ad
from musegnn.validation import format_list

MINIMUM_CELLS = 3
ID_COLUMNS = ("gene_ids", "ensembl", "ensembl_id", "gene_id")  # where files keep Ensembl ids
LARGEST_COUNT = 2**24  # float32 holds integers exactly up to here, above any single UMI count


@dataclass(frozen=True)
class Expression:
    """Counts of one dataset.

    Parameters
    ----------
    counts
        `(C, G)` sparse raw counts, float32 holding non-negative integers.
    genes
        Gene names in the order of the columns, unique.
    gene_ids
        Ensembl gene ids in the same order, "" where unknown.
    source
        Free text about the origin, such as source, licence and publication.
    """

    counts: sparse.csr_matrix
    genes: list[str]
    gene_ids: list[str]
    source: dict[str, str]

    @property
    def n_cells(self) -> int:
        """Number of cells C."""
        return self.counts.shape[0]

    @property
    def depth(self) -> np.ndarray:
        """Total counts of each cell, `(C,)` float64."""
        return np.asarray(self.counts.sum(axis=1, dtype=np.float64)).ravel()

    def take_cells(self, keep: np.ndarray) -> Expression:
        """Return the cells where `keep` is True."""
        return replace(self, counts=self.counts[np.flatnonzero(keep)])

    def take_genes(self, keep: np.ndarray) -> Expression:
        """Return the genes where `keep` is True."""
        columns = np.flatnonzero(keep)
        return replace(
            self,
            counts=self.counts[:, columns],
            genes=[self.genes[i] for i in columns],
            gene_ids=[self.gene_ids[i] for i in columns],
        )


def read_expression(path: Path) -> Expression:
    """Read raw counts from an `.h5ad` file (cells x genes).

    Counts are looked for in X, then in the layer `counts`, then in `raw`; the first that holds
    non-negative integers is taken.

    Raises
    ------
    DataFileError
        If the file cannot be read, has no genes, fewer than 3 cells, duplicate or empty gene names,
        missing or negative values, or normalised values instead of counts.
    """
    path = Path(path)
    data = open_h5ad(path, role="counts")
    _check_shape(data, path)
    counts, names = _find_counts(data, path)
    _check_unique(names, path)
    identifiers = next(
        (
            data.var[column].astype(str).tolist()
            for column in ID_COLUMNS
            if column in data.var and len(data.var) == len(names)
        ),
        [""] * len(names),
    )
    source = {
        key: str(data.uns[key])
        for key in ("source", "licence", "publication", "modality", "tissue", "notes")
        if isinstance(data.uns.get(key), str)
    }
    return Expression(counts, names, identifiers, source)


def _check_shape(data: anndata.AnnData, path: Path) -> None:
    """Raise unless there are enough cells and some genes."""
    n_cells, n_genes = data.shape
    if n_genes == 0:
        msg = f"Expected genes in the columns, found none in {path.name}."
        raise DataFileError(msg, "Check how the file was filtered and saved.")
    if n_cells < MINIMUM_CELLS:
        plural = "cell" if n_cells == 1 else "cells"
        msg = f"Expected at least {MINIMUM_CELLS} cells, found {n_cells} {plural} in {path.name}."
        raise DataFileError(msg, "Co-expression needs many cells: a few hundred or more.")


def _check_unique(names: list[str], path: Path) -> None:
    """Raise when a gene has no name or a name stands twice."""
    if "" in names:
        msg = f"Expected a name for each gene, found {names.count('')} without in {path.name}."
        raise DataFileError(msg, "Set the missing names in `var_names`.")
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        msg = (
            f"Expected each gene name once, found {len(repeated)} repeated in {path.name}: "
            f"{format_list(repeated)}."
        )
        raise DataFileError(
            msg, "Sum or rename the duplicates, for example with `var_names_make_unique`."
        )


def _find_counts(data: anndata.AnnData, path: Path) -> tuple[sparse.csr_matrix, list[str]]:
    """Return the first matrix that holds raw counts and its gene names."""
    candidates = [("X", data.X, data.var_names)]
    if "counts" in data.layers:
        candidates.append(("layers['counts']", data.layers["counts"], data.var_names))
    if data.raw is not None:
        candidates.append(("raw", data.raw.X, data.raw.var_names))
    problems = []
    for label, matrix, names in candidates:
        if matrix is None:
            problems.append(f"nothing in {label}")
            continue
        values = matrix if sparse.issparse(matrix) else np.asarray(matrix)
        if values.dtype.kind not in "iufb":
            problems.append(f"values of type {values.dtype} in {label}")
            continue
        counts = sparse.csr_matrix(values)
        problem = _problem_with(counts)
        if problem is None:
            return counts.astype(np.float32), [str(name) for name in names]
        problems.append(f"{problem} in {label}")
    msg = (
        f"Expected raw counts (non-negative integers) in {path.name}, found {', '.join(problems)}."
    )
    raise DataFileError(msg, "Save the raw counts in X or in a layer named `counts`.")


def _problem_with(counts: sparse.csr_matrix) -> str | None:
    """Say why a matrix is not raw counts, or None when it is."""
    values = counts.data
    if not np.isfinite(values).all():
        return "NaN or infinite values"
    if values.size == 0 or not values.any():
        return "only zeros"
    if values.min() < 0:
        return f"negative values (smallest {values.min():.3g})"
    if values.max() > LARGEST_COUNT:
        return f"values too large for counts (largest {values.max():.3g})"
    if not np.array_equal(values, np.rint(values)):
        example = values[values != np.rint(values)][0]
        return f"values that are no integers, such as {example:.3g} (normalised or logarithmic?)"
    return None
