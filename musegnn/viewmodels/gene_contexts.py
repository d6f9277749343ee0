"""Gene contexts: where a gene occurs, and how alike its neighbourhoods are."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.neighbourhood_overlap import neighbourhood_overlap
from musegnn.embeddings.neighbours import nearest_neighbours

TOP_ELSEWHERE: Final = 5  # neighbours named for each other context


def context_options(embedding: EmbeddingSet, rows: np.ndarray) -> dict[int, str]:
    """Name the contexts that have a gene: row -> "symbol in context", most edges first."""
    genes = embedding.genes.iloc[rows]
    table = pd.DataFrame(
        {
            "row": rows,
            "degree": genes[keys.DEGREE].to_numpy(),
            "label": genes[keys.GENE].astype(str).to_numpy()
            + " in "
            + genes[keys.DATASET].astype(str).to_numpy(),
        }
    ).sort_values(["degree", "label"], ascending=[False, True])
    return {int(row): str(label) for row, label in zip(table["row"], table["label"], strict=True)}


def choose_row(
    embedding: EmbeddingSet, rows: np.ndarray, *, symbol: str, dataset: str
) -> int | None:
    """Choose the row to show first: the wished context and symbol, as far as they exist.

    Returns
    -------
    One of `rows`, or None when there are none.
    """
    options = list(context_options(embedding, rows))
    genes = embedding.genes

    def fits(row: int) -> tuple[bool, bool]:
        own_symbol = str(genes[keys.GENE].iloc[row]).casefold() == symbol.casefold()
        return str(genes[keys.DATASET].iloc[row]) == dataset, own_symbol

    return max(options, key=fits, default=None)  # max keeps the first of equals


def build_contexts(
    row: int, *, k: int, embedding: EmbeddingSet, search: GeneSearch
) -> pd.DataFrame:
    """Compare a gene in context with the same gene everywhere.

    Parameters
    ----------
    row
        Row of the gene in context.
    k
        Size of a neighbourhood.
    embedding
        The atlas.
    search
        Index over its gene names; tells which rows are the same gene.

    Returns
    -------
    One row a context, the present one first, then by falling overlap: `row, gene, context,
    tissue, species, cosine` (-1 to 1), `degree` (edges), `cells`, `overlap` (Jaccard of the k
    nearest genes, 0 to 1), `shared_genes` (genes both contexts have), `nearest` (text).
    """
    unit = embedding.unit_vectors
    records = []
    for other in search.rows(str(search.families[row])):
        gene = embedding.genes.iloc[other]
        dataset = str(gene[keys.DATASET])
        overlap, n_shared = neighbourhood_overlap(
            embedding, row, int(other), families=search.families, k=k
        )
        near = nearest_neighbours(embedding, int(other), k=TOP_ELSEWHERE)["row"].to_numpy()
        entry = embedding.datasets.loc[dataset]
        records.append(
            {
                "row": int(other),
                "gene": str(gene[keys.GENE]),
                "context": dataset,
                "tissue": str(gene[keys.TISSUE]),
                "species": str(gene[keys.SPECIES_COLUMN]),
                "cosine": float(unit[other] @ unit[row]),
                "degree": int(gene[keys.DEGREE]),
                "cells": int(entry.get("n_cells", 0)),
                "overlap": overlap,
                "shared_genes": n_shared,
                "nearest": ", ".join(embedding.genes[keys.GENE].iloc[near].astype(str)),
                "is_other": int(other) != row,
            }
        )
    table = pd.DataFrame(records)
    order = ["is_other", "overlap", "context", "gene"]
    ascending = [True, False, True, True]
    ordered = table.sort_values(order, ascending=ascending, ignore_index=True)
    return ordered.drop(columns="is_other")
