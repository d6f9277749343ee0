"""Targets that no training compound hits: what is said of like genes is carried to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from musegnn.errors import InputError
from musegnn.targets.methods import Question, answer, nearest, standardised, with_outside

SHARPNESS: Final = 4  # power of the likeness of genes along which votes are carried


def hide_targets(asked: Question, hidden: np.ndarray) -> Question:
    """Return the question without what is known of some targets.

    Parameters
    ----------
    asked
        The question.
    hidden
        `(T,)` bool.
    """
    outside = asked.outside_known
    return replace(
        asked,
        known=asked.known & ~hidden,
        outside_known=None if outside is None else outside & ~hidden,
    )


def _genes(asked: Question) -> np.ndarray:
    if asked.genes is None:
        msg = "Expected gene vectors for targets without a known compound, found none."
        raise InputError(msg, "Fetch or import gene sets or interactions.")
    return asked.genes**SHARPNESS


def _popularity(asked: Question) -> np.ndarray:
    return answer("popularity", asked) @ _genes(asked)


def _signature(asked: Question) -> np.ndarray:
    votes = nearest(asked.kernels["cosine"].across, asked.labels, power=3, most=30)
    carried = votes @ _genes(asked)
    return standardised(carried) + standardised(answer("signature", asked))


def _wide(asked: Question) -> np.ndarray:
    across, labels = with_outside(asked)
    carried = nearest(across, labels, power=6, most=None) @ _genes(asked)
    return standardised(carried) + standardised(answer("combined", asked))


# name -> scores of all candidates, those without a training compound among them
UNSEEN: Final[Mapping[str, Callable[[Question], np.ndarray]]] = {
    "popularity": _popularity,
    "signature": _signature,
    "structure": lambda asked: answer("structure", asked),
    "combined": lambda asked: answer("combined", asked),
    "wide": _wide,
}
