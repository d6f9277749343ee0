"""Edge rules: small frozen objects that turn test statistics into edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from scipy import sparse, stats

from musegnn.graphs.cscore_estimator import CoExpression

P_VALUE = 0.005  # published threshold


class EdgeRule(Protocol):
    """Chooses edges.

    A rule takes the statistics and the pairs still allowed, `(G, G)` boolean and symmetric with an
    empty diagonal, and returns the pairs it keeps, likewise symmetric.
    """

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs."""


@dataclass(frozen=True)
class SignificantPairs:
    """Keep pairs with p below a threshold."""

    p_value: float = P_VALUE

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs, `(G, G)` boolean."""
        return allowed & (result.p_value < self.p_value)


@dataclass(frozen=True)
class FalseDiscoveryRate:
    """Keep pairs whose p-value, adjusted over all allowed pairs, is below a rate.

    Parameters
    ----------
    rate
        Expected share of wrong edges, 0 to 1.
    method
        "bh" (Benjamini-Hochberg) or "by" (Benjamini-Yekutieli, for any dependence).
    """

    rate: float = 0.05
    method: Literal["bh", "by"] = "bh"

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs, `(G, G)` boolean."""
        upper = np.triu(allowed, 1)
        kept = np.zeros_like(allowed)
        if upper.any():
            adjusted = stats.false_discovery_control(result.p_value[upper], method=self.method)
            kept[upper] = adjusted < self.rate
        return kept | kept.T


@dataclass(frozen=True)
class TopPartners:
    """Keep a pair when one of the two genes is among the other's `k` best by the statistic."""

    k: int = 50

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs, `(G, G)` boolean."""
        best = _ranks(np.where(allowed, result.statistic, -np.inf)) < self.k
        return allowed & (best | best.T)


@dataclass(frozen=True)
class PositivePairs:
    """Keep pairs that rise and fall together."""

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs, `(G, G)` boolean."""
        return allowed & (result.statistic > 0)


@dataclass(frozen=True)
class MutualTop:
    """Keep a pair when each gene is among the other's `k` best by the statistic.

    Parameters
    ----------
    k
        Number of best partners considered on both sides.
    always
        Each gene's `always` best partners are kept even when not mutual, so that few genes stay
        without an edge.
    """

    k: int = 50
    always: int = 3

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs, `(G, G)` boolean."""
        rank = _ranks(np.where(allowed, result.statistic, -np.inf))
        mutual = (rank < self.k) & (self.k > rank.T)
        best = rank < self.always
        return allowed & (mutual | best | best.T)


@dataclass(frozen=True)
class SelfLoops:
    """Join each gene to itself, so that a layer also attends to the gene's own vector.

    Where it stands among the rules does not matter: the other rules never see the diagonal.
    """

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the allowed pairs and the diagonal, `(G, G)` boolean."""
        return allowed | np.eye(len(result.mean), dtype=bool)


def _ranks(score: np.ndarray) -> np.ndarray:
    """Rank of each column within its row, 0 = best; ties go to the lower column."""
    order = np.argsort(-score, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(score.shape[1])[None, :], axis=1)
    return rank


def choose_edges(result: CoExpression, rules: Sequence[EdgeRule]) -> sparse.csr_matrix:
    """Apply edge rules one after the other.

    Returns
    -------
    `(G, G)` sparse boolean adjacency, symmetric, sorted indices; the diagonal is empty unless
    `SelfLoops` is among the rules. Genes with a non-positive variance estimate have p = 1 and
    statistic 0, so the presets isolate them.
    """
    diagonal = np.eye(len(result.mean), dtype=bool)
    allowed, has_loops = ~diagonal, False
    for rule in rules:
        kept = rule(result, allowed)
        has_loops |= bool(kept.diagonal().any())
        allowed = kept & ~diagonal
    adjacency = sparse.csr_matrix(allowed | diagonal if has_loops else allowed)
    adjacency.sort_indices()
    return adjacency


def describe_rules(rules: Sequence[EdgeRule]) -> list[dict[str, Any]]:
    """Name and parameters of each rule, for the provenance record."""
    return [{"rule": type(rule).__name__, **vars(rule)} for rule in rules]
