"""Known names: a gene search that also knows aliases and the genes an atlas does not have."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import FullNames, GeneSearch
from musegnn.embeddings.name_index import NameIndex

if TYPE_CHECKING:
    from musegnn.embeddings.other_names import OtherNames


def open_search(embedding: EmbeddingSet, knowledge: Path | None) -> GeneSearch:
    """Index the gene names of an atlas with all other names at hand.

    Parameters
    ----------
    embedding
        The atlas.
    knowledge
        Folder with nomenclature tables, which go first, or None when there are none: then the
        tables that come with the program are all that is known.

    Raises
    ------
    DataFileError
        If a table cannot be read.
    """
    others = partial(_open_others, embedding)
    in_full = partial(_read_full_names, knowledge)
    if knowledge is None:
        return GeneSearch(embedding, others=others, full_names=in_full)
    # who has no annotation opens nothing of what reads it
    from musegnn.knowledge.gene_names import read_gene_names  # noqa: PLC0415

    names = read_gene_names(knowledge)
    aliases: dict[str, set[str]] = {}
    for table in (*names.aliases.values(), *names.entrez.values()):
        for alias, symbol in table.items():
            aliases.setdefault(alias, set()).add(symbol)
    known: frozenset[str] = frozenset().union(*names.symbols.values())
    return GeneSearch(
        embedding, aliases=aliases, known_symbols=known, others=others, full_names=in_full
    )


def _read_full_names(knowledge: Path | None) -> FullNames:
    """Read what human genes are called in full, asked for when a name is first not found."""
    from musegnn.knowledge.gene_words import full_names  # noqa: PLC0415
    from musegnn.knowledge.store import open_store  # noqa: PLC0415

    return FullNames(*full_names(open_store(knowledge)))


def _open_others(embedding: EmbeddingSet, index: NameIndex) -> OtherNames:
    """Open the names that come with the program, for the species of an atlas."""
    # asked for when a name is first not found: pages that search nothing load none of it
    from musegnn.embeddings.other_names import OtherNames  # noqa: PLC0415

    species = embedding.datasets[keys.SPECIES_COLUMN].astype(str).unique()
    return OtherNames(index, sorted(species))
