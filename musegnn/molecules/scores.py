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
    drawn = _draw(labels, (scores,), score, seed, draws)[:, 0]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(float(np.nanmean(score(labels, scores))), float(low), float(high), len(labels))


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
    drawn = _draw(labels, (one, other), score, seed, draws)
    low, high = np.percentile(drawn[:, 0] - drawn[:, 1], [2.5, 97.5])
    gain = np.nanmean(score(labels, one)) - np.nanmean(score(labels, other))
    return Interval(float(gain), float(low), float(high), len(labels))


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


def _draw(
    labels: np.ndarray, scored: tuple[np.ndarray, ...], score: Score, seed: int, draws: int
) -> np.ndarray:
    """`(draws, len(scored))` means over the tasks that have both classes in a draw."""
    random = np.random.default_rng(seed)
    found = np.empty((draws, len(scored)))
    for draw in range(draws):
        rows = random.integers(0, len(labels), len(labels))
        values = np.array([score(labels[rows], scores[rows]) for scores in scored])
        told = np.isfinite(values).all(axis=0)
        found[draw] = values[:, told].mean(axis=1) if told.any() else np.nan
    return found[np.isfinite(found).all(axis=1)]
