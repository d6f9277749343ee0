"""Seurat objects in HDF5, as SeuratDisk writes them: `.h5seurat`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import h5py
import numpy as np
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.choices import Choices, Offers
from musegnn.io.features import INDEX, offered_features, recognise_features
from musegnn.io.formats.contents import (
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.io.formats.hdf5 import open_hdf5, read_array, read_names
from musegnn.io.formats.parts import choose_part, told
from musegnn.validation import format_list

ROLE: Final = "a Seurat object (.h5seurat)"
_MATRIX: Final = frozenset({"data", "indices", "indptr"})


def read_h5seurat(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read the counts of an assay.

    Parameters
    ----------
    path
        `.h5seurat`.
    layer
        Slot to take in place of `counts`.
    choices
        The assay, genome and column of symbols, where somebody has said them.

    Raises
    ------
    DataFileError
        If it cannot be read, has no such assay, or no counts in it.
    """
    with open_hdf5(path, role=ROLE) as file:
        names = _list_assays(file)
        name = choose_part(names, choices.assay, path, what="assays")
        assay = file["assays"][name]
        cells = read_names(file, "cell.names")
        genes = read_names(assay, "features")
        slots = dict(_list_slots(assay))
        slot = layer or "counts"
        if slot not in slots:
            known = format_list(list(slots)) or "none"
            msg = f"Expected {slot} in the assay {name} of {path.name}, found {known}."
            raise DataFileError(msg, "Save the object with its counts, or choose `--layer`.")
        check_shape(len(cells), len(genes), path)
        matrix = _read_matrix(slots[slot], len(genes), len(cells))
        columns = _read_columns(file, len(cells))
    table = {INDEX: genes}
    features = recognise_features(table, path, choices=choices)
    counts, label, notes = pick_counts(
        [Candidate(f"{name}: {slot}", lambda: matrix[:, features.columns])],
        path,
        hint="Use the counts of the assay.",
    )
    coordinates, places = find_coordinates({}, columns, len(cells))
    return Contents.of_features(
        features,
        counts,
        cells,
        found_in=label,
        orientation=GENES_IN_ROWS,
        coordinates=coordinates,
        notes=(*told(names, name, "assays"), *features.notes, *notes, *places),
    )


def offered_h5seurat(path: Path) -> Offers:
    """List the assays, and the slots of the one that would be taken."""
    with open_hdf5(path, role=ROLE) as file:
        names = _list_assays(file)
        assays = tuple(names) if len(names) > 1 else ()
        try:
            assay = file["assays"][choose_part(names, None, path, what="assays")]
        except DataFileError:
            return Offers(assays=assays)
        offers = offered_features({INDEX: read_names(assay, "features")})
        slots = tuple(slot for slot, _ in _list_slots(assay))
    return replace(offers, assays=assays, layers=slots if len(slots) > 1 else ())


def _list_assays(file: h5py.File) -> list[str]:
    """Return the names of the assays."""
    return [name for name, item in file["assays"].items() if isinstance(item, h5py.Group)]


def _list_slots(assay: h5py.Group) -> list[tuple[str, h5py.Group]]:
    """Return the sparse matrices of an assay; those of Seurat 5 lie in `layers`."""
    places = [assay, *([assay["layers"]] if "layers" in assay else [])]
    return [
        (name, item)
        for place in places
        for name, item in place.items()
        if isinstance(item, h5py.Group) and set(item) >= _MATRIX
    ]


def _read_matrix(group: h5py.Group, n_genes: int, n_cells: int) -> sparse.csr_matrix:
    """Return cells x genes; raise `ValueError` when the parts do not fit together."""
    data, indices = read_array(group, "data"), read_array(group, "indices")
    indptr = read_array(group, "indptr")
    if indptr.shape != (n_cells + 1,) or indices.dtype.kind not in "iu":
        msg = "column pointers do not fit the cells"
        raise ValueError(msg)
    matrix = sparse.csr_matrix(
        (data, indices.astype(np.int64), indptr.astype(np.int64)), shape=(n_cells, n_genes)
    )
    matrix.check_format(full_check=True)
    return matrix


def _read_columns(file: h5py.File, n_cells: int) -> dict[str, np.ndarray]:
    """Return the numbers that stand with each cell."""
    table = file.get("meta.data")
    if not isinstance(table, h5py.Group):
        return {}
    return {
        name: read_array(table, name)
        for name, item in table.items()
        if isinstance(item, h5py.Dataset) and item.shape == (n_cells,) and item.dtype.kind in "iuf"
    }
