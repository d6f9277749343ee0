"""Edge rules: small frozen objects that turn test statistics into edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from musegnn.graphs.cscore_estimator import CoExpression

P_VALUE = 0.005  # published threshold


class EdgeRule(Protocol):
    """Chooses edges.

    A rule takes the statistics and the pairs still allowed, `(G, G)` boolean and symmetric with an
    empty diagonal, and returns the pairs it keeps, likewise symmetric. It is a frozen dataclass
    whose fields are plain values, so that a graph can record it.
    """

    needs_test: ClassVar[bool]  # whether it reads p-values

    @property
    def words(self) -> str:
        """What two genes do that are kept, such as "rise together"."""

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs."""


@dataclass(frozen=True)
class SignificantPairs:
    """Keep pairs with p below a threshold."""

    needs_test: ClassVar[bool] = True

    p_value: float = P_VALUE

    @property
    def words(self) -> str:
        """What two genes do that are kept."""
        return f"have p < {self.p_value:g}, of either sign"

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

    needs_test: ClassVar[bool] = True

    rate: float = 0.05
    method: Literal["bh", "by"] = "bh"

    @property
    def words(self) -> str:
        """What two genes do that are kept."""
        by = {"bh": "Benjamini-Hochberg", "by": "Benjamini-Yekutieli"}[self.method]
        return f"have a false discovery rate below {self.rate:g} ({by}), of either sign"

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs, `(G, G)` boolean."""
        upper = np.triu(allowed, 1)
        kept = np.zeros_like(allowed)
        if upper.any():
            from scipy import stats  # noqa: PLC0415 - pages that only say what a rule is need none

            adjusted = stats.false_discovery_control(result.p_value[upper], method=self.method)
            kept[upper] = adjusted < self.rate
        return kept | kept.T


@dataclass(frozen=True)
class TopPartners:
    """Keep a pair when one of the two genes is among the other's `k` best by the statistic."""

    needs_test: ClassVar[bool] = False

    k: int = 50

    @property
    def words(self) -> str:
        """What two genes do that are kept."""
        return f"are one among the other's {self.k} strongest partners"

    def __call__(self, result: CoExpression, allowed: np.ndarray) -> np.ndarray:
        """Return the kept pairs, `(G, G)` boolean."""
        best = _ranks(np.where(allowed, result.statistic, -np.inf)) < self.k
        return allowed & (best | best.T)


@dataclass(frozen=True)
class PositivePairs:
    """Keep pairs that rise and fall together."""

    needs_test: ClassVar[bool] = False

    @property
    def words(self) -> str:
        """What two genes do that are kept."""
        return "rise together"

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

    needs_test: ClassVar[bool] = False

    k: int = 50
    always: int = 3

    @property
    def words(self) -> str:
        """What two genes do that are kept."""
        return (
            f"are each among the other's {self.k} strongest partners, plus each gene's best "
            f"{self.always}"
        )

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

    needs_test: ClassVar[bool] = False

    @property
    def words(self) -> str:
        """What two genes do that are kept."""
        return "are the same"

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


def read_rules(records: Sequence[Mapping[str, Any]]) -> tuple[EdgeRule, ...]:
    """Make rules of a provenance record again; those that are not known here are left out."""
    rules = []
    for record in records:
        values = dict(record)
        kind = EDGE_RULES.get(str(values.pop("rule", "")))
        if kind is not None and values.keys() == {field.name for field in fields(kind)}:
            rules.append(kind(**values))
    return tuple(rules)


def rules_in_words(rules: Sequence[EdgeRule]) -> str:
    """Say when two genes are joined by an edge; "" without rules."""
    said = " and ".join(rule.words for rule in rules if not isinstance(rule, SelfLoops))
    return f"an edge joins two genes that {said}" if said else ""


# every rule by the name under which a graph records it
EDGE_RULES: Final[dict[str, type]] = {
    rule.__name__: rule
    for rule in (
        *(SignificantPairs, FalseDiscoveryRate, TopPartners, PositivePairs, MutualTop),
        SelfLoops,
    )
}
