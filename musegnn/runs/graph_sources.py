"""What a run reads: gene graphs, described without reading them whole, and other files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from musegnn import keys
from musegnn.border.regular import hash_regular
from musegnn.errors import DataFileError, InputError, MuseGNNError
from musegnn.io.paths import check_inside
from musegnn.runs.kind import Line
from musegnn.settings import REPOSITORY, Settings
from musegnn.validation import check_name, nearest_names

ALLOWED = "MUSEGNN_GRAPHS"  # folders that graphs may come from, as in PATH; any when not set


Shown = Annotated[Line, Field(max_length=100)]


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

    name: Shown = Field(min_length=1)
    path: str = Field(min_length=1, max_length=4096, pattern=r"^[^\x00-\x1f\x7f]+$")
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")


AnySource = TypeVar("AnySource", bound=Source)


class FileSource(Source):
    """A file of a run that is no gene graph.

    Parameters
    ----------
    role
        Which of the files that its kind reads it is; see `musegnn.runs.kind.FileNeed`.
    """

    role: str = Field(min_length=1, max_length=40, pattern=r"^[\w -]+$")


class GraphSource(Source):
    """One gene graph of a run.

    Parameters
    ----------
    species, tissue, modality
        The context.
    n_genes
        Genes of the graph.
    """

    species: Shown = ""
    tissue: Shown = ""
    modality: Shown = ""
    n_genes: int = Field(0, ge=0, le=100_000_000)


@dataclass(frozen=True)
class LeftOut:
    """A file of a folder that is no gene graph, or one that cannot be read.

    Parameters
    ----------
    path
        The file.
    error
        What is wrong with it.
    """

    path: Path
    error: MuseGNNError


@dataclass(frozen=True)
class GraphListing:
    """What a folder holds.

    Parameters
    ----------
    graphs
        Gene graphs without their hashes, sorted by the names of their files.
    left_out
        The other files, in the same order.
    """

    graphs: tuple[GraphSource, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def list_graphs(folder: Path) -> list[GraphSource]:
    """Return the gene graphs of a folder, sorted by name.

    Parameters
    ----------
    folder
        A folder of graph files, or a result folder such as an atlas, whose `graphs` are taken.

    Returns
    -------
    Graphs without their hashes. Files of another kind, and damaged ones, are left out; see
    `scan_graphs`.

    Raises
    ------
    InputError
        If the folder is missing, may not be read from, or holds no graph.
    """
    listing = scan_graphs(folder)
    if not listing.graphs:
        msg = f"Expected gene graphs in {folder}, found none."
        hint = "Build some with `musegnn graph`, or choose the graphs of an atlas."
        if listing.left_out:
            first = listing.left_out[0]
            hint = f"{first.path.name} was left out: {first.error.message} {hint}"
        raise InputError(msg, hint)
    return list(listing.graphs)


def scan_graphs(folder: Path) -> GraphListing:
    """Return the gene graphs of a folder, and which files were left out for which reason.

    Parameters
    ----------
    folder
        As in `list_graphs`; one that is missing holds nothing.

    Raises
    ------
    InputError
        If the folder may not be read from.
    """
    from musegnn.graphs.graph_header import (  # noqa: PLC0415 - who has no graphs needs no reader
        list_files,
        read_graph_headers,
    )

    folder = Path(folder)
    if (folder / keys.GRAPHS_FOLDER).is_dir():
        folder = folder / keys.GRAPHS_FOLDER
    check_allowed(folder)
    files = list_files(folder)
    try:
        headers = read_graph_headers(folder) if files else {}
    except MuseGNNError:  # one of them is worse than damaged: look at each by itself
        headers = {}
    graphs, left_out = [], []
    for path in files:
        try:
            header = headers.get(path.name)
            graphs.append(describe_graph(path) if header is None else _source(path, header))
        except MuseGNNError as error:
            left_out.append(LeftOut(path, error))
    return GraphListing(tuple(graphs), tuple(left_out))


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
    from musegnn.graphs.graph_header import read_graph_header  # noqa: PLC0415 - as above

    return _source(Path(path), read_graph_header(Path(path)))


def take_graph(path: Path) -> GraphSource:
    """Return what a graph file says about itself once it was read whole.

    Raises
    ------
    DataFileError
        If it is missing, damaged or no gene graph.
    """
    from musegnn.graphs.graph_header import check_graph  # noqa: PLC0415 - as above

    return _source(Path(path), check_graph(Path(path)))


def _source(path: Path, header: Mapping[str, Any]) -> GraphSource:
    """Make a source of a header.

    Raises
    ------
    DataFileError
        If the header says what no graph is called.
    """
    if "error" in header:
        message, hint = header["error"]
        raise DataFileError(str(message), str(hint))
    try:
        check_name(str(header["name"]), name="name")
        return GraphSource(path=str(path.absolute()), **header)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where, told = ".".join(map(str, wrong["loc"])), str(wrong["msg"])
        msg = f"Expected a gene graph, found one whose {where} cannot be used ({told}): {path}."
        raise DataFileError(msg, "Build it again with `musegnn graph`.") from error
    except InputError as error:
        msg = f"Expected a gene graph, found one whose name cannot be used in {path}."
        raise DataFileError(msg, error.message) from error


def seal(source: AnySource) -> AnySource:
    """Return a source with the hash of its content."""
    return source.model_copy(update={"sha256": hash_content(Path(source.path))})


def check_seal(source: Source, *, is_imported: bool = False) -> Path:
    """Return the path of a source whose content is the one that the run was asked for with.

    Parameters
    ----------
    source
        What the run reads, with its hash.
    is_imported
        True for a run that came as a file: what it names was chosen elsewhere, by anybody.

    Raises
    ------
    DataFileError
        If it is missing, no regular file, or its content is another. Nothing is told of a content
        that nobody asked for.
    InputError
        If it is a graph outside the folders that graphs may come from, or an imported run names a
        file outside the folders of this installation.
    """
    path = Path(source.path)
    is_graph = isinstance(source, GraphSource)
    if is_graph:
        check_allowed(path)
    if is_imported:
        _check_known(path)
    if hash_content(path) != source.sha256:
        msg = (
            f"Expected the {'graph' if is_graph else 'file'} {source.name} that the run was asked "
            f"for with, found another content in {path}."
        )
        raise DataFileError(msg, "Put the old file back, or start a new run.")
    return path


def _check_known(path: Path) -> None:
    """Raise `InputError` for a path outside the folders that an imported run may read from."""
    named = [Path(part) for part in os.environ.get(ALLOWED, "").split(os.pathsep) if part]
    settings = Settings.from_environment()
    for root in (*named, REPOSITORY / "data", settings.runs, settings.atlas):
        try:
            check_inside(path.absolute(), root)
        except InputError:
            continue
        return
    msg = f"Expected files of an imported run in a folder that is known here, found {path}."
    hint = f"Name the folder of its graphs in {ALLOWED}, or start a new run with your own graphs."
    raise InputError(msg, hint)


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
        If it cannot be read, or is no regular file.
    """
    return hash_regular(path, role="a file that a run reads", links=True)
