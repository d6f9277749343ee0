"""Positions of cells or spots on a slide."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

SPATIAL = "spatial"
# columns of x and of y: a row of an array is a position along y
COLUMNS = (
    ("x", "y"),
    ("array_col", "array_row"),
    ("imagecol", "imagerow"),
    ("col", "row"),
)


def find_coordinates(
    arrays: Mapping[str, object], columns: Mapping[str, object], n_cells: int
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Return positions x, y of the cells and a note when some were found and could not be used.

    Parameters
    ----------
    arrays
        Arrays with a row for each cell, such as `obsm`; `spatial` is taken first.
    columns
        Columns with a value for each cell, such as `obs`; the first pair of `COLUMNS` is taken.
    n_cells
        Number of cells C.

    Returns
    -------
    `(C, 2)` float64, None where there are none; sentences about arrays that were passed over.
    """
    notes: list[str] = []
    candidates = [(f"obsm['{SPATIAL}']", [arrays[SPATIAL]])] if SPATIAL in arrays else []
    candidates += [
        (f"columns {x}, {y}", [columns[x], columns[y]])
        for x, y in COLUMNS
        if x in columns and y in columns
    ]
    for label, parts in candidates:
        positions = _stack(parts, n_cells)
        if positions is not None:
            return positions, (f"coordinates: taken from {label}", *notes)
        notes.append(f"coordinates: {label} passed over, not two finite numbers for each cell")
    return None, tuple(notes)


def _stack(parts: list[object], n_cells: int) -> np.ndarray | None:
    """Return `(C, 2)` finite numbers, or None."""
    try:
        arrays = [np.asarray(part, dtype=np.float64) for part in parts]
    except (TypeError, ValueError):
        return None
    stacked = arrays[0] if len(arrays) == 1 else np.column_stack(arrays)
    if stacked.ndim != 2 or stacked.shape[0] != n_cells or stacked.shape[1] < 2:
        return None
    positions = np.ascontiguousarray(stacked[:, :2])
    return positions if np.isfinite(positions).all() else None
