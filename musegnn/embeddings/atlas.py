"""Atlas: genes in context with the index over their names, as analyses and pages ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.embeddings.vector_set import factorized

_NAMED: Final = {
    "contexts": keys.DATASET,
    "clusters": keys.CLUSTER,
    "tissues": keys.TISSUE,
    "species": keys.SPECIES_COLUMN,
    "modalities": keys.MODALITY,
}


@dataclass(frozen=True)
class Atlas:
    """Genes in context that can be searched by name.

    Parameters
    ----------
    embedding
        The embedding set; its arrays are read-only.
    search
        Index over its gene names.
    """

    embedding: EmbeddingSet
    search: GeneSearch

    @cached_property
    def n_genes(self) -> int:
        """Number of different genes, orthologs counted once."""
        return len(self.embedding.common_gene_codes[1])

    @cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Different names, sorted: `contexts`, `clusters`, `tissues`, `species`, `modalities`."""
        genes = self.embedding.genes
        return {
            name: tuple(sorted(map(str, factorized(genes[column])[1])))
            for name, column in _NAMED.items()
        }


def read_atlas(
    path: Path, knowledge: Path | None = None, *, tell: Callable[[str], object] | None = None
) -> Atlas:
    """Read an atlas and index its names, with all aliases at hand.

    Parameters
    ----------
    path
        An `embedding.h5ad`, or the result folder that holds one.
    knowledge
        Folder with nomenclature tables, or None for those that come with the program.
    tell
        Told before a large one is opened how many rows it has and what memory it needs.

    Raises
    ------
    DataFileError
        If a file is missing or damaged.
    """
    embedding = read_embedding_set(path, tell=tell)
    return Atlas(embedding, open_search(embedding, knowledge))
