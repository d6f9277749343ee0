"""Cache: an atlas is opened once and shared, read-only, by all sessions."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from musegnn import keys
from musegnn.embeddings.co_expression import graph_path, read_context_graph
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.screens.parts.point_map import points_payload
from musegnn.screens.shell.cached_build import FileKey, cached_build, file_key
from musegnn.settings import Settings


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
    names
        What values of a link are compared with: `contexts`, `clusters`, `tissues`, `species`,
        `modalities`, each sorted.
    n_genes
        Number of different genes, orthologs counted once.
    """

    embedding: EmbeddingSet
    search: GeneSearch
    points: dict[str, Any]
    file_key: FileKey
    names: dict[str, tuple[str, ...]]
    n_genes: int


def open_atlas(folder: Path, knowledge: Path | None = None) -> OpenAtlas | None:
    """Open the atlas of a result folder, or return None when the folder has none.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    key = file_key(folder / keys.EMBEDDING_FILE if folder.is_dir() else folder)
    return None if key is None else _open(key, str(knowledge or ""))


@cached_build(max_entries=3, spinner="Opening the atlas")
def _open(key: FileKey, knowledge: str) -> OpenAtlas:
    """Read an atlas and derive index and map from it."""
    embedding = read_embedding_set(Path(key[0]))
    genes = embedding.genes
    points = points_payload(
        embedding.layout,
        gene=genes[keys.GENE].to_numpy(dtype=str),
        context=genes[keys.DATASET].to_numpy(dtype=str),
        cluster=genes[keys.CLUSTER].to_numpy(dtype=str),
    )
    search = open_search(embedding, Path(knowledge) if knowledge else None)
    _ = embedding.unit_vectors  # computed here, so that no session waits for it later
    n_genes = genes[keys.COMMON_GENE].nunique()
    opened = OpenAtlas(embedding, search, points, key, _names(genes), n_genes)
    set_aside()
    return opened


def set_aside() -> None:
    """Spare what was just read the search for garbage, which Streamlit does after every run.

    An atlas is millions of small objects that stay; to walk through them took four fifths of the
    time of a run. They are still freed with the last reference to them. Call it at the end of what
    reads much and is cached.
    """
    gc.collect()
    gc.freeze()


@cached_build(max_entries=100)
def settle(page: str, key: FileKey | None) -> bool:
    """Set aside, once for a page and an atlas, what the first visit of the page has read."""
    set_aside()
    return True


def _names(genes: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """List the different names of contexts, clusters and so on."""
    columns = {
        "contexts": keys.DATASET,
        "clusters": keys.CLUSTER,
        "tissues": keys.TISSUE,
        "species": keys.SPECIES_COLUMN,
        "modalities": keys.MODALITY,
    }
    return {
        name: tuple(sorted(genes[column].astype(str).unique())) for name, column in columns.items()
    }


def open_graph(atlas: OpenAtlas, dataset: str) -> GeneGraph | None:
    """Open the gene graph of a context, or return None when it is not at hand.

    Raises
    ------
    DataFileError
        If the file is there but damaged.
    """
    path = graph_path(atlas.embedding, dataset)
    return _open_graph(path, atlas, dataset) if path is not None and path.is_file() else None


@cached_build(max_entries=40, spinner="Reading the co-expression graph")
def _open_graph(path: Path, atlas: OpenAtlas, dataset: str) -> GeneGraph | None:
    """Read a gene graph anew when its file has changed."""
    return read_context_graph(atlas.embedding, dataset)


def open_knowledge() -> KnowledgeStore | None:
    """Open the annotation of this installation, or return None when there is none.

    The store is shared by all sessions and opened again when a file in its folder changes.

    Raises
    ------
    DataFileError
        If the list of imported tables is damaged.
    """
    folder = Settings.from_environment().knowledge
    if folder is None or not folder.is_dir():
        return None
    return _open_knowledge(folder, tuple(sorted(filter(Path.is_file, folder.iterdir()))))


@cached_build(max_entries=2, spinner="Opening the annotation")
def _open_knowledge(folder: Path, files: tuple[Path, ...]) -> KnowledgeStore | None:
    """Open a store anew when one of its files has changed."""
    return open_store(folder)
