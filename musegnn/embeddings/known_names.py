"""Known names: a gene search that also knows aliases and the genes an atlas does not have."""

from __future__ import annotations

from pathlib import Path

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneSearch


def open_search(embedding: EmbeddingSet, knowledge: Path | None) -> GeneSearch:
    """Index the gene names of an atlas with all aliases at hand.

    Parameters
    ----------
    embedding
        The atlas.
    knowledge
        Folder with nomenclature tables, or None when there are none: names are then taken as they
        are.

    Raises
    ------
    DataFileError
        If a table cannot be read.
    """
    if knowledge is None:
        return GeneSearch(embedding)
    # who has no annotation opens nothing of what reads it
    from musegnn.knowledge.gene_names import read_gene_names  # noqa: PLC0415

    names = read_gene_names(knowledge)
    aliases: dict[str, set[str]] = {}
    for table in (*names.aliases.values(), *names.entrez.values()):
        for alias, symbol in table.items():
            aliases.setdefault(alias, set()).add(symbol)
    known: frozenset[str] = frozenset().union(*names.symbols.values())
    return GeneSearch(embedding, aliases=aliases, known_symbols=known)
