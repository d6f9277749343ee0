"""What a run reads: gene graphs, described without reading them whole, and other files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import h5py
from pydantic import BaseModel, ConfigDict, Field

from musegnn import keys
from musegnn.errors import DataFileError, InputError, MuseGNNError
from musegnn.io.checksum import checksum
from musegnn.io.paths import check_inside
from musegnn.validation import check_name, nearest_names

ALLOWED = "MUSEGNN_GRAPHS"  # folders that graphs may come from, as in PATH; any when not set


class Source(BaseModel):
    """One file that a run reads.

    Parameters
    ----------
    name
        Name for people, of a graph that of the dataset.
    path
        Absolute path of the file, or of a folder of files.
    sha256
        Of the content; a run refuses another. "" while nobody has asked for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=100)
    path: str = Field(min_length=1, max_length=4096)
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


AnySource = TypeVar("AnySource", bound=Source)


class FileSource(Source):
    """A file of a run that is no gene graph.

    Parameters
    ----------
    role
        Which of the files that its kind reads it is; see `musegnn.runs.kind.FileNeed`.
    """

    role: str = Field(min_length=1, max_length=40)


class GraphSource(Source):
    """One gene graph of a run.

    Parameters
    ----------
    species, tissue, modality
        The context.
    n_genes
        Genes of the graph.
    """

    species: str = Field("", max_length=100)
    tissue: str = Field("", max_length=100)
    modality: str = Field("", max_length=100)
    n_genes: int = Field(0, ge=0)


def list_graphs(folder: Path) -> list[GraphSource]:
    """Return the gene graphs of a folder, sorted by name.

    Parameters
    ----------
    folder
        A folder of graph files, or a result folder such as an atlas, whose `graphs` are taken.

    Returns
    -------
    Graphs without their hashes. Files of another kind are left out.

    Raises
    ------
    InputError
        If the folder is missing, may not be read from, or holds no graph.
    """
    folder = Path(folder)
    if (folder / keys.GRAPHS_FOLDER).is_dir():
        folder = folder / keys.GRAPHS_FOLDER
    check_allowed(folder)
    found = []
    for path in sorted(folder.glob("*.h5ad")) if folder.is_dir() else []:
        try:
            found.append(describe_graph(path))
        except MuseGNNError:  # an embedding or counts may lie beside
            continue
    if not found:
        msg = f"Expected gene graphs in {folder}, found none."
        raise InputError(msg, "Build some with `musegnn graph`, or choose the graphs of an atlas.")
    return found


def choose_graphs(
    graphs: Sequence[GraphSource],
    *,
    species: Sequence[str] = (),
    tissues: Sequence[str] = (),
    modalities: Sequence[str] = (),
    names: Sequence[str] = (),
) -> list[GraphSource]:
    """Keep the graphs that fit every filter that is given; an empty filter lets all through.

    Raises
    ------
    InputError
        If a name is not among them, or no graph is left.
    """
    known = [graph.name for graph in graphs]
    for name in names:
        if name not in known:
            nearest = nearest_names(name, known, count=3)
            msg = f"Expected a dataset of this folder, found {name!r}."
            raise InputError(msg, f"Nearest: {', '.join(nearest)}." if nearest else "")
    chosen = [
        graph
        for graph in graphs
        if (not species or graph.species in species)
        and (not tissues or graph.tissue in tissues)
        and (not modalities or graph.modality in modalities)
        and (not names or graph.name in names)
    ]
    if not chosen:
        msg = "Expected at least one dataset that fits the choice, found none."
        raise InputError(msg, "Choose more tissues, species or modalities.")
    return chosen


def describe_graph(path: Path) -> GraphSource:
    """Return what a graph file says about itself, without its arrays.

    Raises
    ------
    DataFileError
        If it is missing, damaged or no gene graph.
    """
    try:
        with h5py.File(path, "r") as file:
            header = file["uns"][keys.UNS_GRAPH]
            values = {
                key: header[key].asstr()[()] for key in ("name", "species", "tissue", "modality")
            }
            n_genes = int(file["obsp"][keys.ADJACENCY].attrs["shape"][0])
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        msg = f"Expected a gene graph, found something else in {path}."
        raise DataFileError(msg, "Make one with `musegnn graph`.") from error
    check_name(values["name"], name="name")
    return GraphSource(path=str(Path(path).absolute()), n_genes=n_genes, **values)


def seal(source: AnySource) -> AnySource:
    """Return a source with the hash of its content."""
    return source.model_copy(update={"sha256": hash_content(Path(source.path))})


def check_seal(source: Source) -> Path:
    """Return the path of a source whose content is the one that the run was asked for with.

    Raises
    ------
    DataFileError
        If it is missing or its content is another.
    InputError
        If it is a graph outside the folders that graphs may come from.
    """
    path = Path(source.path)
    is_graph = isinstance(source, GraphSource)
    if is_graph:
        check_allowed(path)
    found = hash_content(path)
    if found != source.sha256:
        msg = (
            f"Expected the {'graph' if is_graph else 'file'} {source.name} that the run was asked "
            f"for with (sha256 {source.sha256[:12]}), found another content in {path} "
            f"({found[:12]})."
        )
        raise DataFileError(msg, "Put the old file back, or start a new run.")
    return path


def check_allowed(path: Path) -> None:
    """Raise `InputError` when graphs may not come from there (`MUSEGNN_GRAPHS`)."""
    allowed = [part for part in os.environ.get(ALLOWED, "").split(os.pathsep) if part]
    if not allowed:
        return
    for root in allowed:
        try:
            check_inside(Path(path).absolute(), root)
        except InputError:
            continue
        return
    msg = f"Expected graphs from {' or '.join(allowed)}, found {path}."
    raise InputError(msg, f"Only these folders are allowed here ({ALLOWED}).")


def hash_content(path: Path) -> str:
    """SHA-256 of a file, or of the names and hashes of all files of a folder.

    Raises
    ------
    DataFileError
        If something cannot be read.
    """
    if not path.is_dir():
        return hash_file(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    listed = [[file.relative_to(path).as_posix(), hash_file(file)] for file in files]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def hash_file(path: Path) -> str:
    """SHA-256 of a file.

    Raises
    ------
    DataFileError
        If it cannot be read.
    """
    try:
        return checksum(path)
    except OSError as error:
        msg = f"Expected to be able to read {path}, found: {error.strerror or error}."
        raise DataFileError(msg, "Check that the file is there and may be read.") from error
