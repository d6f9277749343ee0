"""How well the cosine of gene vectors tells pairs with a known relation from matched pairs."""

from __future__ import annotations

import numpy as np

from musegnn.graphs.edge_enrichment import PairTruth

MOST_PAIRS = 50_000
ROUNDS = 50


def related_pairs(
    truth: PairTruth, *, seed: int = 0, most: int = MOST_PAIRS
) -> tuple[np.ndarray, np.ndarray]:
    """List pairs with a known relation, and as many without whose genes are as well studied.

    The partners of related pairs are exchanged among each other, so a gene stands among the
    negatives about as often as among the positives: an embedding that only knows which genes have
    many relations scores .5.

    Parameters
    ----------
    truth
        Known relations.
    seed
        Of the draw.
    most
        Largest number of related pairs; a random choice when there are more.

    Returns
    -------
    Positive and negative pairs, `(n, 2)` int64 each.
    """
    rng = np.random.default_rng(seed)
    kept = truth.annotated
    related = truth.related.toarray() & kept[:, None] & kept[None, :]
    positive = np.argwhere(np.triu(related, 1))
    if len(positive) > most:
        positive = positive[np.sort(rng.choice(len(positive), size=most, replace=False))]
    free = ~related & ~np.eye(len(related), dtype=bool)
    ends = positive.ravel()
    missing, found = len(positive), []
    for _ in range(ROUNDS):
        if missing <= 0:
            break
        shuffled = rng.permutation(ends).reshape(-1, 2)
        fitting = shuffled[free[shuffled[:, 0], shuffled[:, 1]]][:missing]
        found.append(fitting)
        missing -= len(fitting)
    negative = np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)
    return positive.astype(np.int64), negative.astype(np.int64)
