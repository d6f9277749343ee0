"""Models of properties that know structures alone: what cell context is measured against.

Each learns all tasks of a table from one part, and says a probability or a number of every task for
molecules it never saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import nnls
from scipy.spatial.distance import cdist
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from musegnn.errors import InputError
from musegnn.molecules.structures import tanimoto

_NEAREST: Final = 10
_RIDGE: Final = (0.1, 1.0, 10.0)
_BOOSTING: Final[dict[str, Any]] = {
    "max_iter": 150,
    "learning_rate": 0.06,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 8,
    "l2_regularization": 1.0,
    "max_features": 0.2,
}
_MOST_LEARNED: Final = 12_000  # molecules whose kernel fits in memory


@dataclass(frozen=True)
class Molecules:
    """What models see of molecules.

    Parameters
    ----------
    bits
        `(M, B)` uint8 Morgan fingerprints.
    deviates
        `(M, D)` float32 descriptors on the scale of the training part.
    """

    bits: np.ndarray
    deviates: np.ndarray

    def only(self, rows: np.ndarray) -> Molecules:
        """Keep some, by their places."""
        return Molecules(self.bits[rows], self.deviates[rows])

    @property
    def together(self) -> np.ndarray:
        """`(M, B + D)` float32."""
        return np.hstack([self.deviates, self.bits.astype(np.float32)])


@dataclass(frozen=True)
class Task:
    """What is learned.

    Parameters
    ----------
    train, valid, asked
        Molecules of the three parts.
    train_labels, valid_labels
        `(M, T)`, NaN where nothing was measured.
    is_binary
        Whether labels are classes.
    seed
        Of whatever is drawn.
    """

    train: Molecules
    valid: Molecules
    asked: Molecules
    train_labels: np.ndarray
    valid_labels: np.ndarray
    is_binary: bool
    seed: int = 0

    def with_seed(self, seed: int) -> Task:
        """Return the same with another seed."""
        return replace(self, seed=seed)


Model = Callable[[Task], np.ndarray]


def constant(task: Task) -> np.ndarray:
    """Share of actives, or median, of each task: knows no structure."""
    usual = np.nanmean if task.is_binary else np.nanmedian
    said = [
        usual(column[np.isfinite(column)]) if np.isfinite(column).any() else 0.0
        for column in task.train_labels.T
    ]
    return np.tile(np.asarray(said), (len(task.asked.bits), 1))


def nearest(task: Task) -> np.ndarray:
    """Mean label of the ten most similar measured molecules, weighted by similarity cubed."""
    alike = tanimoto(task.asked.bits, task.train.bits)
    found = constant(task)
    for columns, known in measured_together(task.train_labels):
        if not len(known):
            continue
        n_near = min(_NEAREST, len(known))
        near = np.argpartition(-alike[:, known], n_near - 1, axis=1)[:, :n_near]
        weight = np.take_along_axis(alike[:, known], near, axis=1) ** 3 + 1e-6
        weight /= weight.sum(axis=1, keepdims=True)
        labels = task.train_labels[np.ix_(known, columns)]
        found[:, columns] = np.einsum("an,ant->at", weight, labels[near])
    return found


def kernel_ridge(task: Task) -> np.ndarray:
    """Ridge on likeness of structures and descriptors; its penalty by the stopping part.

    Tasks that were measured on the same molecules are solved together.
    """
    if len(task.train.bits) > _MOST_LEARNED:
        msg = f"Expected at most {_MOST_LEARNED:,} molecules, found {len(task.train.bits):,}."
        raise InputError(msg, "Learn from fewer molecules.")
    kernel = _kernel(task.train, task.train)
    to_valid, to_asked = _kernel(task.valid, task.train), _kernel(task.asked, task.train)
    found = constant(task)
    for columns, known in measured_together(task.train_labels):
        if len(known) < 2:
            continue
        labels = task.train_labels[np.ix_(known, columns)]
        centre = labels.mean(axis=0)
        weights = _weights(
            kernel[np.ix_(known, known)],
            labels - centre,
            to_valid[:, known],
            task.valid_labels[:, columns] - centre,
        )
        found[:, columns] = to_asked[:, known] @ weights + centre
    return np.clip(found, 0, 1) if task.is_binary else found


def measured_together(labels: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Columns of `(M, T)` labels with the same gaps, and the rows that they know.

    In the order of the first column of each.
    """
    groups: dict[bytes, list[int]] = {}
    known = np.isfinite(labels)
    for column in range(labels.shape[1]):
        groups.setdefault(np.packbits(known[:, column]).tobytes(), []).append(column)
    return [(np.array(group), np.flatnonzero(known[:, group[0]])) for group in groups.values()]


