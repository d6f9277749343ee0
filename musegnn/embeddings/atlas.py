"""Atlas: genes in context with the index over their names, as analyses and pages ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.reliability import doubtful_contexts
from musegnn.embeddings.vector_set import factorized

if TYPE_CHECKING:
    from musegnn.embeddings.gene_search import GeneSearch

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
    opened
        Index over its gene names, or what makes it when it is first asked for.
    """

    embedding: EmbeddingSet
    opened: GeneSearch | Callable[[], GeneSearch]

    @cached_property
    def search(self) -> GeneSearch:
        """Index over its gene names.

        Raises
        ------
        DataFileError
            If a table of names cannot be read.
        """
        return self.opened() if callable(self.opened) else self.opened

    @cached_property
    def n_genes(self) -> int:
        """Number of different genes, orthologs counted once."""
        return len(self.embedding.common_gene_codes[1])

    @property
    def context_names(self) -> Mapping[str, str]:
        """What each context is called for people, see `musegnn.embeddings.context_names`."""
        return self.embedding.context_names

    @property
    def short_context_names(self) -> Mapping[str, str]:
        """What each context is called in a heading, where the full name stands below."""
        return self.embedding.short_context_names

    @cached_property
    def doubtful(self) -> str:
        """The contexts that are noise or weak in a sentence or two, "" when there are none."""
        return doubtful_contexts(self.embedding)

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
    """Read an atlas; its names are indexed, with all aliases at hand, when first asked for.

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

    def index() -> GeneSearch:
        # who looks no name up, as the first page, opens nothing of this
        from musegnn.embeddings.known_names import open_search  # noqa: PLC0415

        return open_search(embedding, knowledge)

    return Atlas(embedding, index)
