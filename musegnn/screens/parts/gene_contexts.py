"""Gene contexts: where a gene occurs, and how alike its neighbourhoods are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.neighbours.neighbourhood_agreement import (
    Agreement,
    ContextOrthologGroups,
    cluster_order,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.neighbours import nearest_first
from musegnn.embeddings.reliability import reliability_columns

TOP_ELSEWHERE: Final = 5  # neighbours named for each other context


@dataclass(frozen=True)
class ContextsView:
    """The same gene in all of its contexts.

    Parameters
    ----------
    table
        One row a gene in context, the present one first, then by falling overlap: `row, gene,
        context, tissue, species, modality, cosine` (to here, -1 to 1), `degree` (edges), `cells`,
        `reliability`, `reliability_word` (of its k nearest genes there),
        `overlap` (Jaccard of the k nearest genes with here, 0 to 1), `shared_genes` (genes both
        contexts have), `nearest` (text).
    labels
        Context of each row and column of the heatmap, alike ones side by side; with the symbol
        where a context has several genes of the ortholog group.
    overlap, shared, by_chance
        Matrices of the heatmap, see
        `musegnn.analysis.neighbours.neighbourhood_agreement.Agreement`.
    company
        Genes that are neighbours in one context or many, most often first.
    here
        Position of the present gene in context in `labels`.
    caption, heatmap_caption, company_caption
        One line below each.
    """

    table: pd.DataFrame
    labels: tuple[str, ...]
    overlap: np.ndarray
    shared: np.ndarray
    by_chance: np.ndarray
    company: pd.DataFrame
    here: int
    caption: str
    heatmap_caption: str
    company_caption: str

    @property
    def pairs(self) -> pd.DataFrame:
        """Heatmap as a table, one row a pair: `first, second, overlap, shared_genes, by_chance`."""
        i, j = np.triu_indices(len(self.labels), k=1)
        labels = np.asarray(self.labels, dtype=object)
        return pd.DataFrame(
            {
                "first": labels[i],
                "second": labels[j],
                "overlap": self.overlap[i, j],
                "shared_genes": self.shared[i, j],
                "by_chance": self.by_chance[i, j],
            }
        )


def context_options(embedding: EmbeddingSet, rows: np.ndarray) -> dict[int, str]:
    """Name the contexts that have a gene: row -> what the context is, most edges first.

    The symbol stands before it where the rows have several.
    """
    genes = embedding.genes.iloc[rows]
    names = embedding.context_names
    symbols = genes[keys.GENE].astype(str).tolist()
    contexts = [names[name] for name in genes[keys.DATASET].astype(str)]
    several = len(set(symbols)) > 1
    table = pd.DataFrame(
        {
            "row": rows,
            "degree": genes[keys.DEGREE].to_numpy(),
            "label": [
                f"{symbol}: {context}" if several else context
                for symbol, context in zip(symbols, contexts, strict=True)
            ],
        }
    ).sort_values(["degree", "label"], ascending=[False, True])
    return {int(row): str(label) for row, label in zip(table["row"], table["label"], strict=True)}


def choose_row(
    embedding: EmbeddingSet, rows: np.ndarray, *, symbol: str, dataset: str, group: str = ""
) -> int | None:
    """Choose the row to show first: the wished context and symbol, as far as they exist.

    The spelling of a symbol tells its species; a name that is no symbol here, such as a full name,
    means the gene of `group` first.

    Returns
    -------
    One of `rows`, or None when there are none.
    """
    options = list(context_options(embedding, rows))
    genes = embedding.genes

    def fits(row: int) -> tuple[bool, bool, bool, bool]:
        own = str(genes[keys.GENE].iloc[row])
        is_own = own.casefold() == symbol.casefold()
        is_wished = str(genes[keys.DATASET].iloc[row]) == dataset
        return is_wished, own == symbol, is_own, own == group

    return max(options, key=fits, default=None)  # max keeps the first of equals


def build_contexts(
    row: int, rows: np.ndarray, *, k: int, embedding: EmbeddingSet, contexts: ContextOrthologGroups
) -> ContextsView:
    """Compare a gene in context with the same gene everywhere.

    Parameters
    ----------
    row
        Row of the gene in context.
    rows
        All rows of the gene, `row` among them.
    k
        Size of a neighbourhood.
    embedding
        The atlas.
    contexts
        Which genes its contexts have.
    """
    agreement = contexts.agreement(rows, k=k)
    symbol = str(embedding.genes[keys.GENE].iloc[row])
    order = cluster_order(agreement.overlap)
    names = _short_names(embedding, rows)
    labels = tuple(names[int(agreement.rows[i])] for i in order)
    grid = np.ix_(order, order)
    n_contexts = embedding.genes[keys.DATASET].iloc[rows].nunique()
    return ContextsView(
        table=_table(row, agreement, embedding, contexts, k),
        labels=labels,
        overlap=agreement.overlap[grid],
        shared=agreement.shared[grid],
        by_chance=agreement.by_chance[grid],
        company=agreement.company,
        here=labels.index(names[row]),
        caption=(
            f"{symbol} in every context that has it. Overlap: share of the {k} nearest "
            "genes that both contexts agree on, counted over genes both contexts have."
        ),
        heatmap_caption=_heatmap_caption(agreement, symbol, k),
        company_caption=(
            f"The {len(agreement.company):,} genes that are among the {k} nearest to {symbol} in "
            f"at least one of its {n_contexts} contexts, each searched in full. Expected: contexts "
            "in which a gene drawn at random from those measured would be a neighbour."
        ),
    )


def _short_names(embedding: EmbeddingSet, rows: np.ndarray) -> dict[int, str]:
    """Name of the context of each row, with the symbol where one context has several."""
    genes = embedding.genes.iloc[rows]
    contexts = genes[keys.DATASET].astype(str)
    several, labels = contexts.duplicated(keep=False), embedding.context_names
    return {
        int(row): f"{gene}: {labels[context]}" if is_several else labels[context]
        for row, gene, context, is_several in zip(
            rows, genes[keys.GENE].astype(str), contexts, several, strict=True
        )
    }


def _table(
    row: int, agreement: Agreement, embedding: EmbeddingSet, contexts: ContextOrthologGroups, k: int
) -> pd.DataFrame:
    """List the gene in each context."""
    unit = embedding.unit_vectors
    here = int(np.flatnonzero(agreement.rows == row)[0])
    # column by column: a row of a table of many kinds is slow to take
    own = {
        name: embedding.genes[column].iloc[agreement.rows]
        for name, column in (
            ("gene", keys.GENE),
            ("context", keys.DATASET),
            ("tissue", keys.TISSUE),
            ("species", keys.SPECIES_COLUMN),
            ("modality", keys.MODALITY),
        )
    }
    words = {name: column.astype(str).to_numpy(dtype=object) for name, column in own.items()}
    cells = (
        embedding.datasets["n_cells"].reindex(words["context"]).fillna(0).to_numpy(dtype=np.int64)
        if "n_cells" in embedding.datasets
        else 0
    )
    table = pd.DataFrame(
        {
            "row": agreement.rows,
            **words,
            "cosine": np.array([unit[other] @ unit[row] for other in agreement.rows], dtype=float),
            "degree": embedding.genes[keys.DEGREE].to_numpy()[agreement.rows].astype(np.int64),
            "cells": cells,
            "overlap": agreement.overlap[here],
            "shared_genes": agreement.shared[here],
            "nearest": [
                _nearest_names(embedding, int(other), contexts.context_rows(int(other)))
                for other in agreement.rows
            ],
            "is_other": agreement.rows != row,
        }
    )
    table = table.assign(**reliability_columns(embedding, agreement.rows, k))
    order = ["is_other", "overlap", "context", "gene"]
    ascending = [True, False, True, True]
    ordered = table.sort_values(order, ascending=ascending, ignore_index=True)
    return ordered.drop(columns="is_other")


def _nearest_names(embedding: EmbeddingSet, row: int, own: np.ndarray) -> str:
    """Nearest genes of a gene among the rows of its own context, between commas."""
    others = own[own != row]
    unit = embedding.unit_vectors
    near = others[nearest_first(unit[others] @ unit[row], others, k=TOP_ELSEWHERE)]
    symbols = embedding.genes[keys.GENE].to_numpy(dtype=object)
    return ", ".join(symbols[near])


def _heatmap_caption(agreement: Agreement, symbol: str, k: int) -> str:
    """Say what the cells are, their middle, and what chance would give."""
    upper = np.triu_indices(len(agreement.rows), k=1)
    values, chance = agreement.overlap[upper], agreement.by_chance[upper]
    known = ~np.isnan(values)
    if not known.any():
        return f"{symbol} is in one context only: there is nothing to compare."
    return (
        f"Each cell: Jaccard overlap (0 to 1) of the {k} nearest genes of {symbol} in two "
        f"contexts, over genes both have; {int(known.sum())} pairs, median "
        f"{np.median(values[known]):.3g}, where two random neighbourhoods have "
        f"{np.median(chance[known]):.3g}. Alike contexts stand side by side (average linkage)."
    )
