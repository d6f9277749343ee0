"""Molecules that are alike: by their vectors, and by their structures, and where the two differ."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from musegnn.embeddings.neighbours import nearest_first

BY_VECTOR, BY_STRUCTURE, BY_BOTH = "vector", "structure", "both"
_ROWS: Final = 64  # asked molecules compared at a time, 16 MB for 2,000 known ones


def tanimoto_of_bits(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return `(A, N)` float32 Tanimoto similarity of packed fingerprints; 0 for empty ones.

    Parameters
    ----------
    asked, known
        `(A, B)` and `(N, B)` uint8, eight bits in a number, B a multiple of 8.
    """
    words, others = (np.ascontiguousarray(part).view(np.uint64) for part in (asked, known))
    own = np.bitwise_count(words).sum(axis=1, dtype=np.int32)
    theirs = np.bitwise_count(others).sum(axis=1, dtype=np.int32)
    found = np.zeros((len(asked), len(known)), dtype=np.float32)
    columns = np.ascontiguousarray(others.T)
    for row, word in enumerate(words):
        shared = np.zeros(len(known), dtype=np.int32)
        for place in np.flatnonzero(word):  # most words of a fingerprint hold no bit
            shared += np.bitwise_count(columns[place] & word[place])
        union = own[row] + theirs - shared
        np.divide(shared, union, out=found[row], where=union > 0, casting="unsafe")
    return found


def nearest_by_bits(asked: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return similarity and row of the known molecule that is most alike, `(A,)` each."""
    similarity = np.zeros(len(asked), dtype=np.float32)
    row = np.zeros(len(asked), dtype=np.int64)
    for start in range(0, len(asked), _ROWS):
        alike = tanimoto_of_bits(asked[start : start + _ROWS], known)
        row[start : start + _ROWS] = alike.argmax(axis=1)
        similarity[start : start + _ROWS] = alike.max(axis=1)
    return similarity, row


def count_alike(bits: np.ndarray, *, above: float) -> np.ndarray:
    """Return `(N,)` how many others have a Tanimoto similarity of at least a bound."""
    counts = np.zeros(len(bits), dtype=np.int32)
    for start in range(0, len(bits), _ROWS):
        alike = tanimoto_of_bits(bits[start : start + _ROWS], bits)
        own = np.arange(len(alike))
        alike[own, start + own] = 0
        counts[start : start + _ROWS] = (alike >= above).sum(axis=1)
    return counts


def cosines(vector: np.ndarray, unit_vectors: np.ndarray) -> np.ndarray:
    """Return `(N,)` float32 cosine of a vector and rows of length 1."""
    length = float(np.linalg.norm(vector)) or 1.0
    return (unit_vectors @ (vector / length)).astype(np.float32)


def rank_alike(
    cosine: np.ndarray, tanimoto: np.ndarray, *, own: int | None, k: int
) -> pd.DataFrame:
    """List what is among the most alike by vector or by structure.

    Parameters
    ----------
    cosine, tanimoto
        `(N,)` of all molecules to the one asked about.
    own
        Row of that one, which is not listed; None where it is none of them.
    k
        How many of each.

    Returns
    -------
    By the better of two places: `row`, `cosine`, `vector rank`, `tanimoto`, `structure rank`, and
    `near by`, one of `BY_BOTH`, `BY_VECTOR` and `BY_STRUCTURE`. Ties go by row.
    """
    rows = np.arange(len(cosine))
    if own is not None:
        rows = np.delete(rows, own)
    places = {}
    for name, values in (("vector rank", cosine), ("structure rank", tanimoto)):
        order = nearest_first(values[rows], rows, k=len(rows))
        rank = np.empty(len(rows), dtype=np.int64)
        rank[order] = np.arange(1, len(rows) + 1)
        places[name] = rank
    listed = np.flatnonzero((places["vector rank"] <= k) | (places["structure rank"] <= k))
    table = pd.DataFrame(
        {
            "row": rows[listed],
            "cosine": cosine[rows[listed]],
            "vector rank": places["vector rank"][listed],
            "tanimoto": tanimoto[rows[listed]],
            "structure rank": places["structure rank"][listed],
        }
    )
    by_vector, by_structure = (table[name] <= k for name in places)
    table["near by"] = np.select(
        [by_vector & by_structure, by_vector], [BY_BOTH, BY_VECTOR], BY_STRUCTURE
    )
    best = table[["vector rank", "structure rank"]].min(axis=1)
    return table.iloc[np.lexsort((table["row"], best))].reset_index(drop=True)
