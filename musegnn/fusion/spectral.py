"""Vectors of a table by truncated SVD, in seconds."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from musegnn.fusion.feature_table import GRAPH, PROFILES, SETS, FeatureTable
from musegnn.graphs.thread_limit import limited_threads

RESTART: Final = 0.5  # of the walk over a graph whose end is what the vectors approximate
# what rounding leaves of zeros: products of such numbers are slow to compute with, and say nothing
TINY: Final = 1e-6
_ROUNDS: Final = 5  # of the randomised search for the leading directions


def encode_by_svd(table: FeatureTable, width: int, *, seed: int = 0) -> np.ndarray:
    """Embed the genes of a table.

    Parameters
    ----------
    table
        What is known. Terms are scaled on both sides, so that neither a gene with many nor a large
        term counts more; signed features of a gene are brought to length 1; a graph becomes the end
        of random walks with restart; profiles stay.
    width
        Numbers in a vector; where the table has fewer directions the rest is zero.
    seed
        Of the search for directions.

    Returns
    -------
    `(G, width)` float32 of length 1, zeros for genes of which nothing is known. One thread makes
    the same bytes everywhere.
    """
    from sklearn.utils.extmath import randomized_svd  # noqa: PLC0415 - takes a second to import

    matrix = _prepared(table)
    rank = min(width, min(matrix.shape) - 1)
    vectors = np.zeros((len(table.genes), width), dtype=np.float32)
    if rank < 1:
        return vectors
    with limited_threads(1):
        left, values, _ = randomized_svd(matrix, rank, n_iter=_ROUNDS, random_state=seed)
    left = left * np.sign(left[np.abs(left).argmax(axis=0), np.arange(rank)])
    power: np.ndarray | float
    if table.form == SETS:  # the leading directions count alike: measured, docs/fusion.md
        power = 1.0
    elif table.form == GRAPH:  # eigenvalues of the walk's step become those of its end
        power = RESTART / (1 - (1 - RESTART) * np.clip(values, 0, 1))
    else:
        power = values if table.form == PROFILES else np.sqrt(values)
    vectors[:, :rank] = left * power
    made = unit(vectors)
    made[np.abs(made) < TINY] = 0.0
    return made


def unit(vectors: np.ndarray) -> np.ndarray:
    """Bring rows to length 1; those of zeros stay."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-9)


def _prepared(table: FeatureTable) -> sparse.csr_matrix:
    """What is decomposed: scaled on both sides where it is of facts alone, else on one."""
    weights = table.weights.astype(np.float64)
    if table.form == PROFILES:
        return weights
    if table.form == GRAPH:
        looped = weights + sparse.identity(len(table.genes), format="csr")
        scale = sparse.diags(1 / np.sqrt(looped.sum(axis=1).A1))
        return sparse.csr_matrix(scale @ looped @ scale)
    if table.form == SETS:
        facts = table.members.astype(np.float64)
        sides = [sparse.diags(1 / np.sqrt(np.maximum(facts.sum(axis=a).A1, 1))) for a in (1, 0)]
        return sparse.csr_matrix(sides[0] @ facts @ sides[1])
    length = np.sqrt(weights.multiply(weights).sum(axis=1)).A1
    scale = sparse.diags(1 / np.where(length > 0, length, 1))
    return sparse.csr_matrix(scale @ weights)
