"""How well labels are foretold: ranks, errors, calibration, and intervals over molecules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

FEWEST: Final = 1  # actives and inactives that a task needs
_DRAWS: Final = 1000
_MOST_COUNTS: Final = 2_000_000  # numbers that draws hold at once
_BINS: Final = 10
_LEAST: Final = 1e-3  # a probability is at least and from 1

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Interval:
    """A figure and where it would lie had other molecules been drawn.

    Parameters
    ----------
    mean
        The figure.
    low, high
        Ends of its 95 % bootstrap interval.
    n
        Molecules.
    """

    mean: float
    low: float
    high: float
    n: int


def task_auroc(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return `(T,)` area under the ROC curve of each task; NaN where one class is missing.

    Parameters
    ----------
    labels
        `(M, T)` of 0, 1 and NaN.
    scores
        `(M, T)`; higher for active.
    """
    found = np.full(labels.shape[1], np.nan)
    for task in range(labels.shape[1]):
        known = np.isfinite(labels[:, task])
        active = labels[known, task] > 0
        n_active = int(active.sum())
        n_other = len(active) - n_active
        if min(n_active, n_other) < FEWEST:
            continue
        ranks = rankdata(scores[known, task])
        above = ranks[active].sum() - n_active * (n_active + 1) / 2
        found[task] = above / (n_active * n_other)
    return found


def task_error(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return `(T,)` mean absolute error of each task; NaN where nothing was measured."""
    known = np.isfinite(labels)
    counts = known.sum(axis=0)
    error = np.where(known, np.abs(scores - np.nan_to_num(labels)), 0).sum(axis=0)
    return np.divide(error, counts, out=np.full(labels.shape[1], np.nan), where=counts > 0)


def bootstrap(
    labels: np.ndarray, scores: np.ndarray, score: Score, *, seed: int = 0, draws: int = _DRAWS
) -> Interval:
    """Mean over tasks, with an interval over molecules drawn again and again.

    Parameters
    ----------
    labels, scores
        `(M, T)`.
    score
        `task_auroc` or `task_error`.
    seed, draws
        Of the drawing.
    """
    drawn = drawn_means(labels, scores, score, seed=seed, draws=draws)
    return interval_of(float(np.nanmean(score(labels, scores))), drawn, len(labels))


def paired(
    labels: np.ndarray,
    one: np.ndarray,
    other: np.ndarray,
    score: Score,
    *,
    seed: int = 0,
    draws: int = _DRAWS,
) -> Interval:
    """Mean of `one` less that of `other`, on the same draws of molecules."""
    drawn = [drawn_means(labels, scores, score, seed=seed, draws=draws) for scores in (one, other)]
    gain = np.nanmean(score(labels, one)) - np.nanmean(score(labels, other))
    return interval_of(float(gain), drawn[0] - drawn[1], len(labels))


def interval_of(mean: float, drawn: np.ndarray, n: int) -> Interval:
    """Put a figure between the ends of the middle 95 % of its draws, of those that have one."""
    low, high = np.percentile(drawn[np.isfinite(drawn)], [2.5, 97.5])
    return Interval(mean, float(low), float(high), n)


def drawn_means(
    labels: np.ndarray, scores: np.ndarray, score: Score, *, seed: int = 0, draws: int = _DRAWS
) -> np.ndarray:
    """Mean over tasks in each of many draws of molecules with replacement.

    A draw counts each molecule some times, so that nothing is sorted again: scores of a task are
    sorted once, and the counts are added up along them for all draws at once. Draws depend on the
    seed and the number of molecules alone: those of two models can be subtracted.

    Parameters
    ----------
    labels, scores
        `(M, T)`; labels NaN where unknown.
    score
        `task_auroc` or `task_error`.
    seed, draws
        Of the drawing.

    Returns
    -------
    `(draws,)` over the tasks that have both classes in a draw; NaN for a draw without any.
    """
    random = np.random.default_rng(seed)
    n = len(labels)
    weigh = _drawn_auroc if score is task_auroc else _drawn_error
    found = np.full(draws, np.nan)
    at_once = max(1, _MOST_COUNTS // max(n, 1))
    for start in range(0, draws, at_once):
        size = min(at_once, draws - start)
        counts = np.stack(
            [np.bincount(random.integers(0, n, n), minlength=n) for _ in range(size)], axis=1
        ).astype(np.float64)
        found[start : start + size] = weigh(labels, scores, counts)
    return found


def _drawn_auroc(labels: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`(D,)` mean area over tasks, each molecule counted `(M, D)` times."""
    total, n_told = np.zeros(counts.shape[1]), np.zeros(counts.shape[1])
    for known, said in zip(labels.T, scores.T, strict=True):
        active, other = np.flatnonzero(known > 0), np.flatnonzero(known <= 0)
        if min(len(active), len(other)) < FEWEST:
            continue
        other = other[np.argsort(said[other], kind="stable")]
        below = np.zeros((len(other) + 1, counts.shape[1]))
        np.cumsum(counts[other], axis=0, out=below[1:])
        low = np.searchsorted(said[other], said[active], side="left")
        high = np.searchsorted(said[other], said[active], side="right")
        weight = counts[active]
        # of inactive molecules with the same score one half counts as lower
        above = np.einsum("ad,ad->d", weight, below[low] + below[high]) / 2
        pairs = weight.sum(axis=0) * below[-1]
        told = pairs > 0
        total[told] += above[told] / pairs[told]
        n_told += told
    return np.divide(total, n_told, out=np.full(len(total), np.nan), where=n_told > 0)


def _drawn_error(labels: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """`(D,)` mean over tasks of the mean error, each molecule counted `(M, D)` times."""
    known = np.isfinite(labels)
    error = np.where(known, np.abs(scores - np.nan_to_num(labels)), 0)
    weight = counts.T @ known
    each = np.divide(
        counts.T @ error, weight, out=np.zeros((counts.shape[1], labels.shape[1])), where=weight > 0
    )
    n_told = (weight > 0).sum(axis=1)
    nothing = np.full(len(each), np.nan)
    return np.divide(each.sum(axis=1), n_told, out=nothing, where=n_told > 0)


def calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the expected calibration error over all labels, ten bins of like size.

    The mean distance, weighted by labels, between the mean probability of a bin and its share of
    actives: 0 is calibrated.
    """
    known = np.isfinite(labels)
    said, was = probabilities[known], labels[known] > 0
    order = np.argsort(said, kind="stable")
    distances = [
        abs(said[part].mean() - was[part].mean()) * len(part)
        for part in np.array_split(order, _BINS)
        if len(part)
    ]
    return float(np.sum(distances) / len(order))


def calibrate(labels: np.ndarray, held: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Turn what a model says into probabilities, by a logistic line through held labels.

    One line for all tasks of a table, on the log odds: a task has too few labels for its own.

    Parameters
    ----------
    labels, held
        `(H, T)` labels that the model did not learn from, NaN where unknown, and what it says.
    said
        `(N, T)` of other molecules, between 0 and 1.

    Returns
    -------
    `(N, T)` between 0 and 1, in the same order within each task.
    """
    known = np.isfinite(labels)
    if len(np.unique(labels[known])) < 2:
        return said
    line = LogisticRegression(C=np.inf).fit(_odds(held[known])[:, None], labels[known] > 0)
    slope, level = max(float(line.coef_[0, 0]), 0.0), float(line.intercept_[0])
    return np.asarray(expit(slope * _odds(said) + level))


def _odds(said: np.ndarray) -> np.ndarray:
    return np.asarray(logit(np.clip(said, _LEAST, 1 - _LEAST)))
