"""Hidden facts: how well vectors of the rest tell what was hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import sparse
from scipy.stats import rankdata

from musegnn.fusion.feature_table import GRAPH, FeatureTable
from musegnn.fusion.spectral import unit

HIDDEN: Final = 0.1  # share of the facts
MOST: Final = 50_000  # hidden facts that are asked about
_NEAR: Final = 100  # ranks by number of facts within which the other gene of a pair is drawn
_TRIES: Final = 20


@dataclass(frozen=True)
class Reconstruction:
    """How well hidden facts are told.

    Parameters
    ----------
    auroc
        Area under the ROC curve, 0.5 for guessing.
    low, high
        Its 95 % interval over genes that were drawn again.
    n
        Hidden facts that were asked about, each with a fact that is none.
    """

    auroc: float
    low: float
    high: float
    n: int


def reconstruct(
    table: FeatureTable, encode: Callable[[FeatureTable], np.ndarray], *, seed: int = 0
) -> Reconstruction:
    """Hide a tenth of the facts, make vectors of the rest, and tell hidden facts from others.

    Each hidden fact (a gene, a feature) stands beside one that is none: another gene with about as
    many facts, that does not have the feature. Their score is the cosine between the vector of the
    gene and the mean vector of the genes that are still known to have the feature; for a graph,
    between the two genes.

    Parameters
    ----------
    table
        All that is known.
    encode
        Makes `(G, D)` vectors of a table.
    seed
        Of what is hidden and of the other genes.
    """
    rng = np.random.default_rng(seed)
    rows, columns, hidden = _hide(table, rng)
    rest = table.without(hidden)
    vectors = unit(encode(rest).astype(np.float64))
    if table.form == GRAPH:
        centres = vectors
    else:
        members = rest.members.astype(np.float64)
        centres = unit(np.asarray(members.T @ vectors))
    if len(rows) > MOST:
        drawn = np.sort(rng.choice(len(rows), MOST, replace=False))
        rows, columns = rows[drawn], columns[drawn]
    others, found = _others(table, rows, columns, rng)
    rows, columns, others = rows[found], columns[found], others[found]
    told = np.abs(vectors).sum(axis=1) > 0
    is_asked = told[rows] & told[others] & (np.abs(centres[columns]).sum(axis=1) > 0)
    rows, columns, others = rows[is_asked], columns[is_asked], others[is_asked]
    right = np.einsum("ij,ij->i", vectors[rows], centres[columns])
    wrong = np.einsum("ij,ij->i", vectors[others], centres[columns])
    low, high = _interval(right, wrong, rows, rng)
    return Reconstruction(area(right, wrong), low, high, len(rows))


def area(right: np.ndarray, wrong: np.ndarray) -> float:
    """Area under the ROC curve of scores of facts and of what are none."""
    if not len(right) or not len(wrong):
        return float("nan")
    ranks = rankdata(np.concatenate([right, wrong]))
    above = ranks[: len(right)].sum() - len(right) * (len(right) + 1) / 2
    return float(above / (len(right) * len(wrong)))


def _hide(
    table: FeatureTable, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, sparse.csr_matrix]:
    """Draw a tenth of the facts; of a graph both directions of a pair."""
    facts = table.members.tocoo()
    rows, columns = facts.row.astype(np.int64), facts.col.astype(np.int64)
    if table.form == GRAPH:
        once = rows < columns
        rows, columns = rows[once], columns[once]
    drawn = np.sort(rng.permutation(len(rows))[: max(int(HIDDEN * len(rows)), 1)])
    rows, columns = rows[drawn], columns[drawn]
    both = (rows, columns)
    if table.form == GRAPH:
        both = (np.concatenate([rows, columns]), np.concatenate([columns, rows]))
    ones = np.ones(len(both[0]), dtype=bool)
    return rows, columns, sparse.csr_matrix((ones, both), table.members.shape)


def _others(
    table: FeatureTable, rows: np.ndarray, columns: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Another gene for each fact, with about as many facts, without this one; and where found."""
    n = len(table.genes)
    counts = np.diff(table.members.indptr)
    order = np.argsort(counts, kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    known = np.sort(_keys(table.members.tocoo(), n))
    near = min(_NEAR, max(n // 4, 1))
    others = np.full(len(rows), -1, dtype=np.int64)
    for _ in range(_TRIES):
        left = np.flatnonzero(others < 0)
        if not len(left):
            break
        moved = rank[rows[left]] + rng.integers(-near, near + 1, len(left))
        drawn = order[np.clip(moved, 0, n - 1)]
        keys = columns[left] * n + drawn
        place = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
        fits = known[place] != keys
        if table.form == GRAPH:
            fits &= drawn != columns[left]
        fits &= drawn != rows[left]
        others[left[fits]] = drawn[fits]
    return others, others >= 0


def _keys(facts: sparse.coo_matrix, n: int) -> np.ndarray:
    """Number each fact by its feature and gene."""
    return facts.col.astype(np.int64) * n + facts.row


def _interval(
    right: np.ndarray, wrong: np.ndarray, genes: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """95 % interval of the area over genes that are drawn again."""
    codes = np.unique(genes, return_inverse=True)[1]
    n = codes.max(initial=-1) + 1
    areas = []
    for _ in range(100):
        times = np.bincount(rng.integers(0, n, n), minlength=n)
        drawn = np.repeat(np.arange(len(genes)), times[codes])
        areas.append(area(right[drawn], wrong[drawn]))
    low, high = np.percentile(areas, [2.5, 97.5])
    return float(low), float(high)