def _weights(
    kernel: np.ndarray, labels: np.ndarray, to_held: np.ndarray, held: np.ndarray
) -> np.ndarray:
    """`(M, T)` weights, for each task by the penalty with the least error on held labels."""
    told = np.isfinite(held)
    best, chosen = np.full(labels.shape[1], np.inf), np.zeros_like(labels)
    for penalty in _RIDGE:
        penalised = kernel.astype(np.float64)
        penalised[np.diag_indices_from(penalised)] += penalty
        weights = cho_solve(cho_factor(penalised, overwrite_a=True), labels)
        error = np.where(told, to_held @ weights - np.nan_to_num(held), 0) ** 2
        # without a held label the middle penalty counts
        mean = np.where(
            told.any(axis=0),
            error.sum(axis=0) / np.maximum(told.sum(axis=0), 1),
            abs(np.log10(penalty)),
        )
        is_better = mean < best
        best = np.where(is_better, mean, best)
        chosen[:, is_better] = weights[:, is_better]
    return chosen


def forest(task: Task) -> np.ndarray:
    """Random forest on fingerprint and descriptors, a forest a task."""
    return _trees(task, RandomForestClassifier, RandomForestRegressor)


def extra_trees(task: Task) -> np.ndarray:
    """Extremely randomised trees on fingerprint and descriptors."""
    return _trees(task, ExtraTreesClassifier, ExtraTreesRegressor)


def _trees(task: Task, classifier: type, regressor: type) -> np.ndarray:
    features, asked = task.train.together, task.asked.together
    found = constant(task)
    for column, labels in enumerate(task.train_labels.T):
        known = np.isfinite(labels)
        if len(np.unique(labels[known])) < 2:
            continue
        shared = {"n_estimators": 120, "random_state": task.seed, "max_features": "sqrt"}
        if task.is_binary:
            made = classifier(min_samples_leaf=1, **shared)
            made.fit(features[known], labels[known].astype(int))
            found[:, column] = made.predict_proba(asked)[:, 1]
        else:
            made = regressor(min_samples_leaf=2, **shared)
            made.fit(features[known], labels[known])
            found[:, column] = made.predict(asked)
    return found


def boosting(task: Task) -> np.ndarray:
    """Boosted trees on descriptors, a model a task."""
    found = constant(task)
    for column, labels in enumerate(task.train_labels.T):
        known = np.isfinite(labels)
        if len(np.unique(labels[known])) < 2:
            continue
        features = task.train.deviates[known]
        shared = {**_BOOSTING, "random_state": task.seed}
        if task.is_binary:
            made = HistGradientBoostingClassifier(**shared).fit(features, labels[known] > 0)
            found[:, column] = made.predict_proba(task.asked.deviates)[:, 1]
        else:
            line = HistGradientBoostingRegressor(loss="absolute_error", **shared)
            found[:, column] = line.fit(features, labels[known]).predict(task.asked.deviates)
    return found


def weigh_models(labels: np.ndarray, held: Sequence[np.ndarray]) -> np.ndarray:
    """Weigh models by how well their mean tells labels that none of them learned from.

    Every task weighs alike, in units of its deviation. One set of weights serves all tasks: a
    task alone has too few labels for its own.

    Parameters
    ----------
    labels
        `(H, T)`, NaN where unknown.
    held
        What each model says, `(H, T)`.

    Returns
    -------
    `(len(held),)` from 0, with the sum 1; alike where no label is known.
    """
    known = np.isfinite(labels)
    n_known = known.sum(axis=0)
    centre = np.where(known, labels, 0).sum(axis=0) / np.maximum(n_known, 1)
    variance = np.where(known, (labels - centre) ** 2, 0).sum(axis=0)  # times the labels
    usable = (n_known > 1) & (variance > 0)
    if not usable.any():
        return np.full(len(held), 1 / len(held))
    scale = np.divide(1, np.sqrt(variance), out=np.zeros(len(variance)), where=usable)
    told = known & usable
    wanted = ((labels - centre) * scale)[told]
    said = np.stack([((one - centre) * scale)[told] for one in held], axis=1)
    # a heavy row holds the sum at 1
    heavy = 1e3 * np.sqrt(usable.sum())
    rows = np.vstack([said, np.full(len(held), heavy)])
    weights = nnls(rows, np.append(wanted, heavy))[0]
    return np.asarray(weights / weights.sum())


def _kernel(one: Molecules, other: Molecules) -> np.ndarray:
    """Mean of Tanimoto similarity and of a Gaussian of the distance of descriptors."""
    width = one.deviates.shape[1]
    distance = cdist(one.deviates, other.deviates, "sqeuclidean")
    return (tanimoto(one.bits, other.bits) + np.exp(-distance / (2 * width))) / 2


MODELS: Final[dict[str, Model]] = {
    "constant": constant,
    "nearest": nearest,
    "kernel_ridge": kernel_ridge,
    "forest": forest,
    "extra_trees": extra_trees,
    "boosting": boosting,
}
TREES: Final = ("forest", "extra_trees", "boosting")
