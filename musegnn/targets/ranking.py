"""How high known targets stand among all candidates, compound by compound, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from musegnn.errors import InputError

MEASURES: Final = ("r_at_1pct", "r_at_5pct", "mrr", "hit_at_10", "auroc")
_DRAWS: Final = 1000


@dataclass(frozen=True)
class Ranked:
    """Quality of the ranks of each compound, and how often a compound was asked.

    Parameters
    ----------
    values
        Measure -> `(C,)` of the compounds with a known target among the candidates.
    weights
        `(C,)` known targets of each: shares of targets are means over targets.
    groups
        `(C,)` compound of each row, which may be there once a seed.
    """

    values: Mapping[str, np.ndarray]
    weights: np.ndarray
    groups: np.ndarray

    def mean(self, measure: str) -> float:
        """Mean over targets for shares of them, else over compounds; NaN without any."""
        values = self.values[measure]
        if not len(values):
            return float("nan")
        return float(np.average(values, weights=self.weights if _is_share(measure) else None))

    def interval(self, measure: str, *, seed: int = 0) -> tuple[float, float]:
        """95 % interval of the mean: compounds are drawn anew with all their rows."""
        return _bootstrap(self.values[measure], self._weights(measure), self.groups, seed)

    def gain(self, other: Ranked, measure: str, *, seed: int = 0) -> tuple[float, float, float]:
        """Mean difference to another method on the same rows, with its 95 % interval.

        Raises
        ------
        InputError
            If the rows are not the same.
        """
        if not np.array_equal(self.groups, other.groups):
            msg = "Expected two methods ranked for the same compounds, found different ones."
            raise InputError(msg, "Rank both for the same folds.")
        change, weights = self.values[measure] - other.values[measure], self._weights(measure)
        low, high = _bootstrap(change, weights, self.groups, seed)
        return float(np.average(change, weights=weights)), low, high

    def among(self, keep: np.ndarray) -> Ranked:
        """Return the rows that a mask keeps."""
        values = {name: value[keep] for name, value in self.values.items()}
        return Ranked(values, self.weights[keep], self.groups[keep])

    def _weights(self, measure: str) -> np.ndarray:
        return self.weights if _is_share(measure) else np.ones(len(self.weights))


def rank_known(
    scores: np.ndarray, known: np.ndarray, *, groups: np.ndarray | None = None
) -> Ranked:
    """Rank the candidates of each compound and look up its known targets.

    Parameters
    ----------
    scores
        `(C, T)`, higher is more likely; equal scores share their mean rank, so that a method that
        says nothing gains nothing.
    known
        `(C, T)` bool; compounds without a known target are left out.
    groups
        `(C,)` compound of each row; None numbers the rows.

    Raises
    ------
    InputError
        If the shapes differ or a score is no number.
    """
    if scores.shape != known.shape or not np.isfinite(scores).all():
        msg = f"Expected finite scores of shape {known.shape}, found {scores.shape}."
        raise InputError(msg, "Score every candidate of every compound.")
    groups = np.arange(len(scores)) if groups is None else np.asarray(groups)
    keep = known.any(axis=1)
    scores, known, groups = scores[keep], known[keep], groups[keep]
    n_targets = scores.shape[1]
    ranks = rankdata(-scores, axis=1) if len(scores) else np.zeros(scores.shape)
    n_known = known.sum(axis=1)
    best = np.where(known, ranks, np.inf).min(axis=1, initial=np.inf)
    total = np.where(known, ranks, 0.0).sum(axis=1)
    others = n_targets - n_known
    below = total - n_known * (n_known + 1) / 2  # others that stand above, summed over targets
    auroc = 1 - below / np.maximum(n_known * others, 1)
    values = {
        "r_at_1pct": _share_within(ranks, known, max(1, round(0.01 * n_targets))),
        "r_at_5pct": _share_within(ranks, known, max(1, round(0.05 * n_targets))),
        "mrr": 1 / best,
        "hit_at_10": (best <= 10).astype(float),
        "auroc": auroc,
    }
    return Ranked(values, n_known.astype(float), groups)


def join_ranked(parts: list[Ranked]) -> Ranked:
    """Put the rows of folds or seeds below each other."""
    values = {
        name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values
    }
    weights = np.concatenate([part.weights for part in parts])
    return Ranked(values, weights, np.concatenate([part.groups for part in parts]))


def _share_within(ranks: np.ndarray, known: np.ndarray, top: int) -> np.ndarray:
    """Share of the known targets of each compound whose rank is at most `top`."""
    return ((ranks <= top) & known).sum(axis=1) / known.sum(axis=1)


def _is_share(measure: str) -> bool:
    return measure.startswith("r_at_")


def _bootstrap(
    values: np.ndarray, weights: np.ndarray, groups: np.ndarray, seed: int
) -> tuple[float, float]:
    """95 % interval of a weighted mean over draws of groups."""
    if not len(values):
        return float("nan"), float("nan")
    _, which = np.unique(groups, return_inverse=True)
    total = np.bincount(which, values * weights)
    size = np.bincount(which, weights)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(total), np.full(len(total), 1 / len(total)), size=_DRAWS)
    means = (drawn @ total) / np.maximum(drawn @ size, 1e-12)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
