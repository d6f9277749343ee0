"""Folds that keep apart what would answer for its like: compounds, clusters, targets, families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from musegnn.errors import InputError

N_FOLDS: Final = 5
ALIKE: Final = 0.5  # Tanimoto similarity above which two compounds lie in one cluster


def clusters_of(similarity: np.ndarray, *, above: float = ALIKE) -> np.ndarray:
    """Return the cluster of each compound: whoever is alike, directly or along a chain.

    Parameters
    ----------
    similarity
        `(C, C)` Tanimoto similarity.
    above
        Similarity above which two compounds belong together.
    """
    return connected_components(csr_matrix(similarity > above), directed=False)[1]


def make_folds(groups: Sequence[object] | np.ndarray, *, seed: int, n: int = N_FOLDS) -> np.ndarray:
    """Give each row a fold so that no group lies in two.

    Parameters
    ----------
    groups
        What belongs together; all different for plain random folds.
    seed
        Of the order in which groups are handed out: the large ones first, each to the emptiest.
    n
        How many folds.

    Returns
    -------
    `(C,)` int fold of each row.

    Raises
    ------
    InputError
        If there are fewer groups than folds.
    """
    _, which, size = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    if len(size) < n:
        msg = f"Expected at least {n} groups for {n} folds, found {len(size)}."
        raise InputError(msg, "Bring more compounds or targets.")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(size))
    order = order[np.argsort(-size[order], kind="stable")]
    filled = np.zeros(n, dtype=int)
    fold = np.zeros(len(size), dtype=int)
    for group in order:
        emptiest = np.flatnonzero(filled == filled.min())
        fold[group] = emptiest[rng.integers(len(emptiest))]
        filled[fold[group]] += size[group]
    return fold[which]


def families_of(symbols: Sequence[str]) -> np.ndarray:
    """Return the family of each gene by its symbol: what is left without its numbers and letters.

    `HTR1A` and `HTR2C` are `HTR`, `ADRA1A` and `ADRB2` are `ADR`: symbols are given by family. It
    is a rough family, and the only one that needs no table.
    """
    return np.array([_stem(str(symbol)) for symbol in symbols])


def _stem(symbol: str) -> str:
    """Letters before the first digit, without one of a subfamily, at least three."""
    head = symbol.upper()
    for at, sign in enumerate(head):
        if not sign.isalpha():
            head = head[:at]
            break
    else:
        return head
    return head[:3] if len(head) == 4 else head
