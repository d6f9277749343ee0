"""Gene-set score: how close each gene in context lies to the genes of a set."""

from __future__ import annotations

import numpy as np

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet

FEWEST_MEMBERS = 3  # a mean over fewer cosines says nothing


def score_genes(unit: np.ndarray, is_member: np.ndarray) -> np.ndarray:
    """Score the genes of one context by their mean cosine to the members of a set.

    The score says how far this mean lies above that of a random set of as many other genes of the
    context, in standard deviations. Both moments are exact: the mean of `m` values drawn without
    replacement from `N` with variance `s` has the variance `s / m * (N - m) / (N - 1)` (Cochran,
    Sampling Techniques, 1977, theorem 2.2). A member is not compared with itself.

    Parameters
    ----------
    unit
        `(n, D)` vectors of length 1.
    is_member
        `(n,)` bool.

    Returns
    -------
    `(n,)` scores; NaN where fewer than `FEWEST_MEMBERS` other members are there, or where all
    random sets would have the same mean.
    """
    points = np.asarray(unit, dtype=np.float64)
    n_others = len(points) - 1
    members = np.asarray(is_member, dtype=bool)
    m = members.sum() - members
    own = np.einsum("ij,ij->i", points, points)
    to_members = points @ points[members].sum(axis=0) - members * own
    total = points @ points.sum(axis=0) - own
    squares = np.einsum("ij,jk,ik->i", points, points.T @ points, points) - own**2
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = total / n_others
        variance = np.maximum(squares / n_others - expected**2, 0.0)
        spread = np.sqrt(variance / m * (n_others - m) / (n_others - 1))
        score = (to_members / m - expected) / spread
    is_defined = (m >= FEWEST_MEMBERS) & (spread > 1e-12) & np.isfinite(score)
    return np.where(is_defined, score, np.nan)


def score_atlas(embedding: EmbeddingSet, rows: np.ndarray) -> np.ndarray:
    """Score every gene in context against the members of a set in its own context.

    Parameters
    ----------
    embedding
        The atlas.
    rows
        Rows of the members, in any contexts.

    Returns
    -------
    `(N,)` scores of `score_genes`; NaN in contexts with too few members.
    """
    is_member = np.zeros(len(embedding.genes), dtype=bool)
    is_member[rows] = True
    scores = np.full(len(is_member), np.nan)
    for dataset in sorted(set(embedding.genes[keys.DATASET].astype(str))):
        here = embedding.rows_of_dataset(dataset)
        scores[here] = score_genes(embedding.unit_vectors[here], is_member[here])
    return scores
