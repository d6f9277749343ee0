"""How well the cosine of two gene vectors tells edges from other pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.metrics import average_precision_score, roc_auc_score

from musegnn.graphs.hold_out import HiddenPairs
from musegnn.graphs.unit_rows import unit_rows


@dataclass(frozen=True)
class PairScores:
    """Ranking of positive over negative pairs.

    Parameters
    ----------
    auroc
        Probability that a positive pair scores higher than a negative one, 0 to 1; .5 by chance.
    auprc
        Average precision, 0 to 1; by chance the share of positives among the pairs.
    n_positive, n_negative
        Numbers of pairs.
    """

    auroc: float
    auprc: float
    n_positive: int
    n_negative: int


def score_pairs(vectors: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> PairScores:
    """Score pairs by cosine.

    Parameters
    ----------
    vectors
        `(G, D)` gene vectors of one graph.
    positive, negative
        `(n, 2)` rows of pairs.

    Returns
    -------
    PairScores; NaN where one kind of pairs is missing.
    """
    unit = unit_rows(np.asarray(vectors, dtype=np.float64))
    pairs = np.concatenate([positive, negative])
    if not (len(positive) and len(negative)):
        return PairScores(float("nan"), float("nan"), len(positive), len(negative))
    cosine = np.einsum("nd,nd->n", unit[pairs[:, 0]], unit[pairs[:, 1]])
    label = np.arange(len(pairs)) < len(positive)
    return PairScores(
        float(roc_auc_score(label, cosine)),
        float(average_precision_score(label, cosine)),
        len(positive),
        len(negative),
    )


def hidden_edges(vectors: np.ndarray, pairs: HiddenPairs) -> dict[str, PairScores]:
    """Score edges hidden before training against uniform and degree-matched non-edges."""
    return {
        "uniform": score_pairs(vectors, pairs.edges, pairs.non_edges),
        "matched": score_pairs(vectors, pairs.edges, pairs.matched_non_edges),
    }


def edges_of_unseen_cells(
    vectors: np.ndarray, adjacency: sparse.csr_matrix, *, seed: int = 0
) -> PairScores:
    """Score all edges of a graph of the same genes made from cells that training never saw.

    Parameters
    ----------
    vectors
        `(G, D)` trained on the other half of the cells.
    adjacency
        `(G, G)` graph of the unseen half.
    seed
        Of the non-edges, as many as edges, drawn uniformly.
    """
    dense = adjacency.toarray().astype(bool)
    edges = np.argwhere(np.triu(dense, 1))
    free = np.flatnonzero(np.triu(~dense, 1))
    drawn = np.random.default_rng(seed).choice(free, size=min(len(edges), len(free)), replace=False)
    non_edges = np.stack(np.unravel_index(np.sort(drawn), dense.shape), axis=1)
    return score_pairs(vectors, edges, non_edges)
