"""What a reader hands over, and the checks that all readers share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from musegnn.border.portable import portable
from musegnn.errors import DataFileError
from musegnn.io.droplets import CalledCells
from musegnn.io.features import Features, Recognised

COUNTS = re.compile("count|raw|umi", re.IGNORECASE)  # in names of layers
MINIMUM_CELLS = 3
ROUNDING = 1e-3  # distance from whole numbers that conversions of counts leave
LARGEST_COUNT = 2**24  # float32 holds integers exactly up to here, above any single UMI count
CELLS_IN_ROWS = "cells in rows"
GENES_IN_ROWS = "genes in rows"
_PIECE = 1 << 22  # values that are looked at together


@portable
@dataclass(frozen=True)
class Contents:
    """What stands in a file of counts, before gene names are checked.

    Parameters
    ----------
    counts
        `(C, G)` sparse raw counts.
    genes, gene_ids
        G names and identifiers in the order of the columns, "" where a gene has no identifier.
    cells
        C names of cells in the order of the rows.
    found_in
        Where the counts stood, such as "X" or "layers['counts']".
    orientation
        How the file held them: "cells in rows" or "genes in rows".
    coordinates
        `(C, 2)` positions x, y of the cells, None where the file has none.
    source
        Free text about the origin.
    notes
        Sentences about choices that were made for the user.
    recognised
        What the features were taken for.
    layout
        Name of the layout of the file.
    called
        Which of the cells the file itself calls cells; None where it does not say.
    batches
        C names of the batches of the cells, "" for a cell without one; empty when no column was
        asked for.
    """

    counts: sparse.csr_matrix
    genes: list[str]
    gene_ids: list[str]
    cells: list[str]
    found_in: str
    orientation: str
    coordinates: np.ndarray | None = None
    source: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    layout: str = ""
    recognised: Recognised = field(default_factory=Recognised)
    called: CalledCells | None = None
    batches: list[str] = field(default_factory=list)

    @classmethod
    def of_features(
        cls,
        features: Features,
        counts: sparse.csr_matrix,
        cells: list[str],
        *,
        found_in: str,
        orientation: str,
        coordinates: np.ndarray | None = None,
        source: dict[str, str] | None = None,
        notes: tuple[str, ...] = (),
    ) -> Contents:
        """Make contents of the features that were recognised, and what else a reader found."""
        return cls(
            counts,
            features.names,
            features.ids,
            cells,
            found_in=found_in,
            orientation=orientation,
            coordinates=coordinates,
            source=source or {},
            notes=notes,
            recognised=features.recognised,
        )


@dataclass(frozen=True)
class Candidate:
    """A matrix that may hold the counts.

    Parameters
    ----------
    label
        Name of the place for messages, such as "layers['counts']".
    load
        Gives the matrix, dense or sparse, cells x genes; None when there is nothing.
    is_whole
        True where the file stores integers, whatever they were read as.
    """

    label: str
    load: Callable[[], Any]
    is_whole: bool = False


def pick_counts(
    candidates: Sequence[Candidate], path: Path, *, hint: str
) -> tuple[sparse.csr_matrix, str, tuple[str, ...]]:
    """Return the first matrix that holds raw counts; one of 0 and 1 alone where no other does.

    Returns
    -------
    The counts as float32, the label of their place, and sentences when they had to be rounded, or
    another place was passed over.

    Raises
    ------
    DataFileError
        If none does; the message names what stands in each place.
    """
    problems, binary = [], None
    for candidate in candidates:
        matrix = candidate.load()
        if matrix is None:
            problems.append(f"nothing in {candidate.label}")
            continue
        values = matrix if sparse.issparse(matrix) else np.asarray(matrix)
        if values.dtype == np.float16:  # which sparse matrices do not take
            values = values.astype(np.float32)
        if not sparse.issparse(values):
            values = values.astype(values.dtype.newbyteorder("="), copy=False)
        if values.dtype.kind not in "iufb":
            problems.append(f"values of type {values.dtype} in {candidate.label}")
            continue
        counts = sparse.csr_matrix(values)
        notes: tuple[str, ...] = ()
        if not candidate.is_whole:
            counts, notes = _round(counts)
        problem = problem_with(counts, is_whole=candidate.is_whole)
        if problem is None:
            found = counts.astype(np.float32, copy=False), candidate.label, notes
            if len(candidates) == 1 or counts.data.max() > 1:
                passed = (
                    (f"counts: {binary[1]} holds 0 and 1 alone, passed over",) if binary else ()
                )
                return *found[:2], (*notes, *passed)
            binary = binary or found
            continue
        problems.append(f"{problem} in {candidate.label}")
    if binary:
        return binary
    msg = (
        f"Expected raw counts (non-negative integers) in {path.name}, found {', '.join(problems)}."
    )
    raise DataFileError(msg, hint)


def _round(counts: sparse.csr_matrix) -> tuple[sparse.csr_matrix, tuple[str, ...]]:
    """Make counts whole that a conversion left a little beside whole numbers, and say how far."""
    values = counts.data
    if values.dtype.kind != "f" or not _are_finite(values):
        return counts, ()
    # a share of a normalised matrix lies near whole numbers too: all have to, and some not at zero
    furthest, number, is_empty = 0.0, 0, True
    for piece in _pieces(values):
        whole = np.rint(piece)
        off = np.abs(piece - whole)
        furthest = max(furthest, float(off.max()))
        if furthest > ROUNDING:
            return counts, ()
        number += int((off > 0).sum())
        is_empty &= not whole.any()
    if not number or is_empty:
        return counts, ()
    rounded = sparse.csr_matrix((np.rint(values), counts.indices, counts.indptr), counts.shape)
    rounded.eliminate_zeros()
    note = f"counts: {number:,} values rounded to whole numbers, {furthest:.1g} away at most"
    return rounded, (note,)


def problem_with(counts: sparse.csr_matrix, *, is_whole: bool = False) -> str | None:
    """Say why a matrix is not raw counts, or None when it is.

    Parameters
    ----------
    counts
        The matrix.
    is_whole
        True for integers, whatever they are held as: these are not looked through for others.
    """
    values = counts.data
    if not (is_whole or _are_finite(values)):
        return "NaN or infinite values"
    smallest, largest = (values.min(), values.max()) if values.size else (0, 0)
    if smallest == largest == 0:
        return "only zeros"
    if smallest < 0:
        return f"negative values (smallest {smallest:.3g})"
    if largest > LARGEST_COUNT:
        return f"values too large for counts (largest {largest:.3g})"
    if values.dtype.kind == "f" and not is_whole:
        for piece in _pieces(values):
            odd = piece[piece != np.rint(piece)]
            if len(odd):
                example = f"such as {odd[0]:.3g} (normalised or logarithmic?)"
                return f"values that are no integers, {example}"
    return None


def _are_finite(values: np.ndarray) -> bool:
    """True where no value is NaN or infinite."""
    return all(np.isfinite(piece).all() for piece in _pieces(values))


def _pieces(values: np.ndarray) -> Iterator[np.ndarray]:
    """Give values piece by piece, so that what is asked of them takes little memory."""
    return (values[low : low + _PIECE] for low in range(0, len(values), _PIECE))


def check_shape(n_cells: int, n_genes: int, path: Path) -> None:
    """Raise `DataFileError` unless there are enough cells and some genes."""
    if n_genes == 0:
        msg = f"Expected genes in the columns, found none in {path.name}."
        raise DataFileError(msg, "Check how the file was filtered and saved.")
    if n_cells < MINIMUM_CELLS:
        plural = "cell" if n_cells == 1 else "cells"
        msg = f"Expected at least {MINIMUM_CELLS} cells, found {n_cells} {plural} in {path.name}."
        raise DataFileError(msg, "Co-expression needs many cells: a few hundred or more.")


def check_no_layer(layer: str | None, path: Path, *, kind: str) -> None:
    """Raise `DataFileError` when a layer is asked of a format that has a single matrix."""
    if layer is not None:
        msg = f"Expected no `layer` for {kind}, found {layer!r} for {path.name}."
        raise DataFileError(msg, "Leave `layer` out.")
