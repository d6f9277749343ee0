"""Raw counts of one dataset, checked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices
from musegnn.io.droplets import CalledCells, choose_barcodes
from musegnn.io.features import Recognised
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    LARGEST_COUNT,
    MINIMUM_CELLS,
    Contents,
)
from musegnn.io.formats.registry import read_contents
from musegnn.io.gene_style import FEW_GENES, MOST_GENES, are_entrez, gene_share, is_id
from musegnn.validation import format_list

_FEWEST_SCALED = 10  # cells whose sums are compared
_LEAST_SCALED = 10_000.0  # sum to which cells are scaled at least
_ROUNDING = 0.01  # share of the sum by which rounding moves it at most
_FEWEST_GAPS = 3  # cells without the numbers between their smallest and the next
_FEWEST_IN_CELL = 50  # genes of a cell whose numbers are looked at
_SHARED = 0.1  # share of them, and ten at least, that have the smallest number of the cell
_LOOKED_AT = 1000  # cells, evenly spread
_ROWS = 10_000  # cells that are summed together: their counts are held as float64 for it

__all__ = ["LARGEST_COUNT", "MINIMUM_CELLS", "Expression", "read_expression"]


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
    cells
        Names of the cells in the order of the rows; empty where they are not known.
    found_in
        Where in the file the counts stood, such as "X", "layers['counts']" or "raw".
    orientation
        How the file held them: "cells in rows" or "genes in rows".
    coordinates
        `(C, 2)` positions x, y of the cells on a slide; None where there are none.
    notes
        Sentences about choices that reading made, for the console and the page.
    layout
        Name of the layout of the file.
    recognised
        What the features of the file were taken for.
    mitochondrial
        Genes that the nomenclature places on the mitochondrion, whatever they are called; known
        after `harmonise`.
    called
        Which barcodes the file itself calls cells; None where it does not say, or only cells are
        left.
    renamed
        Genes that are called so by a previous symbol or an alias alone; known after `harmonise`.
    batches
        Batch of each cell, "" for none, in the order of the rows; empty when none was asked for.
    """

    counts: sparse.csr_matrix
    genes: list[str]
    gene_ids: list[str]
    source: dict[str, str]
    cells: list[str] = field(default_factory=list)
    found_in: str = "X"
    orientation: str = CELLS_IN_ROWS
    coordinates: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    layout: str = ""
    recognised: Recognised = field(default_factory=Recognised)
    mitochondrial: frozenset[str] = frozenset()
    renamed: frozenset[str] = frozenset()
    called: CalledCells | None = None
    batches: list[str] = field(default_factory=list)

    @property
    def n_cells(self) -> int:
        """Number of cells C."""
        return self.counts.shape[0]

    @property
    def depth(self) -> np.ndarray:
        """Total counts of each cell, `(C,)` float64."""
        if self.n_cells <= _ROWS:  # no part of it has to be copied
            return np.asarray(self.counts.sum(axis=1, dtype=np.float64)).ravel()
        sums = [
            np.asarray(self.counts[low : low + _ROWS].sum(axis=1, dtype=np.float64)).ravel()
            for low in range(0, self.n_cells, _ROWS)
        ]
        return np.concatenate(sums)

    def take_cells(self, keep: np.ndarray) -> Expression:
        """Return the cells where `keep` is True, with their names and coordinates."""
        rows = np.flatnonzero(keep)
        return replace(
            self,
            counts=self.counts[rows],
            cells=[self.cells[i] for i in rows] if self.cells else [],
            batches=[self.batches[i] for i in rows] if self.batches else [],
            coordinates=None if self.coordinates is None else self.coordinates[rows],
            called=None,
        )

    def take_genes(self, keep: np.ndarray) -> Expression:
        """Return the genes where `keep` is True."""
        columns = np.flatnonzero(keep)
        return replace(
            self,
            counts=self.counts[:, columns],
            genes=[self.genes[i] for i in columns],
            gene_ids=[self.gene_ids[i] for i in columns],
        )


