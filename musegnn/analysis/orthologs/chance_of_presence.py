"""Chance of things being present together, in closed form."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

_WIDEST = 200.0  # natural logarithm of the largest factor on the odds
_ALMOST_SURE = 1 - 1e-12  # what is not sure must not become sure by rounding


def chance_of_presence(chance: np.ndarray, thing: np.ndarray, n_things: int) -> np.ndarray:
    """Chance that at least one of the independent occasions of each thing happens.

    Parameters
    ----------
    chance
        `(R,)` chance of each occasion, 0 to 1.
    thing
        `(R,)` which thing the occasion belongs to, 0 to `n_things` - 1.
    n_things
        Number of things.

    Returns
    -------
    `(n_things,)`, 0 to 1; 0 for a thing without occasions, 1 only where an occasion is sure.
    """
    with np.errstate(divide="ignore"):  # an occasion that happens for sure
        missed = np.bincount(thing, weights=np.log1p(-chance), minlength=n_things)
    return np.where(np.isneginf(missed), 1.0, np.minimum(-np.expm1(missed), _ALMOST_SURE))


def match_total(chance: np.ndarray, total: int) -> np.ndarray:
    """Multiply all odds by one number, so that the chances sum to a total.

    Parameters
    ----------
    chance
        `(P,)` chances, 0 to 1. Those of 0 and 1 stay.
    total
        What the result sums to: at least the number of ones, at most that of chances above 0.

    Returns
    -------
    `(P,)` chances, 0 to 1, in the same order of size.
    """
    matched = np.where(chance >= 1, 1.0, 0.0)
    is_open = (chance > 0) & (chance < 1)
    wanted, n_open = total - int((chance >= 1).sum()), int(is_open.sum())
    if wanted >= n_open:
        matched[is_open] = 1.0
    elif wanted > 0:
        logit = np.log(chance[is_open]) - np.log1p(-chance[is_open])

        def surplus(shift: float) -> float:
            return float((1 / (1 + np.exp(-(logit + shift)))).sum()) - wanted

        shift = brentq(surplus, -_WIDEST, _WIDEST, xtol=1e-12)
        matched[is_open] = np.minimum(1 / (1 + np.exp(-(logit + shift))), _ALMOST_SURE)
    return matched


def overlap_distribution(chance: np.ndarray, marked: np.ndarray, total: int) -> np.ndarray:
    """Distribution of the marked things among those present, given how many are present.

    Parameters
    ----------
    chance
        `(F,)` chance of each thing to be present, 0 to 1, independently.
    marked
        `(F,)` bool, which things are marked.
    total
        Number of things present: at least the number of sure ones, at most that of possible ones.

    Returns
    -------
    Chance of 0, 1, ... marked things, at most as many as there are or as are present; sums to 1.
    With equal chances it is hypergeometric, with two odds Fisher's noncentral hypergeometric.
    Multiplying all odds by one number changes nothing.
    """
    most = min(int(marked.sum()), total)
    inside = _poisson_binomial(chance[marked], most)
    outside = _poisson_binomial(chance[~marked], total)
    weight = inside * outside[total - np.arange(most + 1)]
    return weight / weight.sum()


def _poisson_binomial(chance: np.ndarray, most: int) -> np.ndarray:
    """Chance that 0, 1, ... `most` of independent events happen, `(most + 1,)`."""
    distribution = np.zeros(most + 1)
    distribution[0] = 1.0
    for p in chance[chance > 0]:
        distribution[1:] = distribution[1:] * (1 - p) + distribution[:-1] * p
        distribution[0] *= 1 - p
    return distribution
