"""Counts for tests: simulated, so that the truth is known, or cut from a public dataset."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.io.expression import Expression
from musegnn.io.gene_tables import table_path

# symbols that any nomenclature table knows
GENES = [
    "INS",
    "GCG",
    "SST",
    "PPY",
    "TTR",
    "IAPP",
    "CHGA",
    "CHGB",
    "SCG2",
    "SCG5",
    "PCSK1",
    "PCSK2",
]


def gamma_poisson(
    n_cells: int, n_genes: int, *, seed: int, module: int = 0, mean: float = 4.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw counts `(C, G)` and depths `(C,)` from the model of CS-CORE.

    Genes are independent given the depth, except that the first `module` of them share half of
    their variance.
    """
    rng = np.random.default_rng(seed)
    depth = rng.lognormal(np.log(2000), 0.4, n_cells)
    level = rng.lognormal(np.log(mean), 0.5, n_genes) / 2000
    share = rng.gamma(2.0, 0.5, (n_cells, n_genes))
    share[:, :module] = 0.5 * share[:, :module] + 0.5 * rng.gamma(2.0, 0.5, (n_cells, 1))
    return rng.poisson(depth[:, None] * level * share), np.rint(depth)


def real_genes(n: int) -> list[str]:
    """Return symbols of human genes, as many as are asked for, the same each time."""
    symbols = pd.read_parquet(table_path("human"), columns=["symbol"])["symbol"].dropna()
    return sorted({name for name in symbols if name.isalnum()})[:n]


def make_expression(counts: np.ndarray, genes: list[str]) -> Expression:
    """Wrap counts and gene names as if they had been read from a file."""
    matrix = sparse.csr_matrix(np.asarray(counts, dtype=np.float32))
    return Expression(matrix, list(genes), [""] * len(genes), {})


def write_counts(path: Path, counts: np.ndarray | sparse.spmatrix, genes: list[str]) -> Path:
    """Write counts and gene names as `.h5ad`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    anndata.AnnData(counts, var=pd.DataFrame(index=list(genes))).write_h5ad(path)
    return path


def read_public(shared: Path, name: str) -> anndata.AnnData:
    """Read a public single-cell dataset."""
    return anndata.read_h5ad(shared / "data" / "scrna" / f"{name}.h5ad")


def most_expressed(data: anndata.AnnData, n_genes: int) -> np.ndarray:
    """Columns of the genes with the most counts, ascending."""
    totals = np.asarray(data.X.sum(axis=0)).ravel()
    return np.sort(np.argsort(-totals, kind="stable")[:n_genes])
