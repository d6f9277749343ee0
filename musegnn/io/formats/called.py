"""Cells that a file itself tells from droplets: CellBender, dropkick and others that note it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import h5py
import numpy as np
import pandas as pd

from musegnn.io.droplets import CalledCells
from musegnn.io.formats.hdf5 import dataset_of

# columns of barcodes, in small letters; in brackets who writes them
_COLUMNS: Final = (
    "dropkick_label",  # dropkick
    "cell_probability",  # CellBender, by its functions for AnnData
    "latent_cell_probability",
    "is_cell",
    "iscell",
)
_LEAST: Final = 0.5  # probability from which a droplet counts as a cell
_CELLBENDER: Final = (  # of version 0.3, of 0.2
    ("droplet_latents/barcode_indices_for_latents", "droplet_latents/cell_probability"),
    ("matrix/barcode_indices_for_latents", "matrix/latent_cell_probability"),
)


def cells_by_columns(columns: Mapping[str, object]) -> CalledCells | None:
    """Tell cells by a column that says which barcodes are some.

    Parameters
    ----------
    columns
        Columns with a value for each barcode: true or false, a label or a probability.

    Returns
    -------
    The cells; None where no column tells, or another kind of value stands in it.
    """
    lower = {str(name).strip().lower(): name for name in reversed(list(columns))}
    for wanted in _COLUMNS:
        if wanted not in lower:
            continue
        words = pd.Series(np.asarray(columns[lower[wanted]])).astype(str).str.strip().str.lower()
        numbers = pd.to_numeric(words.replace({"true": "1", "false": "0"}), errors="coerce")
        if numbers.notna().all() and numbers.between(0, 1).all():
            return CalledCells(f"the column {lower[wanted]}", numbers.to_numpy() >= _LEAST)
    return None


def cells_by_cellbender(file: h5py.File, n_barcodes: int) -> CalledCells | None:
    """Tell cells in an output of CellBender by the probabilities that it wrote beside the counts.

    Parameters
    ----------
    file
        A 10x matrix.
    n_barcodes
        Its number of barcodes.
    """
    for rows_at, probability_at in _CELLBENDER:
        if rows_at in file and probability_at in file:
            rows = np.asarray(dataset_of(file, rows_at)[()]).ravel()
            probability = np.asarray(dataset_of(file, probability_at)[()]).ravel()
            fits = rows.dtype.kind in "iu" and rows.shape == probability.shape and rows.size > 0
            if fits and rows.min() >= 0 and rows.max() < n_barcodes:
                is_cell = np.zeros(n_barcodes, dtype=bool)
                is_cell[rows[probability >= _LEAST]] = True
                return CalledCells("CellBender", is_cell)
    return None
