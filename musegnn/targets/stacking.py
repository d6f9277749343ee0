"""Methods put together, and their scores turned into probabilities, on folds within training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from musegnn.targets.folds import make_folds
from musegnn.targets.methods import METHODS, Question, answer, standardised
from musegnn.targets.reference import IDENTICAL, Reference

INNER_FOLDS: Final = 3
NEGATIVES: Final = 40  # cells without a known target that are kept for each one with
WITHOUT_OUTSIDE: Final = ("combined", "structure_nearest", "signature")
WITH_OUTSIDE: Final = ("wide_ridge", "combined", "outside_nearest")
_SMALLEST: Final = 1e-5


@dataclass(frozen=True)
class Stack:
    """Weights of methods and the way from their sum to a probability.

    Parameters
    ----------
    methods
        Names of the methods.
    weights, offset
        Of the logistic sum over `features_of`.
    steps
        `(2, K)` sums, ascending, and the probability at each: a monotone line.
    """

    methods: tuple[str, ...]
    weights: np.ndarray
    offset: float
    steps: np.ndarray

    @property
    def uses(self) -> frozenset[str]:
        """What its methods cannot do without."""
        return uses_of(self.methods)

    def score(self, asked: Question) -> np.ndarray:
        """Return `(A, T)` sums, by which targets are ranked."""
        return self.sum_of(features_of(asked, self.methods))

    def sum_of(self, features: np.ndarray) -> np.ndarray:
        """Return the logistic sum of `(..., F)` features."""
        return features @ self.weights + self.offset

    def probability(self, sums: np.ndarray) -> np.ndarray:
        """Return the calibrated probability of sums."""
        return np.interp(sums, self.steps[0], self.steps[1])


def uses_of(methods: Sequence[str]) -> frozenset[str]:
    """Return what some methods cannot do without."""
    return frozenset[str]().union(*(METHODS[name].uses for name in methods))


def features_of(asked: Question, methods: Sequence[str]) -> np.ndarray:
    """Return `(A, T, 2 M)`: standardised and plain scores. No counts of compounds a target."""
    found = []
    for name in methods:
        scores = answer(name, asked)
        found += [standardised(scores), np.sign(scores) * np.sqrt(np.abs(scores))]
    return np.stack(found, axis=2)


def fit_stack(
    reference: Reference,
    train: np.ndarray,
    groups: np.ndarray,
    methods: Sequence[str],
    *,
    alike: float = IDENTICAL,
    seed: int = 0,
) -> Stack:
    """Fit weights and probabilities on folds of the training compounds alone.

    Parameters
    ----------
    reference
        All compounds.
    train
        Rows that may be looked at.
    groups
        `(S,)` what belongs together in a fold, of all measured compounds.
    methods
        Names of the methods to put together.
    alike
        As `Reference.question` takes it.
    seed
        Of folds and of the cells that are kept.
    """
    used = uses_of(methods)
    fold = make_folds(groups[train], seed=seed, n=INNER_FOLDS)
    asked_about = np.isin(train, reference.asked)
    features, answers = [], []
    for number in range(INNER_FOLDS):
        inside, outside = train[fold != number], train[(fold == number) & asked_about]
        question = reference.question(
            inside, outside, alike=alike, outside="outside" in used, wide="wide" in used
        )
        features.append(features_of(question, methods).reshape(-1, 2 * len(methods)))
        answers.append(reference.known[outside].ravel())
    return fit_on_cells(np.concatenate(features), np.concatenate(answers), methods, seed=seed)


def fit_on_cells(
    features: np.ndarray, known: np.ndarray, methods: Sequence[str], *, seed: int = 0
) -> Stack:
    """Fit weights on cells, some without a target left out, then probabilities on all of them."""
    rng = np.random.default_rng(seed)
    with_target = np.flatnonzero(known)
    without = np.flatnonzero(~known)
    n_kept = min(len(without), NEGATIVES * len(with_target))
    kept = np.concatenate([with_target, rng.choice(without, n_kept, replace=False)])
    spread = features[kept].std(axis=0) + 1e-9
    model = LogisticRegression(C=10.0, max_iter=500)
    model.fit(features[kept] / spread, known[kept])
    weights = model.coef_[0] / spread
    left_out = np.log(len(without) / max(n_kept, 1))
    offset = float(model.intercept_[0] - left_out)
    sums = features @ weights + offset
    monotone = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(sums, known)
    steps = np.stack([monotone.X_thresholds_, monotone.y_thresholds_])
    return Stack(tuple(methods), weights, offset, steps)


def expected_calibration_error(
    probability: np.ndarray, known: np.ndarray, *, bins: int = 10
) -> float:
    """Mean distance of what was said from what came true, over bins of equal width.

    Parameters
    ----------
    probability, known
        Of the same cells.
    bins
        How many.
    """
    at = np.minimum((probability * bins).astype(int), bins - 1).ravel()
    said = np.bincount(at, probability.ravel(), minlength=bins)
    came = np.bincount(at, known.ravel(), minlength=bins)
    return float(np.abs(said - came).sum() / max(probability.size, 1))


def calibration_curve(
    probability: np.ndarray, known: np.ndarray, *, bins: int = 10
) -> list[tuple[float, float, int]]:
    """Return (mean said, share that came true, cells) of each bin that holds a cell."""
    at = np.minimum((probability * bins).astype(int), bins - 1).ravel()
    size = np.bincount(at, minlength=bins)
    said = np.bincount(at, probability.ravel(), minlength=bins)
    came = np.bincount(at, known.ravel(), minlength=bins)
    return [
        (float(said[n] / size[n]), float(came[n] / size[n]), int(size[n]))
        for n in range(bins)
        if size[n]
    ]


def interval_of(sums: np.ndarray, stack: Stack, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the probability at sums one and a half spreads of refits below and above."""
    return stack.probability(sums - 1.96 * spread), stack.probability(sums + 1.96 * spread)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return log odds, bounded."""
    return logit(np.clip(probability, _SMALLEST, 1 - _SMALLEST))
