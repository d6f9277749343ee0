"""Cache: an atlas is opened once and shared, read-only, by all sessions."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.screens.shell.cached_build import FileKey, cached_build, file_key


@dataclass(frozen=True)
class OpenAtlas:
    """An atlas with what is derived from it once.

    Parameters
    ----------
    embedding
        The embedding set; its arrays are read-only.
    search
        Index over its gene names.
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
    """Read an atlas and derive an index from it."""
    embedding = read_embedding_set(Path(key[0]))
    genes = embedding.genes
    search = open_search(embedding, Path(knowledge) if knowledge else None)
    _ = embedding.unit_vectors, embedding.id  # computed here, so that no session waits for it later
    n_genes = genes[keys.COMMON_GENE].nunique()
    opened = OpenAtlas(embedding, search, key, _names(genes), n_genes)
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
