"""Co-expression evidence: what the gene graph of a context says about pairs of genes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.validation import nearest_names

GraphState = Literal["available", "no folder", "no file"]

EDGE: Final = "co-expressed"
SIGNIFICANT: Final = "significant, no edge"
NOT_SIGNIFICANT: Final = "not significant"
NOT_MEASURED: Final = "not measured here"
SAME_GENE: Final = "same gene"


def graph_path(embedding: EmbeddingSet, dataset: str) -> Path | None:
    """Return where the graph of a context should be, or None for a set that has no file."""
    if embedding.path is None:
        return None
    return embedding.path.parent / keys.GRAPHS_FOLDER / f"{dataset}.h5ad"


def graph_state(embedding: EmbeddingSet, dataset: str) -> GraphState:
    """Tell whether the graph of a context is at hand, and if not, what is missing."""
    path = graph_path(embedding, dataset)
    if path is None or not path.parent.is_dir():
        return "no folder"
    return "available" if path.is_file() else "no file"


def read_context_graph(embedding: EmbeddingSet, dataset: str) -> GeneGraph | None:
    """Read the gene graph of a context.

    Returns
    -------
    The graph, or None when `graph_state` is not `available`.

    Raises
    ------
    InputError
        If the embedding set has no such context.
    DataFileError
        If the file is there but damaged.
    """
    if dataset not in embedding.datasets.index:
        msg = f"Expected a context of {embedding.name}, found {dataset!r}."
        near = nearest_names(dataset, map(str, embedding.datasets.index))
        raise InputError(msg, f"Nearest: {', '.join(near)}." if near else "")
    path = graph_path(embedding, dataset)
    if path is None or graph_state(embedding, dataset) != "available":
        return None
    return read_gene_graph(path)


def co_expression_evidence(graph: GeneGraph, gene: str, others: Sequence[str]) -> pd.DataFrame:
    """List what a gene graph says about one gene and each of some others.

    Parameters
    ----------
    graph
        Graph of the context.
    gene
        Symbol as spelt in the graph.
    others
        Symbols to compare with; may contain names that the graph does not have.

    Returns
    -------
    Table in the order of `others`: `gene`; `evidence` (`EDGE`, `SIGNIFICANT`, `NOT_SIGNIFICANT`,
    `NOT_MEASURED`, `SAME_GENE`); `edge` (bool); `estimate` (correlation, -1 to 1) and `statistic`
    (standard normal under independence), NaN where the graph keeps none; `significance`
    (-1, 0, 1, or missing where a gene is not in the graph; nullable Int8); `resampled` (share of
    resamples of the cells in which the other one is among the nearest, NaN without resamples).
    """
    position = {str(name): i for i, name in enumerate(graph.genes[keys.GENE])}
    query = position.get(gene)
    columns = np.array([position.get(str(name), -1) for name in others], dtype=np.int64)
    present = columns >= 0 if query is not None else np.zeros(len(columns), dtype=bool)
    edge = np.zeros(len(columns), dtype=bool)
    estimate = np.full(len(columns), np.nan)
    statistic = np.full(len(columns), np.nan)
    significance = pd.array([pd.NA] * len(columns), dtype="Int8")
    resampled = np.full(len(columns), np.nan)
    if query is not None and present.any():
        index = columns[present]
        if graph.resampled is not None:
            resampled[present] = _row(graph.resampled, query)[index]
        edge[present] = _row(graph.adjacency, query)[index]
        significance[present] = graph.significance[query, index]
        # a compact graph keeps numbers on edges only: zero elsewhere means "not kept"
        is_dense = isinstance(graph.statistic, np.ndarray)
        kept = present & (edge | is_dense)
        estimate[kept] = _row(graph.estimate, query)[columns[kept]]
        statistic[kept] = _row(graph.statistic, query)[columns[kept]]
    table = pd.DataFrame(
        {
            "gene": [str(name) for name in others],
            "evidence": NOT_MEASURED,
            "edge": edge,
            "estimate": estimate,
            "statistic": statistic,
            "significance": significance,
            "resampled": resampled,
        }
    )
    is_significant = table["significance"].fillna(0).to_numpy() != 0
    table.loc[present, "evidence"] = NOT_SIGNIFICANT
    table.loc[present & is_significant, "evidence"] = SIGNIFICANT
    table.loc[edge, "evidence"] = EDGE
    if query is not None:
        table.loc[columns == query, "evidence"] = SAME_GENE
    return table


def _row(matrix: np.ndarray | sparse.csr_matrix, row: int) -> np.ndarray:
    """One row of a dense or sparse matrix as a dense vector."""
    if isinstance(matrix, np.ndarray):
        return matrix[row]
    return np.asarray(matrix[[row]].todense()).ravel()
