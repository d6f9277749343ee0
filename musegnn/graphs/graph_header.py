"""Header of a gene graph file: what it says about itself, read without its arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py

from musegnn import keys
from musegnn.border.apart import apart
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.io.formats.hdf5 import open_hdf5

ROLE = "a gene graph"
_TEXTS = ("name", "species", "tissue", "modality")
_LONGEST = 1000  # letters; what is longer than names are is told by who makes a source of it


@apart(ROLE)
def read_graph_header(path: Path) -> dict[str, Any]:
    """Read what a graph file says about itself.

    Returns
    -------
    `name`, `species`, `tissue`, `modality`, and the number of genes as `n_genes`.

    Raises
    ------
    DataFileError
        If it is missing, damaged or no gene graph.
    """
    with open_hdf5(path, role=ROLE) as file:
        header = file.get(f"uns/{keys.UNS_GRAPH}")
        adjacency = file.get(f"obsp/{keys.ADJACENCY}")
        if not isinstance(header, h5py.Group) or adjacency is None:
            msg = f"Expected {ROLE}, found another kind of file in {path}."
            raise DataFileError(msg, "Make one with `musegnn graph`.")
        found: dict[str, Any] = {key: _text(header[key]) for key in _TEXTS}
        rows, columns = (int(size) for size in adjacency.attrs["shape"])
        names = file["obs"][str(file["obs"].attrs["_index"])]
        if names.shape != (rows,) or rows != columns:
            msg = f"Expected {ROLE}, found one of {rows} x {columns} pairs and other genes: {path}."
            raise DataFileError(msg, "Build it again from the counts.")
        return found | {"n_genes": rows}


@apart("gene graphs")
def read_graph_headers(path: Path) -> dict[str, dict[str, Any]]:
    """Read the headers of all graphs of a folder in one go; see `read_graph_header`.

    Returns
    -------
    Name of a file -> its header, or message and hint as `error` for one that cannot be read.
    """
    found: dict[str, dict[str, Any]] = {}
    for file in list_files(path):
        try:
            found[file.name] = read_graph_header(file)
        except MuseGNNError as error:
            found[file.name] = {"error": [error.message, error.hint]}
    return found


@apart(ROLE)
def check_graph(path: Path) -> dict[str, Any]:
    """Read a graph whole and return its header: what passes here can be trained on.

    Raises
    ------
    DataFileError
        If it is missing, damaged or no gene graph.
    """
    from musegnn.graphs.gene_graph import read_gene_graph  # noqa: PLC0415 - only where it is read

    read_gene_graph(path)
    return read_graph_header(path)


def list_files(folder: Path) -> list[Path]:
    """Return the files of a folder that may be gene graphs, sorted; half-written ones are not."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.glob("*.h5ad") if not path.name.startswith("."))


def _text(item: object) -> str:
    """Return a single text of a header; raise `TypeError` for anything else."""
    if not isinstance(item, h5py.Dataset) or item.shape != ():
        msg = "no single text"
        raise TypeError(msg)
    text = str(item.asstr()[()])
    if len(text) > _LONGEST:
        msg = f"a text of {len(text)} letters"
        raise ValueError(msg)
    return text


def is_gene_graph(path: Path) -> bool:
    """Tell a gene graph from any other file, which may have any format or be missing."""
    try:
        read_graph_header(path)
    except MuseGNNError:
        return False
    return True
