"""Nearest neighbours of a gene in context, exact, in the embedding space."""

from __future__ import annotations

import numpy as np
import pandas as pd

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.validation import check_positive

BACKGROUND_PAIRS = 20_000


def nearest_neighbours(
    embedding: EmbeddingSet,
    row: int,
    *,
    k: int = 20,
    candidates: np.ndarray | None = None,
    listed: np.ndarray | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """List the genes-in-context with the highest cosine to one of them.

    The search is exact: every candidate is compared.

    Parameters
    ----------
    embedding
        The set to search in.
    row
        Row of the query gene in context.
    k
        Number of neighbours, at least 1; fewer come back when there are fewer candidates.
    candidates
        Rows to search, or None for the context of the query. The query itself is left out.
    listed
        Rows that may be listed, or None for all candidates; ranks count every candidate.
    seed
        Seed of the random background.

    Returns
    -------
    Table of at most `k` rows, best first, ties by row: `row`, `cosine` (-1 to 1), `rank` (from 1),
    `percentile` (share in percent of random gene pairs of the candidates' contexts that have a
    lower cosine), `mutual` (the query is among the `k` best of the neighbour's own context or
    candidate set).

    Raises
    ------
    InputError
        If `k` is not positive or the row does not exist.
    """
    check_positive(k, name="k")
    n_rows = len(embedding.vectors)
    if not 0 <= row < n_rows:
        msg = f"Expected a row between 0 and {n_rows - 1}, found {row}."
        raise InputError(msg)
    dataset = str(embedding.genes["dataset"].iloc[row])
    if candidates is None:
        candidates = embedding.rows_of_dataset(dataset)
    candidates = np.sort(np.asarray(candidates, dtype=np.int64))
    others = candidates[candidates != row]
    unit = embedding.unit_vectors
    cosine = cosines_to(unit, row, others)
    if listed is None:
        order = nearest_first(cosine, others, k=k)
        rank = np.arange(1, len(order) + 1)
    else:
        order = np.lexsort((others, -cosine))
        rank = np.arange(1, len(order) + 1)
        is_listed = np.isin(others[order], listed)
        order, rank = order[is_listed][:k], rank[is_listed][:k]
    best, best_cosine = others[order], cosine[order]
    background = _background(unit, candidates, seed=seed)
    return pd.DataFrame(
        {
            "row": best,
            "cosine": best_cosine.astype(np.float64),
            "rank": rank,
            "percentile": 100 * np.searchsorted(background, best_cosine) / max(len(background), 1),
            "mutual": _is_mutual(unit, row, best, best_cosine, candidates, k=k),
        }
    )


def cosines_to(unit: np.ndarray, row: int, others: np.ndarray) -> np.ndarray:
    """Cosine of one row to others, `(n,)` float32.

    Parameters
    ----------
    unit
        `(N, D)` vectors of length 1.
    row
        One row.
    others
        `(n,)` rows.
    """
    # for most of the rows it is quicker to compute all than to copy theirs
    if 2 * len(others) > len(unit):
        return (unit @ unit[row])[others]
    return unit[others] @ unit[row]


def nearest_first(cosine: np.ndarray, rows: np.ndarray, *, k: int) -> np.ndarray:
    """Positions of the k largest cosines, best first, ties by row.

    Parameters
    ----------
    cosine
        `(n,)` finite values.
    rows
        `(n,)` rows they belong to.
    k
        How many, at least 1; fewer come back when there are fewer.
    """
    kept = np.arange(len(cosine))
    if k < len(cosine):
        last = np.partition(cosine, len(cosine) - k)[len(cosine) - k]
        kept = np.flatnonzero(cosine >= last)
    return kept[np.lexsort((rows[kept], -cosine[kept]))][:k]


def _background(unit: np.ndarray, candidates: np.ndarray, *, seed: int) -> np.ndarray:
    """Cosines of random pairs of candidates, ascending."""
    if len(candidates) < 2:
        return np.empty(0, dtype=np.float32)
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(candidates), BACKGROUND_PAIRS)
    second = (first + rng.integers(1, len(candidates), BACKGROUND_PAIRS)) % len(candidates)
    return np.sort(np.einsum("ij,ij->i", unit[candidates[first]], unit[candidates[second]]))


def _is_mutual(
    unit: np.ndarray,
    row: int,
    best: np.ndarray,
    best_cosine: np.ndarray,
    candidates: np.ndarray,
    *,
    k: int,
) -> np.ndarray:
    """Tell for each neighbour whether fewer than `k` candidates are closer to it than the query."""
    searched = unit if len(candidates) == len(unit) else unit[candidates]
    similarity = unit[best] @ searched.T  # (k, candidates)
    # neither a gene itself nor the query counts as closer; candidates are ascending
    similarity[np.arange(len(best)), np.searchsorted(candidates, best)] = -np.inf
    similarity[:, candidates == row] = -np.inf
    return (similarity > best_cosine[:, None]).sum(axis=1) < k
