"""Causal question: which genes of which context, and what is known to answer with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.causal.causal_network import Sources, common_names
from musegnn.analysis.causal.context_signs import ContextSigns, read_context_signs
from musegnn.analysis.causal.regulation import COLUMNS, Regulation, read_regulation
from musegnn.analysis.gene_set_choice import GeneSetChoice, check_context
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.knowledge.store import KnowledgeStore

UP_WORDS: Final = frozenset({"+", "up", "1", "+1", "activated", "increased"})
DOWN_WORDS: Final = frozenset({"-", "down", "-1", "inhibited", "decreased"})


@dataclass(frozen=True)
class ContextGenes:
    """A set of genes in one context, in the symbols of its species.

    Parameters
    ----------
    dataset, species
        The context.
    genes
        Symbols, sorted.
    tested
        The same without the gene whose neighbourhood was taken: what a test may ask about.
    background
        All symbols of the context, sorted.
    n_elsewhere
        Chosen ortholog groups that the context does not have.
    """

    dataset: str
    species: str
    genes: tuple[str, ...]
    tested: tuple[str, ...]
    background: tuple[str, ...]
    n_elsewhere: int


def genes_in_context(
    choice: GeneSetChoice, dataset: str, *, embedding: EmbeddingSet, ortholog_groups: np.ndarray
) -> ContextGenes:
    """Return the chosen genes as one context spells them.

    Parameters
    ----------
    choice
        The chosen genes.
    dataset
        The context.
    embedding
        The atlas.
    ortholog_groups
        Ortholog group of each row of the atlas, see `musegnn.embeddings.gene_search.GeneSearch`.

    Raises
    ------
    InputError
        If the context does not exist or has none of the genes.
    """
    check_context(embedding, dataset)
    rows = embedding.rows_of_dataset(dataset)
    own = ortholog_groups[rows].astype(str)
    symbols = embedding.genes[keys.GENE].iloc[rows].astype(str).to_numpy()
    is_chosen = np.isin(rows, choice.rows) if choice.dataset == dataset else None
    if is_chosen is None:
        is_chosen = np.isin(own, list(choice.symbols))
    if not is_chosen.any():
        msg = f"Expected genes of {dataset}, found none of the {len(choice)} chosen ones there."
        raise InputError(msg, "Choose another context or other genes.")
    tested = is_chosen & (own != choice.centre)
    return ContextGenes(
        dataset=dataset,
        species=str(embedding.datasets.loc[dataset, "species"]),
        genes=tuple(sorted(set(symbols[is_chosen]))),
        tested=tuple(sorted(set(symbols[tested]))),
        background=tuple(sorted(set(symbols))),
        n_elsewhere=len(set(choice.symbols) - set(own[is_chosen])),
    )


def best_context(
    choice: GeneSetChoice, embedding: EmbeddingSet, ortholog_groups: np.ndarray
) -> str:
    """Return the context with most of the chosen ortholog groups; the first by name of equals."""
    if choice.dataset:
        return choice.dataset
    inside = np.isin(ortholog_groups.astype(str), list(choice.symbols))
    counts = embedding.genes.loc[inside, keys.DATASET].astype(str).value_counts()
    names = sorted(map(str, embedding.datasets.index))
    return max(names, key=lambda name: int(counts.get(name, 0)))


def load_regulation(store: KnowledgeStore | None, species: str, least: str) -> Regulation:
    """Read the curated pairs of a species; none without a store or a table of that species."""
    if store is None or not store.names("regulation", species):
        return read_regulation(pd.DataFrame(columns=list(COLUMNS)), least=least)
    return read_regulation(store.regulation(species), least=least)


def load_factors(store: KnowledgeStore | None, species: str) -> frozenset[str]:
    """Read the transcription factors of a species; none without a store."""
    return frozenset() if store is None else store.transcription_factors(species)


def load_signs(embedding: EmbeddingSet, graphs: Iterable[GeneGraph] | None = None) -> ContextSigns:
    """Read the signs of co-expression of all contexts whose graphs are at hand."""
    if graphs is None:
        found = (read_context_graph(embedding, str(name)) for name in embedding.datasets.index)
        graphs = (graph for graph in found if graph is not None)
    return read_context_signs(graphs)


def load_sources(
    embedding: EmbeddingSet, store: KnowledgeStore | None, dataset: str, *, least: str
) -> Sources:
    """Read everything a question about a context is answered with.

    Raises
    ------
    InputError
        If the context or the confidence is unknown.
    DataFileError
        If a file is damaged.
    """
    check_context(embedding, dataset)
    species = str(embedding.datasets.loc[dataset, "species"])
    return Sources(
        embedding=embedding,
        regulation=load_regulation(store, species, least),
        factors=load_factors(store, species),
        graph=read_context_graph(embedding, dataset),
        signs=load_signs(embedding),
        common=common_names(embedding, species),
    )


def possible_causes(sources: Sources) -> frozenset[str]:
    """Return the genes that may act on others: transcription factors and curated regulators."""
    return sources.factors | frozenset(sources.regulation.regulators)


def read_directions(text: str) -> dict[str, float]:
    """Read lines of a gene and its direction.

    Parameters
    ----------
    text
        One gene a line, then a blank, comma or tab and `+`, `-`, `up`, `down` or a number such as a
        log fold change, whose sign counts. Lines with anything else carry no direction.

    Returns
    -------
    Gene as typed -> +1 or -1, in the order typed.
    """
    directions: dict[str, float] = {}
    for line in text.splitlines():
        parts = line.replace(",", " ").replace(";", " ").split()
        if len(parts) < 2:
            continue
        sign = _direction(parts[1])
        if sign:
            directions.setdefault(parts[0], sign)
    return directions


def names_without_directions(text: str) -> str:
    """Return the same lines with the directions taken off, for reading the names."""
    lines = []
    for line in text.splitlines():
        parts = line.replace(",", " ").replace(";", " ").split()
        has_direction = len(parts) == 2 and _direction(parts[1])
        lines.append(parts[0] if has_direction else line)
    return "\n".join(lines)


def _direction(word: str) -> float:
    """Sign that a word stands for; 0 for none."""
    folded = word.casefold()
    if folded in UP_WORDS or folded in DOWN_WORDS:
        return 1.0 if folded in UP_WORDS else -1.0
    try:
        value = float(folded)
    except ValueError:
        return 0.0
    return float(np.sign(value)) if np.isfinite(value) else 0.0


def spell_directions(
    directions: dict[str, float], context: ContextGenes
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Spell the genes of directions as the context does, whatever their upper and lower case.

    Returns
    -------
    Directions of genes of the context, and the names that it does not have.
    """
    known = {name.casefold(): name for name in context.background}
    spelt = {
        known[name.casefold()]: value
        for name, value in directions.items()
        if name.casefold() in known
    }
    return spelt, tuple(name for name in directions if name.casefold() not in known)


def question_id(context: ContextGenes, *more: object) -> str:
    """Return a short digest of what a computation depends on."""
    text = json.dumps([context.dataset, context.genes, *map(str, more)])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
