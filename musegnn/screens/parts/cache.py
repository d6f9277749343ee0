"""Cache: gene graphs and annotation, opened once and shared, read-only, by all sessions."""

from __future__ import annotations

from pathlib import Path

from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.co_expression import graph_path, read_context_graph
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.knowledge.shipped import shipped_folder
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.screens.shell.cached_build import cached_build
from musegnn.settings import Settings


def open_graph(atlas: Atlas, dataset: str) -> GeneGraph | None:
    """Open the gene graph of a context, or return None when it is not at hand.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    path = graph_path(atlas.embedding, dataset)
    return _open_graph(path, atlas, dataset) if path is not None and path.is_file() else None


@cached_build(max_entries=40, spinner="Reading the co-expression graph")
def _open_graph(path: Path, atlas: Atlas, dataset: str) -> GeneGraph | None:
    """Read a gene graph anew when its file has changed."""
    return read_context_graph(atlas.embedding, dataset)


def open_knowledge() -> KnowledgeStore | None:
    """Open the annotation of this installation, or return None when there is none.

    The store is shared by all sessions and opened again when a file in its folders changes.

    Raises
    ------
    DataFileError
        If the list of imported tables is damaged.
    """
    folder, shipped = Settings.from_environment().knowledge, shipped_folder()
    if folder is not None and not folder.is_dir():
        folder = None
    files = (path for place in (folder, shipped) if place is not None for path in place.iterdir())
    return _open_knowledge(folder, tuple(sorted(filter(Path.is_file, files))))


@cached_build(max_entries=2, spinner="Opening the annotation")
def _open_knowledge(folder: Path | None, files: tuple[Path, ...]) -> KnowledgeStore | None:
    """Open a store anew when one of its files has changed."""
    return open_store(folder)
