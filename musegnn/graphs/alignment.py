"""Rotate the gene vectors of many datasets onto each other by the names they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musegnn.errors import InputError


@dataclass
class _Consensus:
    """Sum and number of the placed vectors of every shared name, `(S, K)` and `(S,)`."""

    total: np.ndarray
    count: np.ndarray

    def mean(self, slots: np.ndarray) -> np.ndarray:
        """Mean vectors of the names in `slots`, each placed at least once."""
        return self.total[slots] / self.count[slots][:, None]

    def add(self, slots: np.ndarray, vectors: np.ndarray) -> None:
        """Place the vectors of one dataset, in which each name stands once."""
        self.total[slots] += vectors
        self.count[slots] += 1

    def remove(self, slots: np.ndarray, vectors: np.ndarray) -> None:
        """Take the vectors of one dataset out again."""
        self.total[slots] -= vectors
        self.count[slots] -= 1


@dataclass(frozen=True)
class SharedRows:
    """Where the names of one dataset stand that another one has too.

    Parameters
    ----------
    rows
        `(n,)` int64 rows of the dataset.
    slots
        `(n,)` int64 number of each name among all shared names in alphabetical order.
    """

    rows: np.ndarray
    slots: np.ndarray


def align_features(
    features: Sequence[np.ndarray], names: Sequence[Sequence[str]], *, rounds: int = 10
) -> list[np.ndarray]:
    r"""Align datasets by generalised orthogonal Procrustes analysis on shared names.

    The dataset with most shared names is placed first; then, again and again, the one with most
    names already placed is turned onto the mean of the placed vectors of the same name. After that
    every dataset is fitted `rounds` times to the mean of the others. One fit is the rotation or
    reflection :math:`R = UV^T` with :math:`X^T Y = U S V^T`, which minimises
    :math:`\lVert XR - Y \rVert`.

    Parameters
    ----------
    features
        `(G_d, F_d)` of each dataset, finite; widths may differ. They are neither centred nor
        scaled: bring datasets to one scale before.
    names
        G_d names of each dataset. Where a name stands twice in one dataset, its first row counts.
    rounds
        Fits of each dataset to the others, 0 or more.

    Returns
    -------
    `(G_d, max F)` of each dataset, of its own float type. Narrow datasets get columns of zeros
    before they are turned. A dataset that shares no name stays as it is, and where groups of
    datasets share no name with each other, each group is aligned within itself.

    Raises
    ------
    InputError
        If names and features do not fit each other, or `rounds` is negative.

    References
    ----------
    Gower, Psychometrika 40, 33 (1975); Schönemann, Psychometrika 31, 1 (1966).
    """
    _check(features, names, rounds)
    if not features:
        return []
    width = max(values.shape[1] for values in features)
    placed = [_widen(values, width) for values in features]
    shared = find_shared_rows(names)
    n_names = max((int(own.slots.max()) + 1 for own in shared if len(own.slots)), default=0)
    consensus = _Consensus(np.zeros((n_names, width)), np.zeros(n_names, dtype=np.int64))
    _place_one_by_one(placed, shared, consensus)
    for _ in range(rounds):
        for i, own in enumerate(shared):
            consensus.remove(own.slots, placed[i][own.rows])
            placed[i] = _turn(placed[i], own, consensus)
            consensus.add(own.slots, placed[i][own.rows])
    return [
        values.astype(np.result_type(before, np.float32), copy=False)
        for values, before in zip(placed, features, strict=True)
    ]


def _check(features: Sequence[np.ndarray], names: Sequence[Sequence[str]], rounds: int) -> None:
    """Raise `InputError` unless names, features and rounds can be used."""
    found = [len(values) for values in features]
    expected = [len(own) for own in names]
    if found != expected:
        msg = f"Expected one name for each row, found {expected} names and {found} rows."
        raise InputError(msg, "Pass names and features of the same datasets in the same order.")
    if rounds < 0:
        msg = f"Expected `rounds` to be 0 or more, found {rounds}."
        raise InputError(msg, "Choose a whole number such as 10.")


def _widen(values: np.ndarray, width: int) -> np.ndarray:
    """Copy as float64 with columns of zeros up to `width`."""
    return np.pad(np.asarray(values, dtype=np.float64), ((0, 0), (0, width - values.shape[1])))


def find_shared_rows(names: Sequence[Sequence[str]]) -> list[SharedRows]:
    """Number the names that stand in two datasets or more, in alphabetical order.

    Parameters
    ----------
    names
        Names of the rows of each dataset. Where a name stands twice in one, its first row counts.
    """
    first_rows: list[dict[str, int]] = []
    for own in names:
        position: dict[str, int] = {}
        for row, name in enumerate(own):
            position.setdefault(name, row)
        first_rows.append(position)
    counted = Counter(name for position in first_rows for name in position)
    slot = {name: i for i, name in enumerate(sorted(n for n, c in counted.items() if c > 1))}
    found = []
    for position in first_rows:
        kept = [(row, slot[name]) for name, row in position.items() if name in slot]
        table = np.array(kept, dtype=np.int64).reshape(-1, 2)
        found.append(SharedRows(table[:, 0], table[:, 1]))
    return found


def _place_one_by_one(
    placed: list[np.ndarray], shared: list[SharedRows], consensus: _Consensus
) -> None:
    """Turn each dataset onto those placed before it; ties go to the first in order."""
    waiting = list(range(len(placed)))
    while waiting:
        known = [int((consensus.count[shared[i].slots] > 0).sum()) for i in waiting]
        # without any link to what is placed, a new group starts with its best linked dataset
        ranks = known if max(known) else [len(shared[i].slots) for i in waiting]
        chosen = waiting.pop(int(np.argmax(ranks)))
        own = shared[chosen]
        placed[chosen] = _turn(placed[chosen], own, consensus)
        consensus.add(own.slots, placed[chosen][own.rows])


def _turn(values: np.ndarray, own: SharedRows, consensus: _Consensus) -> np.ndarray:
    """Turn one dataset onto the consensus; without a name in it, leave the dataset as it is."""
    is_known = consensus.count[own.slots] > 0
    if not is_known.any():
        return values
    target = consensus.mean(own.slots[is_known])
    left, _, right = np.linalg.svd(values[own.rows[is_known]].T @ target)
    return values @ (left @ right)
