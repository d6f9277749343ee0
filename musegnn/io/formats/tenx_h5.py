"""10x Genomics `.h5`: the layouts of Cell Ranger 2 (`/<genome>/`) and 3 and later (`/matrix/`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import h5py

from musegnn.errors import DataFileError
from musegnn.io.choices import AS_FOUND, Choices, Offers
from musegnn.io.features import INDEX, offered_features, recognise_features
from musegnn.io.formats.called import cells_by_cellbender
from musegnn.io.formats.contents import (
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.hdf5 import open_hdf5, read_array, read_names
from musegnn.io.formats.stored_rows import read_rows_of
from musegnn.validation import format_list

ROLE = "a 10x matrix (.h5)"
_PARTS = {"data", "indices", "indptr", "shape", "barcodes"}
# what describes the features: where it stands -> what it is; of version 3 and later, and of 2
_NEW = {"name": INDEX, "id": "gene_ids", "feature_type": "feature_types", "genome": "genome"}
_OLD = {"gene_names": INDEX, "genes": "gene_ids"}


def read_tenx_h5(path: Path, *, layer: str | None = None, choices: Choices = AS_FOUND) -> Contents:
    """Read a 10x matrix.

    Parameters
    ----------
    path
        `.h5` as Cell Ranger writes it.
    layer
        Genome (version 2) or feature type (version 3, such as "Peaks") to take; None takes the only
        genome, and "Gene Expression" where a file holds several feature types.
    choices
        Kind, genome and column of symbols, where somebody has said them.

    Raises
    ------
    DataFileError
        If the file cannot be read, is no 10x matrix, or holds nothing by that name.
    """
    with open_hdf5(path, role=ROLE) as file:
        if "matrix" in file and set(file["matrix"]) >= _PARTS and "features" in file["matrix"]:
            group, wanted = file["matrix"], layer
            table = _read_table(file["matrix/features"], _NEW)
        else:
            group, wanted = _old_group(file, choices.genome or layer, path), None
            choices = replace(choices, genome=None)  # all of the group is of it
            table = _read_table(group, _OLD)
        cells = read_names(group, "barcodes")
        n_features = len(table[INDEX])
        _check_shape(group, n_features, len(cells))
        features = recognise_features(table, path, wanted=wanted, choices=choices)
        check_shape(len(cells), len(features.names), path)
        # columns of features x barcodes are the rows of cells x genes
        called = cells_by_cellbender(file, len(cells))
        is_whole = group["data"].dtype.kind in "iub"
        matrix = read_rows_of(group, len(cells), features.columns, n_features)
    counts, label, notes = pick_counts(
        [Candidate("the matrix", lambda: matrix, is_whole)],
        path,
        hint="Use the matrix of counts.",
    )
    counts.sum_duplicates()
    contents = Contents.of_features(
        features,
        counts,
        cells,
        found_in=label,
        orientation=GENES_IN_ROWS,
        notes=(*features.notes, *notes),
    )
    return replace(contents, called=called)


def offered_tenx_h5(path: Path) -> Offers:
    """List what can be chosen in a 10x matrix, without reading its counts."""
    with open_hdf5(path, role=ROLE) as file:
        if "matrix" in file and "features" in file["matrix"]:
            return offered_features(_read_table(file["matrix/features"], _NEW))
        genomes = [name for name, group in file.items() if isinstance(group, h5py.Group)]
    return Offers(genomes=tuple(genomes) if len(genomes) > 1 else ())


def _read_table(group: h5py.Group, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the columns of a group that describe its features."""
    return {name: read_names(group, place) for place, name in columns.items() if place in group}


def _old_group(file: h5py.File, genome: str | None, path: Path) -> h5py.Group:
    """Return the group of a genome of Cell Ranger 2."""
    genomes = [
        name
        for name, group in file.items()
        if isinstance(group, h5py.Group) and (_PARTS | {"gene_names"}) <= set(group)
    ]
    if not genomes:
        kind = "an .h5ad file" if {"obs", "var"} <= set(file) else "another kind of HDF5 file"
        msg = f"Expected {ROLE}, found {kind} in {path}."
        hint = "Name it .h5ad." if "h5ad" in kind else "Use the .h5 that Cell Ranger wrote."
        raise DataFileError(msg, hint)
    if genome is None and len(genomes) == 1:
        return file[genomes[0]]
    if genome in genomes:
        return file[genome]
    found = "several" if genome is None else repr(genome)
    msg = f"Expected one of the genomes {format_list(genomes)}, found {found} for {path.name}."
    raise DataFileError(msg, "Choose one (`--genome`): each genome gives its own graph.")


def _check_shape(group: h5py.Group, n_genes: int, n_cells: int) -> None:
    """Raise `ValueError` when the stated shape is not that of the lists."""
    shape = tuple(int(n) for n in read_array(group, "shape"))
    if shape != (n_genes, n_cells):
        msg = f"shape {shape} does not fit {n_genes} features and {n_cells} barcodes"
        raise ValueError(msg)
