"""What every baseline starts from: its settings, graphs without hidden pairs, seeded draws."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.progress import Progress


@dataclass(frozen=True)
class FitSettings:
    """Settings of one fit.

    Parameters
    ----------
    width
        Columns D of the gene vectors, at least 1.
    seed
        Of every draw, 0 or more.
    epochs
        Rounds of training, at least 1; None takes the default of the baseline.
    progress
        Told about epochs.
    """

    width: int
    seed: int
    epochs: int | None
    progress: Progress


Fit = Callable[[Sequence[GeneGraph], FitSettings], list[np.ndarray]]


def hide_unknown(graph: GeneGraph) -> GeneGraph:
    """Take unknown pairs out of the edges, so that nothing computed from them can tell them."""
    if graph.unknown is None:
        return graph
    adjacency = graph.adjacency.toarray() & ~graph.unknown.toarray()
    seen = sparse.csr_matrix(adjacency)
    seen.sort_indices()
    return replace(graph, adjacency=seen)


def known_pairs(graph: GeneGraph) -> np.ndarray:
    """Mark the pairs of different genes that a loss may use, `(G, G)` bool, symmetric."""
    known = ~np.eye(graph.n_genes, dtype=bool)
    if graph.unknown is not None:
        known &= ~graph.unknown.toarray()
    return known


def common_names(graph: GeneGraph) -> list[str]:
    """Names by which genes of different graphs are told to be the same, in the order of rows."""
    return [str(name) for name in graph.genes[keys.COMMON_GENE]]


def scaled_features(graph: GeneGraph) -> np.ndarray:
    """Features divided by their root mean square, `(G, F)` float32; zeros stay."""
    size = float(np.sqrt(np.mean(np.square(graph.features, dtype=np.float64))))
    return (graph.features / (size if size > 0 else 1.0)).astype(np.float32)


def generator_for(seed: int, *labels: str) -> np.random.Generator:
    """Return a generator that depends on the seed and the labels alone.

    Draws labelled with the name of a gene or a graph do not change when others come or go.
    """
    digest = hashlib.sha256("\0".join(labels).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:16], "big")])