def read_expression(
    path: Path,
    *,
    layer: str | None = None,
    droplets: str = "refuse",
    choices: Choices = AS_FOUND,
) -> Expression:
    """Read raw counts from any format of `musegnn.io.formats.registry.LAYOUTS`.

    These are `.h5ad`, 10x `.h5`, 10x folders, `.csv`, `.tsv` and `.txt` tables (compressed or not)
    and `.loom`. Where the counts were found, how the file held them and what else was decided stand
    in `found_in`, `orientation` and `notes`.

    A gene name that stands several times, each time with another id, becomes `name_id`, in every
    format: `harmonise` reads the id out of such a name and sums what means one gene. Without
    different ids the counts of a repeated name are summed, copies of the same counts taken once.

    Parameters
    ----------
    path
        File or 10x folder.
    layer
        Layer to take instead of searching; the feature type or genome to take.
    droplets
        What to do with droplets without a cell, see `musegnn.io.droplets.choose_barcodes`.
    choices
        How the file is to be understood, where somebody has said so.

    Raises
    ------
    InputError
        If a choice is made that the format does not have.
    UnfilteredError
        If most barcodes are droplets without a cell and `droplets` is "refuse".
    DataFileError
        If the file cannot be read, has no genes, fewer than 3 cells, genes without a name, a cell
        twice, names of genes for its cells, missing or negative values, or normalised
        values instead of counts.
    """
    path = Path(path)
    contents = read_contents(path, layer=layer, choices=choices.given())
    _check_sides(contents, path)
    _check_named(contents.genes, path)
    genes, notes = _separate_by_id(contents.genes, contents.gene_ids)
    counts, genes, gene_ids, summed = _sum_repeated(contents.counts, genes, contents.gene_ids)
    notes += (*summed, *_check_cells(contents, path))
    if counts.nnz and counts.data.max() == 1:
        notes += ("counts: none is above 1; of a matrix made binary, give what it was made of",)
    expression = Expression(
        counts=counts,
        genes=genes,
        gene_ids=gene_ids,
        source=contents.source,
        cells=contents.cells,
        found_in=contents.found_in,
        orientation=contents.orientation,
        coordinates=contents.coordinates,
        layout=contents.layout,
        notes=(*contents.notes, *notes),
        recognised=contents.recognised,
        called=contents.called,
        batches=contents.batches,
    )
    depth = expression.depth
    _check_depths(depth, path)
    _check_gaps(counts, path)
    kept, told = choose_barcodes(depth, path, droplets=droplets, called=expression.called)
    if kept is None:
        return expression
    filtered = expression.take_cells(kept)
    return replace(filtered, notes=(*filtered.notes, *told))


def _check_depths(depth: np.ndarray, path: Path) -> None:
    """Raise for values that were scaled to one sum and rounded, as TPM are at times.

    Counts drawn down to one depth have exactly that; rounding leaves sums around it.
    """
    depth = depth[depth > 0]
    if len(depth) < _FEWEST_SCALED or (depth == depth[0]).all():
        return
    middle = float(np.median(depth))
    target = 10.0 ** round(np.log10(middle))
    if target >= _LEAST_SCALED and (np.abs(depth - target) <= _ROUNDING * target).all():
        msg = (
            f"Expected raw counts in {path.name}, found sums of about {target:,.0f} in every cell "
            "(TPM or CPM, rounded?)."
        )
        raise DataFileError(msg, "Export the raw counts.")


