"""Refits of one question in which training compounds count differently, all at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from musegnn.targets.methods import Question, noise_of, weigh_labels

_CLOSE_ENOUGH: Final = 1e-5  # what is left of the right side, as a share of it
_MOST_STEPS: Final = 1000


def refits_of(asked: Question, *, n: int, seed: int) -> tuple[Question, ...]:
    """Return the question as it is, then as often with compounds drawn to count differently.

    The ridge over all labelled molecules, for which every refit would take a second or more, is
    solved for all of them together and answered already.

    Parameters
    ----------
    asked
        One compound.
    n
        How many refits.
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    n_outside = 0 if asked.outside is None else asked.outside.shape[1]
    drawn = [
        (rng.standard_exponential(len(asked.known)), rng.standard_exponential(n_outside))
        for _ in range(n)
    ]
    questions = (replace(asked), *(replace(asked, weights=weights) for weights in drawn))
    if asked.wide is None or asked.outside_known is None or asked.outside_n is None:
        return questions
    pair, rows = asked.wide
    weights = np.array([np.ones(len(rows)), *(np.concatenate(both) for both in drawn)])
    duals = solve_together(pair.among, pair.across[0], noise_of(weights[:, rows]))
    known = np.concatenate([asked.known, asked.outside_known])[rows]
    labels = weigh_labels(known, np.concatenate([asked.n_known, asked.outside_n])[rows])
    for question, scores in zip(questions, duals @ labels.astype(duals.dtype), strict=True):
        question.answered["far_ridge"] = scores[None]
    return questions


def solve_together(among: np.ndarray, across: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Solve a kernel with several diagonals added for one right side.

    By conjugate gradients over all diagonals at once: a step is one product of the kernel with a
    slim matrix, and a hundred of them take less than one factor of the kernel.

    Parameters
    ----------
    among
        `(R, R)` kernel; its type of number is that of the answer.
    across
        `(R,)`.
    noise
        `(D, R)` what is added to the diagonal, above 0.

    Returns
    -------
    `(D, R)`.
    """
    # with N the noise, (K + N)^-1 k = N^-1/2 (N^-1/2 K N^-1/2 + 1)^-1 N^-1/2 k: no large number
    # is left where a compound hardly counts
    root = (1 / np.sqrt(noise.T)).astype(among.dtype)
    right = root * across.astype(among.dtype)[:, None]
    scale = 1 / (root**2 * np.diagonal(among)[:, None] + 1)
    found, left = np.zeros_like(right), right.copy()
    near = scale * left
    way, size = near.copy(), (left * near).sum(axis=0)
    least = _CLOSE_ENOUGH * np.sqrt((right**2).sum(axis=0))
    for _ in range(_MOST_STEPS):
        is_open = np.sqrt((left**2).sum(axis=0)) > least
        if not is_open.any():
            break
        gone = root * (among @ (root * way)) + way
        along = (way * gone).sum(axis=0)
        step = np.divide(size, along, out=np.zeros_like(size), where=is_open & (along > 0))
        found += step * way
        left -= step * gone
        near = scale * left
        new = (left * near).sum(axis=0)
        way = near + np.divide(new, size, out=np.zeros_like(size), where=size > 0) * way
        size = new
    return np.ascontiguousarray((root * found).T)
