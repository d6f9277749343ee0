"""Which molecule left a profile: profiles predicted from kernels of molecules, and what ranks say.

Nothing here knows what a molecule or a feature is. A model takes how alike asked molecules and
known ones are, and the profiles of the known ones; what it predicts is compared with measured
profiles by cosine along the main directions of the known profiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn.molecules.morphology import unit_rows

DIRECTIONS: Final = 50  # main directions along which profiles are compared
RIDGE: Final = 1.0
PAIRS: Final = 10  # directions that molecules and profiles have together
_NEAR: Final = 4  # power of the similarity by which neighbours count
MEASURES: Final = ("hit_at_1", "hit_at_10", "mrr", "auroc")
DRAWS: Final = 2000  # of compounds, for intervals


@dataclass(frozen=True)
class ProfileSpace:
    """Main directions of known profiles.

    Parameters
    ----------
    centre
        `(F,)` mean of the known profiles.
    directions
        `(F, D)`.
    """

    centre: np.ndarray
    directions: np.ndarray

    def place(self, numbers: np.ndarray) -> np.ndarray:
        """Return `(P, D)` coordinates of profiles."""
        found: np.ndarray = (numbers - self.centre) @ self.directions
        return found


def fit_space(numbers: np.ndarray, *, n: int = DIRECTIONS) -> ProfileSpace:
    """Fit the space to `(P, F)` known profiles; nothing of the asked ones may be among them."""
    centre = numbers.mean(axis=0, dtype=np.float64)
    _, _, rows = np.linalg.svd(numbers - centre, full_matrices=False)
    return ProfileSpace(centre, rows[: min(n, len(numbers) - 1)].T)


def predict_by_ridge(
    asked: np.ndarray, known: np.ndarray, profiles: np.ndarray, *, ridge: float = RIDGE
) -> np.ndarray:
    """Kernel ridge regression of profiles.

    Parameters
    ----------
    asked
        `(Q, P)` kernel of asked with known molecules.
    known
        `(P, P)` kernel of known molecules.
    profiles
        `(P, D)` centred profiles of the known ones.
    ridge
        Added to the diagonal.
    """
    found: np.ndarray = asked @ np.linalg.solve(known + ridge * np.eye(len(known)), profiles)
    return found


def predict_by_neighbours(similarity: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Mean profile of known molecules, each counted by a power of its `(Q, P)` similarity."""
    weights = np.maximum(similarity, 0.0) ** _NEAR
    total = weights.sum(axis=1, keepdims=True)
    found: np.ndarray = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    return found @ profiles


def score_by_correlation(
    asked: np.ndarray,
    known: np.ndarray,
    profiles: np.ndarray,
    tested: np.ndarray,
    *,
    ridge: float = RIDGE,
    n: int = PAIRS,
) -> np.ndarray:
    """Canonical correlation of a kernel of molecules and profiles, in closed form.

    Parameters
    ----------
    asked, known, profiles, ridge
        As `predict_by_ridge` takes them.
    tested
        `(C, D)` profiles to compare with.
    n
        Most pairs of directions.

    Returns
    -------
    `(Q, C)` cosines.
    """
    smooth = np.linalg.solve(known + ridge * np.eye(len(known)), known)
    covariance = profiles.T @ profiles + len(profiles) * ridge * np.var(profiles) * np.eye(
        profiles.shape[1]
    )
    values, vectors = np.linalg.eigh(covariance)
    root = vectors / np.sqrt(np.maximum(values, 1e-12))
    inner = root.T @ (profiles.T @ smooth @ profiles) @ root
    strength, along = np.linalg.eigh((inner + inner.T) / 2)
    order = np.argsort(-strength)[:n]
    directions = root @ along[:, order]
    predicted = predict_by_ridge(asked, known, profiles @ directions, ridge=ridge)
    return unit_rows(predicted) @ unit_rows(tested @ directions).T


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return `(A, B)` cosines of rows; 0 for a row of zeros."""
    found: np.ndarray = unit_rows(one) @ unit_rows(other).T
    return found


def leave_one_out(kernel: np.ndarray, profiles: np.ndarray, *, ridge: float = RIDGE) -> np.ndarray:
    """Predict each known profile by kernel ridge from all others, in closed form."""
    inverse = np.linalg.inv(kernel + ridge * np.eye(len(kernel)))
    found: np.ndarray = profiles - (inverse @ profiles) / np.diag(inverse)[:, None]
    return found


def ranks_of_own(scores: np.ndarray) -> np.ndarray:
    """Place of the diagonal of `(C, C)` scores in its row, from 1; ties share their mean place."""
    own = np.diag(scores)[:, None]
    ranks: np.ndarray = 1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return ranks


def measures_of(ranks: np.ndarray, n_candidates: np.ndarray | int) -> np.ndarray:
    """Return `(Q, 4)` values of `MEASURES` of each question."""
    last = np.broadcast_to(np.asarray(n_candidates, dtype=float), ranks.shape)
    return np.column_stack(
        [ranks <= 1, ranks <= 10, 1 / ranks, (last - ranks) / np.maximum(last - 1, 1)]
    ).astype(float)


def mean_and_interval(values: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Return `(3, M)` mean and ends of the 95 % interval over compounds.

    Parameters
    ----------
    values
        `(C, M)` one row a compound, or differences of two models on the same compounds.
    """
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=DRAWS)
    drawn = counts @ values / len(values)
    return np.vstack([values.mean(axis=0), np.quantile(drawn, [0.025, 0.975], axis=0)])
