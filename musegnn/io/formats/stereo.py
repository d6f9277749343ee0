"""Stereo-seq: genes at places of a chip, in cells where they were found, else in square bins."""

from __future__ import annotations

import re
from array import array
from pathlib import Path
from typing import Final

import h5py
import numpy as np
from scipy import sparse

from musegnn.border.text import COUNTS, read_rows
from musegnn.errors import DataFileError
from musegnn.io.choices import Choices, Offers
from musegnn.io.features import INDEX, recognise_features
from musegnn.io.formats.contents import (
    CELLS_IN_ROWS,
    GENES_IN_ROWS,
    Candidate,
    Contents,
    check_shape,
    pick_counts,
)
from musegnn.io.formats.hdf5 import dataset_of, open_hdf5
from musegnn.validation import format_list

_BIN: Final = re.compile(r"^bin(\d{1,4})$")
_USUAL: Final = ("bin20", "bin50", "bin100", "bin200")
_CELLS: Final = ("cellid", "cell", "cell_id", "label")
_COUNTS: Final = ("midcount", "midcounts", "umicount", "umicounts")
_OUTSIDE: Final = frozenset({"", "0", "-1", "nan", "na"})


def read_gem(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read a table with a row for each gene at each place.

    Parameters
    ----------
    path
        `.gem` or `.gem.gz` with the columns geneID, x, y, MIDCount and, where cells were found, one
        that names them.
    layer
        Size of square bins, such as "bin50", in steps of the chip (0.5 µm); None takes cells.
    choices
        The column of symbols.

    Raises
    ------
    DataFileError
        If it cannot be read, or has no cells and no size was chosen.
    """
    role = "a table of Stereo-seq"
    rows_of: dict[str, int] = {}
    genes: dict[tuple[str, str], int] = {}
    found = {name: array("q") for name in ("gene", "cell", "x", "y", "count")}
    with read_rows(path, delimiter=None, role=role, bounds=COUNTS, comment="#") as rows:
        header = [field.strip().lower() for field in next(rows, [])]
        place = {name: number for number, name in enumerate(header)}
        cell = next((place[name] for name in _CELLS if name in place), None)
        size = _size_of(layer, path, has_cells=cell is not None)
        count = next(place[name] for name in _COUNTS if name in place)
        name_at = place.get("genename", place["geneid"])
        for number, row in enumerate(rows, start=2):
            try:
                if size is None and row[cell or 0].strip().lower() in _OUTSIDE:
                    continue
                x, y = int(float(row[place["x"]])), int(float(row[place["y"]]))
                key = row[cell or 0] if size is None else f"{x // size}_{y // size}"
                gene = (row[name_at], row[place["geneid"]])
                found["count"].append(int(row[count]))
            except (ValueError, IndexError) as error:
                msg = f"Expected numbers, found others in row {number} of {path}."
                raise DataFileError(msg, "Copy or export the file again.") from error
            found["gene"].append(genes.setdefault(gene, len(genes)))
            found["cell"].append(rows_of.setdefault(key, len(rows_of)))
            found["x"].append(x)
            found["y"].append(y)
    arrays = {name: np.frombuffer(values, dtype=np.int64) for name, values in found.items()}
    n_cells = len(rows_of)
    seen = np.maximum(np.bincount(arrays["cell"], minlength=n_cells), 1)
    places = np.column_stack(
        [np.bincount(arrays["cell"], arrays[axis], n_cells) / seen for axis in ("x", "y")]
    )
    matrix = sparse.csr_matrix(
        (arrays["count"], (arrays["cell"], arrays["gene"])), shape=(n_cells, len(genes))
    )
    table = {INDEX: [name for name, _ in genes], "gene_ids": [key for _, key in genes]}
    unit = "cells" if size is None else f"bins of {size}"
    return _contents(matrix, table, list(rows_of), places, unit=unit, path=path, choices=choices)


def read_gef(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read cells, or square bins, of a `.gef` file.

    Parameters
    ----------
    path
        `.cellbin.gef` or `.gef`.
    layer
        Size of square bins that the file holds, such as "bin50"; None takes cells.
    choices
        The column of symbols.

    Raises
    ------
    DataFileError
        If it cannot be read, has no such bins, or has no cells and no size was chosen.
    """
    with open_hdf5(path, role="a Stereo-seq file (.gef)") as file:
        known = _list_bins(file)
        if layer is None and "cellBin" in file:
            return _read_cells(file["cellBin"], path, choices)
        if layer not in known:
            found = "no choice of a size" if layer is None else repr(layer)
            msg = f"Expected a size of bins of {format_list(known)} for {path.name}, found {found}."
            raise DataFileError(msg, "Choose one (`--layer bin50`).")
        group = file["geneExp"][layer]
        expression, genes = dataset_of(group, "expression")[()], dataset_of(group, "gene")[()]
    gene = np.repeat(np.arange(len(genes)), genes["count"])
    spots = np.column_stack([expression["x"], expression["y"]]).astype(np.int64)
    if len(gene) != len(spots):
        msg = "numbers of genes do not fit the counts"
        raise ValueError(msg)
    places, cell = np.unique(spots, axis=0, return_inverse=True)
    matrix = sparse.csr_matrix(
        (expression["count"].astype(np.int64), (cell.ravel(), gene)),
        shape=(len(places), len(genes)),
    )
    names = [f"{x}_{y}" for x, y in places.tolist()]
    unit = f"bins of {layer.removeprefix('bin')}"
    return _contents(
        matrix,
        _gene_table(genes),
        names,
        places.astype(float),
        unit=unit,
        path=path,
        choices=choices,
    )


def offered_gef(path: Path) -> Offers:
    """List the sizes of bins."""
    with open_hdf5(path, role="a Stereo-seq file (.gef)") as file:
        return Offers(layers=tuple(_list_bins(file)))


def _list_bins(file: h5py.File) -> list[str]:
    """Return the names of the sizes of bins that a file holds."""
    names = list(file["geneExp"]) if "geneExp" in file else []
    return sorted(filter(_BIN.match, names), key=lambda name: int(name.removeprefix("bin")))


def _read_cells(group: h5py.Group, path: Path, choices: Choices) -> Contents:
    """Read the cells of a `.cellbin.gef` file."""
    cells, genes = dataset_of(group, "cell")[()], dataset_of(group, "gene")[()]
    counted = dataset_of(group, "cellExp")[()]
    row = np.repeat(np.arange(len(cells)), cells["geneCount"])
    if len(row) != len(counted):
        msg = "numbers of genes do not fit the cells"
        raise ValueError(msg)
    matrix = sparse.csr_matrix(
        (counted["count"].astype(np.int64), (row, counted["geneID"].astype(np.int64))),
        shape=(len(cells), len(genes)),
    )
    places = np.column_stack([cells["x"], cells["y"]]).astype(np.float64)
    names = [str(number) for number in cells["id"].tolist()]
    return _contents(
        matrix, _gene_table(genes), names, places, unit="cells", path=path, choices=choices
    )


def _gene_table(genes: np.ndarray) -> dict[str, list[str]]:
    """Return names and ids of a table of genes; older files have one of them alone."""
    names = {
        name: [value.decode("utf-8", "replace") for value in genes[name].tolist()]
        for name in ("geneName", "gene", "geneID")
        if name in (genes.dtype.names or ()) and genes.dtype[name].kind == "S"
    }
    first = next(iter(names))
    ids = {"gene_ids": names["geneID"]} if first != "geneID" and "geneID" in names else {}
    return {INDEX: names[first], **ids}


def _size_of(layer: str | None, path: Path, *, has_cells: bool) -> int | None:
    """Return the size of bins that was chosen; None takes cells."""
    match = _BIN.match(layer or "")
    if match and int(match[1]) > 0:
        return int(match[1])
    if layer is None and has_cells:
        return None
    found = "no cells and no choice of a size" if layer is None else repr(layer)
    msg = (
        f"Expected a size of bins such as {format_list(list(_USUAL))} for {path.name}, "
        f"found {found}."
    )
    raise DataFileError(msg, "Choose one (`--layer bin50`).")


def _contents(
    matrix: sparse.csr_matrix,
    table: dict[str, list[str]],
    cells: list[str],
    places: np.ndarray,
    *,
    unit: str,
    path: Path,
    choices: Choices,
) -> Contents:
    """Return the counts of cells or bins with their places."""
    features = recognise_features(table, path, choices=choices)
    check_shape(len(cells), len(features.names), path)
    counts, label, notes = pick_counts(
        [Candidate(unit, lambda: matrix[:, features.columns])], path, hint="Use the counts."
    )
    return Contents.of_features(
        features,
        counts,
        cells,
        found_in=label,
        orientation=GENES_IN_ROWS if path.name.endswith(".gef") else CELLS_IN_ROWS,
        coordinates=places,
        notes=(f"coordinates: of {len(cells):,} {unit}", *features.notes, *notes),
    )
