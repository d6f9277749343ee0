"""Gene graphs that a run can be trained on, and the choice among them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.access.visitor import acting
from musegnn.border.apart import NoReaderError
from musegnn.errors import DataFileError, MuseGNNError
from musegnn.io.atomic import replacing
from musegnn.io.set_aside import list_set_aside, set_aside
from musegnn.runs.disk import graphs_folder
from musegnn.runs.graph_sources import (
    GraphSource,
    LeftOut,
    describe_graph,
    scan_graphs,
    take_graph,
)
from musegnn.runs.shares import check_disk

LARGEST_GRAPH: Final = 500 << 20  # bytes of a graph given through the page


@dataclass(frozen=True)
class GraphFilter:
    """Which graphs are wanted; an empty list lets all through.

    Parameters
    ----------
    tissues, species, modalities, names
        Allowed values.
    """

    tissues: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def keeps(self, graph: GraphSource, *, by_name: bool = True) -> bool:
        """True when a graph fits."""
        return (
            (not self.tissues or graph.tissue in self.tissues)
            and (not self.species or graph.species in self.species)
            and (not self.modalities or graph.modality in self.modalities)
            and (not by_name or not self.names or graph.name in self.names)
        )


@dataclass(frozen=True)
class GraphChoice:
    """Graphs at hand and those that are chosen.

    Parameters
    ----------
    graphs
        All, sorted by name.
    fitting
        Those that fit tissue, species and technique.
    chosen
        Those of them that are wanted by name, or all of them.
    """

    graphs: tuple[GraphSource, ...]
    fitting: tuple[GraphSource, ...]
    chosen: tuple[GraphSource, ...]

    def values(self, attribute: str) -> tuple[str, ...]:
        """Different values of `tissue`, `species` or `modality` among all graphs, sorted."""
        return tuple(sorted({getattr(graph, attribute) for graph in self.graphs} - {""}))

    def table(self) -> pd.DataFrame:
        """Return the chosen graphs: `dataset, species, tissue, technique, genes`."""
        rows = [(g.name, g.species, g.tissue, g.modality, g.n_genes) for g in self.chosen]
        return pd.DataFrame(rows, columns=["dataset", "species", "tissue", "technique", "genes"])


def choose(graphs: Sequence[GraphSource], wanted: GraphFilter) -> GraphChoice:
    """Apply a filter.

    Parameters
    ----------
    graphs
        Graphs at hand.
    wanted
        What to keep.
    """
    ordered = tuple(sorted(graphs, key=lambda graph: (graph.name, graph.path)))
    fitting = tuple(graph for graph in ordered if wanted.keeps(graph, by_name=False))
    return GraphChoice(ordered, fitting, tuple(graph for graph in fitting if wanted.keeps(graph)))


def own_folder(root: Path) -> Path:
    """Folder of the graphs that whoever acts has given: nobody else lists them."""
    return graphs_folder(root, acting().id)


def own_graphs(root: Path) -> list[GraphSource]:
    """Return the graphs that were given through the page, of each name the newest.

    A file that cannot be read is set aside, so that nobody meets it twice; `kept_aside` names it.

    Raises
    ------
    InputError
        If graphs may not come from there (`MUSEGNN_GRAPHS`).
    """
    listing = scan_graphs(own_folder(root))
    for left_out in listing.left_out:
        if not isinstance(left_out.error, NoReaderError):
            set_aside(left_out.path, left_out.error)
    newest: dict[str, tuple[int, GraphSource]] = {}
    for graph in listing.graphs:
        try:
            age = Path(graph.path).stat().st_mtime_ns
        except OSError:  # removed since
            continue
        if graph.name not in newest or newest[graph.name][0] < age:
            newest[graph.name] = (age, graph)
    return [graph for _, (_, graph) in sorted(newest.items())]


def kept_aside(root: Path) -> list[str]:
    """Say of each given graph that was set aside why, one sentence a file.

    Parameters
    ----------
    root
        Folder of all runs.
    """
    return [
        f"{name} was set aside: {reason or 'it cannot be read.'}"
        for name, reason in list_set_aside(own_folder(root))
    ]


def tell_left_out(left_out: Sequence[LeftOut], *, most: int = 5) -> list[str]:
    """Say which files of a folder are not listed and why, one sentence a file.

    Parameters
    ----------
    left_out
        The files.
    most
        Files told of one by one; the others are counted.
    """
    told = [f"{item.path.name} was left out: {item.error.message}" for item in left_out[:most]]
    more = len(left_out) - most
    return [*told, f"{more} more files were left out."] if more > 0 else told


def keep_graph(root: Path, content: bytes) -> GraphSource:
    """Store a gene graph so that runs can be trained on it; the same content is stored once.

    Parameters
    ----------
    root
        Folder of all runs.
    content
        Bytes of a file made by `musegnn graph` or on the Data page.

    Raises
    ------
    AccessError
        If whoever acts may not give files.
    DataFileError
        If it is no gene graph, too large, or the folder cannot be written.
    """
    acting().check_may("upload")
    if len(content) > LARGEST_GRAPH:
        msg = f"Expected a gene graph of at most {LARGEST_GRAPH >> 20} MiB, found a larger file."
        raise DataFileError(msg, "Lay it into a folder of the server, and choose that folder.")
    digest = hashlib.sha256(content).hexdigest()[:12]
    folder = own_folder(root)
    found = next(iter(sorted(folder.glob(f"*_{digest}.h5ad"))), None) if folder.is_dir() else None
    if found is not None:
        found.touch()  # the newest of its name again
        return describe_graph(found)
    check_disk(root)
    given = folder / f".checked_{digest}.h5ad"  # hidden: nobody lists it before it is named
    with replacing(given) as temporary:
        temporary.write_bytes(content)
        try:
            graph = take_graph(temporary)
        except MuseGNNError as error:
            message = error.message.replace(str(temporary), "the file given")
            is_busy = isinstance(error, NoReaderError)
            hint = error.hint if is_busy else "Make one with `musegnn graph` or on the Data page."
            raise DataFileError(message, hint) from None
    path = folder / f"{graph.name}_{digest}.h5ad"
    given.replace(path)
    return graph.model_copy(update={"path": str(path.absolute())})
