"""Cache: an atlas is opened once and shared, read-only, by all sessions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from musegnn import keys
from musegnn.embeddings.co_expression import graph_path, read_context_graph
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.io.gene_names import read_gene_names
from musegnn.plots.gene_map import points_payload

FileKey = tuple[str, int, int]  # path, time of change in ns, size in bytes


@dataclass(frozen=True)
class OpenAtlas:
    """An atlas with what is derived from it once.

    Parameters
    ----------
    embedding
        The embedding set; its arrays are read-only.
    search
        Index over its gene names.
    points
        Constant part of the map.
    file_key
        Path, time of change and size of its file: the key of everything derived from it.
    """

    embedding: EmbeddingSet
    search: GeneSearch
    points: dict[str, Any]
    file_key: FileKey


def file_key(path: Path) -> FileKey | None:
    """Identify the state of a file, or None when there is none."""
    if not path.is_file():
        return None
    status = path.stat()
    return str(path.resolve()), status.st_mtime_ns, status.st_size


def open_atlas(folder: Path, knowledge: Path | None = None) -> OpenAtlas | None:
    """Open the atlas of a result folder, or return None when the folder has none.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    key = file_key(folder / keys.EMBEDDING_FILE if folder.is_dir() else folder)
    return None if key is None else _open(key, str(knowledge or ""))


@st.cache_resource(max_entries=3, show_spinner="Opening the atlas")
def _open(key: FileKey, knowledge: str) -> OpenAtlas:
    """Read an atlas and derive index and map from it."""
    embedding = read_embedding_set(Path(key[0]))
    names = read_gene_names(Path(knowledge) if knowledge else None)
    aliases: dict[str, set[str]] = {}
    for table in (*names.aliases.values(), *names.entrez.values()):
        for alias, symbol in table.items():
            aliases.setdefault(alias, set()).add(symbol)
    known = frozenset().union(*names.symbols.values())
    genes = embedding.genes
    points = points_payload(
        embedding.layout,
        gene=genes[keys.GENE].to_numpy(dtype=str),
        context=genes[keys.DATASET].to_numpy(dtype=str),
        cluster=genes[keys.CLUSTER].to_numpy(dtype=str),
    )
    search = GeneSearch(embedding, aliases=aliases, known_symbols=known)
    _ = embedding.unit_vectors  # computed here, so that no session waits for it later
    return OpenAtlas(embedding, search, points, key)


def open_graph(atlas: OpenAtlas, dataset: str) -> GeneGraph | None:
    """Open the gene graph of a context, or return None when it is not at hand.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    path = graph_path(atlas.embedding, dataset)
    key = file_key(path) if path is not None else None
    return None if key is None else _open_graph(key, atlas, dataset)


@st.cache_resource(max_entries=40, show_spinner="Reading the co-expression graph")
def _open_graph(key: FileKey, _atlas: OpenAtlas, dataset: str) -> GeneGraph | None:
    """Read a gene graph; `key` is what the cache goes by."""
    return read_context_graph(_atlas.embedding, dataset)