def _check_gaps(counts: sparse.csr_matrix, path: Path) -> None:
    """Raise for counts that were scaled in each cell and rounded, whatever their sums.

    What was counted once becomes the same number in many genes of a cell, and nothing lies between
    it and what was counted twice. Counts that are all even, or cut at a least number, have the same
    smallest number in every cell and are left alone.
    """
    step = max(1, counts.shape[0] // _LOOKED_AT)
    looked = counts if step == 1 else counts[::step]
    positive = looked.data > 0
    if not positive.all():
        looked = looked.copy()
        looked.data[~positive] = 0
        looked.eliminate_zeros()
    is_large = np.diff(looked.indptr) >= _FEWEST_IN_CELL
    # of what was only counted nearly every cell holds a one, and no more is asked of it
    ones = np.searchsorted(np.flatnonzero(looked.data <= 1), looked.indptr)
    smallest = []
    for row in np.flatnonzero(is_large & (np.diff(ones) == 0)):
        values = looked.data[looked.indptr[row] : looked.indptr[row + 1]]
        least = values.min()
        n_least = int((values == least).sum())
        is_shared = n_least >= max(10, _SHARED * len(values))
        if is_shared and n_least == int((values <= 1.5 * least).sum()):
            smallest.append(int(least))
    asked = int(is_large.sum())
    if len(smallest) >= max(_FEWEST_GAPS, asked / 2) and len(set(smallest)) > 1:
        msg = (
            f"Expected raw counts in {path.name}, found cells whose smallest number is "
            f"{min(smallest):,} to {max(smallest):,} in many genes, and none near it (scaled and "
            "rounded?)."
        )
        raise DataFileError(msg, "Export the raw counts.")


def _check_sides(contents: Contents, path: Path) -> None:
    """Raise when the cells carry names of genes and the genes do not."""
    if gene_share(contents.cells) < MOST_GENES:
        return
    with_id = sum(map(is_id, contents.gene_ids)) / max(len(contents.gene_ids), 1)
    is_named = (
        are_entrez(contents.genes) or with_id > FEW_GENES or gene_share(contents.genes) > FEW_GENES
    )
    if not is_named:
        msg = (
            f"Expected names of cells for the cells, found names of genes in {path.name}, such as "
            f"{contents.cells[0]}."
        )
        raise DataFileError(msg, "Transpose the file, or exchange its lists of genes and cells.")


def _check_cells(contents: Contents, path: Path) -> tuple[str, ...]:
    """Raise when a cell stands twice; say how many names are shared by different cells."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(contents.cells):
        rows.setdefault(name, []).append(row)
    repeated = {name: found for name, found in rows.items() if len(found) > 1}
    twice = [name for name, found in repeated.items() if _has_equal_rows(contents.counts, found)]
    if twice:
        msg = (
            f"Expected each cell once, found {len(twice)} with the same name and the same counts "
            f"several times in {path.name}: {format_list(twice, limit=3)}."
        )
        raise DataFileError(msg, "Remove the copies: they would count as evidence twice.")
    if not repeated:
        return ()
    return (
        f"cells: {len(repeated)} names stand several times with other counts "
        f"({format_list(list(repeated), limit=3)}), taken as different cells",
    )


def _has_equal_rows(counts: sparse.csr_matrix, rows: list[int]) -> bool:
    """True when two of some rows hold the same counts, not all zero."""
    part = sparse.csr_matrix(counts[rows])
    part.eliminate_zeros()
    part.sort_indices()
    seen = Counter(
        (part.indices[low:high].tobytes(), part.data[low:high].tobytes())
        for low, high in pairwise(part.indptr)
        if high > low
    )
    return any(number > 1 for number in seen.values())


def _repeated(names: list[str]) -> set[str]:
    """Return the names that stand several times."""
    if len(set(names)) == len(names):
        return set()
    return {name for name, number in Counter(names).items() if number > 1}


def _separate_by_id(genes: list[str], identifiers: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Append the id to names that stand several times with different ids, and say how many."""
    repeated = _repeated(genes) - {""}
    if not repeated:
        return genes, ()
    ids: dict[str, list[str]] = {name: [] for name in repeated}
    for name, identifier in zip(genes, identifiers, strict=True):
        if name in repeated:
            ids[name].append(identifier)
    separate = {
        name for name, found in ids.items() if "" not in found and len(set(found)) == len(found)
    }
    names = [
        f"{name}_{identifier}" if name in separate else name
        for name, identifier in zip(genes, identifiers, strict=True)
    ]
    note = (
        f"gene names: {len(separate)} stand several times and were told apart by their ids "
        f"({format_list(sorted(separate), limit=3)})"
    )
    return names, (note,) if separate else ()


def _check_named(names: list[str], path: Path) -> None:
    """Raise when a gene has neither a name nor an id."""
    if "" in names:
        msg = f"Expected a name for each gene, found {names.count('')} without in {path.name}."
        raise DataFileError(msg, "Set the missing names in `var_names`.")


def _sum_repeated(
    counts: sparse.csr_matrix, genes: list[str], gene_ids: list[str]
) -> tuple[sparse.csr_matrix, list[str], list[str], tuple[str, ...]]:
    """Sum the columns of each repeated name, after copies of the same counts were left out."""
    repeated = _repeated(genes)
    if not repeated:
        return counts, genes, gene_ids, ()
    by_column = counts.tocsc()
    by_column.sort_indices()
    kept, copies, seen = [], 0, set[tuple[str, bytes, bytes]]()
    for column, name in enumerate(genes):
        if name in repeated:
            low, high = by_column.indptr[column], by_column.indptr[column + 1]
            content = (
                name,
                by_column.indices[low:high].tobytes(),
                by_column.data[low:high].tobytes(),
            )
            if content in seen:
                copies += high > low
                continue
            seen.add(content)
        kept.append(column)
    order = list(dict.fromkeys(genes))
    place = {name: number for number, name in enumerate(order)}
    targets = [place[genes[column]] for column in kept]
    joined = sparse.csr_matrix(
        (np.ones(len(kept), dtype=counts.dtype), (kept, targets)), shape=(len(genes), len(order))
    )
    ids = [""] * len(order)
    for name, identifier in zip(genes, gene_ids, strict=True):
        ids[place[name]] = ids[place[name]] or identifier
    note = (
        f"gene names: {len(repeated)} stand several times and were summed "
        f"({format_list(sorted(repeated), limit=3)})"
    )
    if copies:
        note += f"; {copies} columns were copies of another and counted once"
    return (counts @ joined).tocsr(), order, ids, (note,)
