"""Loom files: HDF5 with `/matrix` genes x cells, `/row_attrs`, `/col_attrs` and `/layers`."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.features import INDEX, offered_features, recognise_features
from musegnn.io.formats.contents import (
    COUNTS,
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.io.formats.hdf5 import dataset_of, open_hdf5, read_array, read_names
from musegnn.io.formats.positions import covered_spots, leave_out_uncovered
from musegnn.io.gene_style import FEW_GENES, gene_share
from musegnn.validation import format_list

ROLE = "a loom file"
NAMES = ("Gene", "gene", "GeneName", "gene_names", "gene_name", "Symbol", "var_names", "Accession")
IDS = ("Accession", "gene_ids", "gene_id", "ensembl", "ensembl_id", "EnsemblID", "ID")
CELLS = ("CellID", "cell_id", "obs_names", "cell_names", "Barcode", "barcode", "cell")
_CELLS = re.compile("cell|barcode|obs", re.IGNORECASE)
_BLOCK_VALUES = 4_000_000  # values held dense at a time


def read_loom(path: Path, *, layer: str | None = None, choices: Choices = AS_FOUND) -> Contents:
    """Read a loom file.

    Counts are looked for in the main matrix, then in the layer `counts`, then in others whose name
    speaks of counts.

    Parameters
    ----------
    path
        `.loom`; cells may lack names, genes may not.
    layer
        Layer to take instead; "matrix" is the main matrix.
    choices
        Kind, genome and column of symbols, where somebody has said them.

    Raises
    ------
    DataFileError
        If the file cannot be read, is no loom file, or has no such layer.
    """
    with open_hdf5(path, role=ROLE) as file:
        if not {"matrix", "row_attrs", "col_attrs"} <= set(file):
            msg = f"Expected {ROLE} with matrix, row_attrs and col_attrs, found others in {path}."
            raise DataFileError(msg, "Check that the suffix fits the content.")
        n_genes, n_cells = dataset_of(file, "matrix").shape
        check_shape(n_cells, n_genes, path)
        genes = _read_attribute(file["row_attrs"], NAMES, n_genes)
        ids = _read_attribute(file["row_attrs"], IDS, n_genes)
        texts = _read_texts(file["row_attrs"], n_genes)
        if genes is None:  # an attribute of another name is told by what it holds
            genes = max(texts.values(), key=gene_share, default=[])
            if gene_share(genes) < FEW_GENES:
                found = format_list(sorted(file["row_attrs"])) or "none"
                msg = (
                    "Expected a row attribute such as Gene with names, "
                    f"found {found} in {path.name}."
                )
                raise DataFileError(msg, "Add the gene names to the file.")
        cells = _read_attribute(file["col_attrs"], CELLS, n_cells) or _find_cells(
            _read_texts(file["col_attrs"], n_cells)
        )
        counts, label, rounding = pick_counts(
            _list_candidates(file, layer, path),
            path,
            hint="Save the raw counts in the main matrix or in a layer named `counts`.",
        )
        columns = {
            name: read_array(file["col_attrs"], name)
            for name, item in file["col_attrs"].items()
            if isinstance(item, h5py.Dataset) and item.shape == (n_cells,)
        }
    coordinates, notes = find_coordinates({}, columns, n_cells, cells=cells or [])
    table = {**texts, **({"gene_ids": ids} if ids else {}), INDEX: genes}
    features = recognise_features(table, path, choices=choices)
    contents = Contents.of_features(
        features,
        counts[:, features.columns],
        cells or [str(i) for i in range(n_cells)],
        found_in=label,
        orientation=GENES_IN_ROWS,
        coordinates=coordinates,
        notes=(*features.notes, *rounding, *notes),
    )
    covered = covered_spots(columns)
    return contents if covered is None else leave_out_uncovered(contents, covered)


def offered_loom(path: Path) -> Offers:
    """List what can be chosen in a loom file, without reading its counts."""
    with open_hdf5(path, role=ROLE) as file:
        layers = sorted(file["layers"]) if "layers" in file else []
        n_genes = dataset_of(file, "matrix").shape[0]
        texts = _read_texts(file["row_attrs"], n_genes) if "row_attrs" in file else {}
        found = offered_features(texts)
    return replace(found, layers=("matrix", *layers))


def _read_texts(group: h5py.Group, length: int) -> dict[str, list[str]]:
    """Return the attributes of text that have a value for each row."""
    return {
        name: read_names(group, name)
        for name, item in group.items()
        if isinstance(item, h5py.Dataset) and item.shape == (length,) and item.dtype.kind in "SO"
    }


def _read_attribute(group: h5py.Group, names: tuple[str, ...], length: int) -> list[str] | None:
    """Return the first attribute of a list that is there; `ValueError` for another length."""
    for name in names:
        if name in group:
            values = read_names(group, name)
            if len(values) != length:
                msg = f"{name} has {len(values)} values for {length}"
                raise ValueError(msg)
            return values
    return None


def _find_cells(texts: dict[str, list[str]]) -> list[str] | None:
    """Return the names of the cells from an attribute whose name speaks of them."""
    return next(
        (
            values
            for name, values in texts.items()
            if _CELLS.search(name) and len(set(values)) == len(values)
        ),
        None,
    )


def _list_candidates(file: h5py.File, layer: str | None, path: Path) -> list[Candidate]:
    """Return the matrices that may hold the counts."""
    layers = sorted(file["layers"]) if "layers" in file else []
    main = Candidate("matrix", partial(_read_sparse, file, "matrix"))
    named = {
        name: Candidate(f"layers['{name}']", partial(_read_sparse, file, f"layers/{name}"))
        for name in layers
    }
    if layer is None:
        others = sorted(
            (name for name in named if COUNTS.search(name)), key=lambda n: n != "counts"
        )
        return [main, *(named[name] for name in others)]
    if layer == "matrix":
        return [main]
    if layer not in named:
        known = format_list(["matrix", *layers])
        msg = f"Expected one of the layers {known}, found {layer!r} asked of {path.name}."
        raise DataFileError(msg, "Choose one of them, or leave `layer` out.")
    return [named[layer]]


def _read_sparse(file: h5py.File, name: str) -> sparse.csr_matrix | np.ndarray:
    """Read a dense dataset genes x cells, block by block, as sparse cells x genes."""
    dataset = dataset_of(file, name)
    if dataset.shape != file["matrix"].shape:
        msg = f"{name} has another shape than the matrix"
        raise ValueError(msg)
    if dataset.dtype.kind not in "iufb":
        return np.empty(0, dtype=dataset.dtype)  # refused for its type by `pick_counts`
    n_genes, n_cells = dataset.shape
    step = max(1, _BLOCK_VALUES // n_cells)
    step = max(step // 64 * 64, min(step, 64))  # whole chunks of 64 rows, as loompy writes them
    blocks = [sparse.csr_matrix(dataset[i : i + step]) for i in range(0, n_genes, step)]
    return sparse.vstack(blocks).T.tocsr()
