"""Shared edges: which co-expression two graphs agree on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.shared_cells_ledger import PROVENANCE_KEY

COLUMNS: Final = ("first_edges", "second_edges", "edges_kept")
Graphs = tuple[GeneGraph | None, GeneGraph | None]


def count_edges(
    graphs: Graphs, symbols: tuple[Sequence[str], Sequence[str]]
) -> dict[str, pd.api.extensions.ExtensionArray]:
    """Count the edges of each common gene to other common genes.

    Parameters
    ----------
    graphs
        Graph of each context, or None where it is not at hand.
    symbols
        For each context the symbols of the G common genes, in the same order.

    Returns
    -------
    `(G,)` nullable integers under `COLUMNS`: edges in each graph and in both; a gene that is not in
    a graph has none there. Missing where a graph is not at hand.
    """
    found = [
        None if graph is None else _between(graph, names)
        for graph, names in zip(graphs, symbols, strict=True)
    ]
    first, second = found
    both = None if first is None or second is None else first.multiply(second)
    n_genes = len(symbols[0])
    return {
        column: pd.array([pd.NA] * n_genes, dtype="Int64")
        if edges is None
        else pd.array(np.asarray(edges.sum(axis=1)).ravel().astype(np.int64), dtype="Int64")
        for column, edges in zip(COLUMNS, (first, second, both), strict=True)
    }


def _between(graph: GeneGraph, symbols: Sequence[str]) -> sparse.csr_matrix:
    """Edges between the named genes, `(G, G)` of 0 and 1."""
    position = {str(name): i for i, name in enumerate(graph.genes[keys.GENE])}
    columns = np.array([position.get(str(name), -1) for name in symbols], dtype=np.int64)
    rows = np.flatnonzero(columns >= 0)
    chosen = sparse.csr_matrix(
        (np.ones(len(rows), np.int32), (rows, columns[rows])),
        shape=(len(columns), len(position)),
    )
    return sparse.csr_matrix(chosen @ graph.adjacency.astype(np.int32) @ chosen.T)


def pairs_sharing_cells(graphs: Sequence[GeneGraph | None]) -> list[tuple[str, str]]:
    """List which datasets are known to share cells with those of the graphs."""
    return [
        (graph.name, str(other))
        for graph in graphs
        if graph is not None
        for other in graph.provenance.get(PROVENANCE_KEY, {})
    ]
