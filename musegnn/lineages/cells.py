"""Cells of one dataset: log expression, names of genes, and a label of each where there is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.border.tables import read_delimited
from musegnn.errors import DataFileError, InputError
from musegnn.io.expression import read_expression
from musegnn.io.h5ad import open_h5ad
from musegnn.validation import check_choice, format_list, nearest_names

COUNTS, LINEAR, LOG = "counts", "linear", "log"
VALUES: Final = (COUNTS, LINEAR, LOG)
LEAST_CELLS: Final = 20  # with fewer, fifteen neighbours are nearly all the others
MOST_CELLS: Final = 100_000
LEAST_GENES: Final = 50
LARGEST_LOG: Final = 40.0  # of two: 2^40 is beyond any count
_TABLE: Final = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


@dataclass(frozen=True)
class Cells:
    """Cells of one dataset, ready to be compared.

    Parameters
    ----------
    expression
        `(C, G)` sparse float32, logarithms of expression, zero where a gene was not seen.
    genes
        Names of the G genes.
    gene_ids
        Ensembl ids in the same order, "" where unknown.
    names
        Names of the C cells.
    labels
        `(C,)` texts, "" for a cell without one; None where no labels were given.
    detected
        `(C,)` number of genes seen in each cell.
    notes
        What was decided on the way, a sentence each.
    """

    expression: sparse.csr_matrix
    genes: tuple[str, ...]
    gene_ids: tuple[str, ...]
    names: tuple[str, ...]
    labels: np.ndarray | None
    detected: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.names)

    @property
    def label_names(self) -> tuple[str, ...]:
        """Different labels, sorted; none where cells have none."""
        if self.labels is None:
            return ()
        return tuple(sorted({str(label) for label in self.labels} - {""}))

    def take(self, rows: np.ndarray) -> Cells:
        """Return some of the cells, in the order of `rows`."""
        return replace(
            self,
            expression=self.expression[rows],
            names=tuple(self.names[row] for row in rows),
            labels=None if self.labels is None else self.labels[rows],
            detected=self.detected[rows],
        )


def read_cells(
    path: Path,
    *,
    labels: str = "",
    label_file: Path | None = None,
    values: str = COUNTS,
    layer: str | None = None,
) -> Cells:
    """Read the cells of one dataset.

    Parameters
    ----------
    path
        Counts in any layout of `musegnn.io.formats.registry`; `.h5ad` for other values.
    labels
        Column of `obs` of an `.h5ad`, or of `label_file`, that says what each cell is; "" for none.
    label_file
        Table whose first column names the cells, and its column `labels`, or second, labels them.
    values
        `counts`: raw counts, which are divided by the depth of their cell and logarithmised;
        `linear`: comparable already, such as TPM, and logarithmised; `log`: taken as they are.
    layer
        Where the values lie in the file.

    Raises
    ------
    DataFileError, InputError
        If the file, its values or its labels cannot be used, or cells are too few or too many.
    """
    check_choice(values, VALUES, name="values")
    path = Path(path)
    cells = _counted(path, layer) if values == COUNTS else _given(path, layer, values)
    if label_file is not None:
        cells = replace(cells, labels=_from_table(Path(label_file), labels, cells.names))
    elif labels:
        cells = replace(cells, labels=_from_obs(path, labels, cells.names))
    return checked(cells)


def make_cells(
    values: sparse.spmatrix | np.ndarray,
    genes: Sequence[str],
    *,
    kind: str = COUNTS,
    labels: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    gene_ids: Sequence[str] | None = None,
) -> Cells:
    """Make cells of a matrix in memory, as `read_cells` makes them of a file.

    Parameters
    ----------
    values
        `(C, G)`, cells in rows.
    genes
        Names of the G genes.
    kind
        What the values are, see `read_cells`.
    labels, names
        Of the C cells; names are numbers by default.
    gene_ids
        Ensembl ids of the genes.

    Raises
    ------
    InputError, DataFileError
        If the values are not of that kind, or cells are too few or too many.
    """
    check_choice(kind, VALUES, name="kind")
    matrix = sparse.csr_matrix(values, dtype=np.float32)
    problem = _problem(matrix, kind)
    if problem:
        msg = f"Expected {_WORDS[kind]}, found {problem}."
        raise DataFileError(msg, _HINTS[kind])
    cells = Cells(
        expression=_logarithm(matrix, kind),
        genes=tuple(map(str, genes)),
        gene_ids=tuple(gene_ids) if gene_ids is not None else ("",) * len(genes),
        names=tuple(names) if names is not None else tuple(map(str, range(matrix.shape[0]))),
        labels=None if labels is None else np.array([str(label) for label in labels], object),
        detected=np.diff(matrix.indptr),
    )
    return checked(cells)


def checked(cells: Cells) -> Cells:
    """Set cells without any expression aside, and say so.

    Raises
    ------
    InputError
        If too few or too many cells are left, or hardly a gene.
    """
    seen = cells.detected > 0
    if not seen.all():
        n_empty = int((~seen).sum())
        note = f"cells: {n_empty} without any expression were left out"
        cells = replace(cells.take(np.flatnonzero(seen)), notes=(*cells.notes, note))
    if len(cells) < LEAST_CELLS:
        msg = f"Expected at least {LEAST_CELLS} cells with expression, found {len(cells)}."
        raise InputError(msg, "A lineage of fewer cells is none: give the whole dataset.")
    if len(cells) > MOST_CELLS:
        msg = f"Expected at most {MOST_CELLS:,} cells, found {len(cells):,}."
        raise InputError(msg, "Draw a sample of the cells: a lineage of a tenth looks the same.")
    if len(cells.genes) < LEAST_GENES:
        msg = f"Expected at least {LEAST_GENES} genes, found {len(cells.genes)}."
        raise InputError(msg, "Give the whole table of expression, not a panel of markers.")
    return cells


_WORDS: Final = {
    COUNTS: "raw counts (non-negative whole numbers)",
    LINEAR: "expression that is comparable and not logarithmised, such as TPM",
    LOG: "logarithms of expression",
}
_HINTS: Final = {
    COUNTS: "Say what the values are: `linear` (TPM, RPKM) or `log`, or give raw counts.",
    LINEAR: "Say `log` for logarithms, `counts` for raw counts.",
    LOG: "Say `linear` for TPM or RPKM, `counts` for raw counts.",
}


def _problem(matrix: sparse.csr_matrix, kind: str) -> str:
    """Say why values are not of the kind that they are called; "" when they may be."""
    values = matrix.data
    if not np.isfinite(values).all():
        return "values that are missing or infinite"
    if not values.size or not values.any():
        return "nothing but zeros"
    if values.min() < 0:
        return f"negative values such as {values.min():.3g} (centred or scaled?)"
    if kind == COUNTS and (values != np.rint(values)).any():
        odd = values[values != np.rint(values)][0]
        return f"values that are no whole numbers, such as {odd:.3g}"
    if kind == LOG and values.max() > LARGEST_LOG:
        return f"values up to {values.max():.4g}, too large for logarithms"
    return ""


def _logarithm(matrix: sparse.csr_matrix, kind: str) -> sparse.csr_matrix:
    """Return comparable logarithms: log(1 + value), counts first brought to the median depth."""
    matrix = matrix.copy()
    matrix.eliminate_zeros()
    if kind == LOG:
        return matrix
    if kind == COUNTS:
        depth = np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()
        usual = np.median(depth[depth > 0]) if (depth > 0).any() else 1.0
        factor = np.where(depth > 0, usual / np.where(depth > 0, depth, 1), 0)
        matrix.data *= np.repeat(factor, np.diff(matrix.indptr)).astype(np.float32)
    np.log1p(matrix.data, out=matrix.data)
    return matrix


def _counted(path: Path, layer: str | None) -> Cells:
    """Read raw counts."""
    try:
        found = read_expression(path, layer=layer, droplets="keep")
    except DataFileError as error:
        if "Expected raw counts" not in error.message:
            raise
        raise DataFileError(error.message, f"{error.hint} {_HINTS[COUNTS]}") from error
    matrix = sparse.csr_matrix(found.counts, dtype=np.float32)
    return Cells(
        expression=_logarithm(matrix, COUNTS),
        genes=tuple(found.genes),
        gene_ids=tuple(found.gene_ids),
        names=tuple(found.cells) or tuple(map(str, range(found.n_cells))),
        labels=None,
        detected=np.diff(matrix.indptr),
        notes=found.notes,
    )


def _given(path: Path, layer: str | None, kind: str) -> Cells:
    """Read values that are no counts out of an `.h5ad`."""
    data = _open(path)
    if layer is not None and layer != "X" and layer not in data.layers:
        msg = f"Expected a layer {layer!r} in {path.name}, found {format_list(list(data.layers))}."
        raise DataFileError(msg, "Name one of them, or leave the layer out for X.")
    found = data.X if layer in {None, "X"} else data.layers[layer]
    if found is None:
        msg = f"Expected values in X of {path.name}, found nothing."
        raise DataFileError(msg, "Name the layer that holds them.")
    genes = [str(name) for name in data.var_names]
    if len(set(genes)) != len(genes):
        twice = [name for name, number in Counter(genes).items() if number > 1]
        msg = f"Expected each gene once in {path.name}, found {format_list(twice)} several times."
        raise DataFileError(msg, "Make the names unique: only counts can be summed.")
    matrix = sparse.csr_matrix(found, dtype=np.float32)
    problem = _problem(matrix, kind)
    if problem:
        msg = f"Expected {_WORDS[kind]} in {path.name}, found {problem}."
        raise DataFileError(msg, _HINTS[kind])
    ids = next(
        (data.var[name] for name in ("gene_ids", "ensembl", "gene_id") if name in data.var), None
    )
    return Cells(
        expression=_logarithm(matrix, kind),
        genes=tuple(genes),
        gene_ids=("",) * len(genes) if ids is None else tuple(map(str, ids)),
        names=tuple(map(str, data.obs_names)),
        labels=None,
        detected=np.diff(matrix.indptr),
        notes=(f"values: taken as {_WORDS[kind]}, as was said",),
    )


def _open(path: Path) -> anndata.AnnData:
    """Open an `.h5ad`, which alone holds labels and values that are no counts."""
    if not path.name.lower().endswith(".h5ad"):
        msg = f"Expected an .h5ad for labels or values that are no counts, found {path.name}."
        raise InputError(msg, "Save it as .h5ad, or give raw counts and a table of labels.")
    return open_h5ad(path, role="cells")


def _from_obs(path: Path, column: str, names: Sequence[str]) -> np.ndarray:
    """Take labels out of an `.h5ad`, for the cells that were read."""
    obs = _open(path).obs
    if column not in obs:
        raise _no_column(column, list(map(str, obs.columns)), path)
    return _for_cells(obs[column], obs.index, names, path)


def _from_table(path: Path, column: str, names: Sequence[str]) -> np.ndarray:
    """Take labels out of a table of cells."""
    lower = path.name.lower()
    if not lower.endswith(_TABLE):
        msg = f"Expected a table of labels ({', '.join(_TABLE[:3])}), found {path.name}."
        raise InputError(msg, "Save it as text with a column of cells and one of labels.")
    separator = "," if ".csv" in lower else "\t"
    table = read_delimited(path, role="a table of labels", separator=separator)
    if table.shape[1] < 2:
        msg = (
            f"Expected a column of cells and one of labels in {path.name}, found {table.shape[1]}."
        )
        raise DataFileError(msg, "Separate them by commas (.csv) or tabs (.tsv).")
    columns = list(map(str, table.columns))
    if column and column not in columns[1:]:
        raise _no_column(column, columns[1:], path)
    return _for_cells(table[column or columns[1]], pd.Index(table[columns[0]]), names, path)


def _no_column(column: str, columns: list[str], path: Path) -> InputError:
    """Say that there is no such column, and which are."""
    near = nearest_names(column, columns)
    has = format_list(columns) or "none"
    msg = f"Expected a column {column!r} of labels in {path.name}, found {has}."
    return InputError(msg, f"Did you mean {near[0]!r}?" if near else "Name a column that it has.")


def _for_cells(values: pd.Series, index: pd.Index, names: Sequence[str], path: Path) -> np.ndarray:
    """Return the label of each cell by its name, "" where there is none.

    Raises
    ------
    InputError
        If a cell is labelled twice, or none of the cells is.
    """
    own = [str(name) for name in index]
    texts = ["" if pd.isna(value) else str(value).strip() for value in values]
    known = dict(zip(own, texts, strict=True))
    if own == list(names):
        return np.array(texts, dtype=object)
    if len(known) != len(own):
        twice = [name for name, number in Counter(own).items() if number > 1]
        found_twice = format_list(twice, limit=3)
        msg = f"Expected a label a cell, found {found_twice} several times in {path.name}."
        raise InputError(msg, "Leave each cell in once.")
    found = [known.get(name, "") for name in names]
    if not any(found):
        msg = (
            f"Expected labels of the cells, found none of them in {path.name}: cells are called as "
            f"{names[0]!r}, its rows as {own[0]!r}."
        )
        raise InputError(msg, "Call the cells alike in both.")
    return np.array(found, dtype=object)
