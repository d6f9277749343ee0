"""Which nodes of a context of molecules are joined, and how heavily."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn.molecules.context_graph import Edges
from musegnn.molecules.structures import tanimoto

_ROWS: Final = 1024  # compared at a time


@dataclass(frozen=True)
class Likeness:
    """How alike two nodes of a block have to be to be joined.

    The bound lies between two similarities, as low as keeps no more than a share of all pairs of
    the block.

    Parameters
    ----------
    low, high
        Between which the bound lies.
    sparsity
        Share of all pairs that stays without an edge.
    """

    low: float = 0.6
    high: float = 0.99
    sparsity: float = 0.995


PUBLISHED: Final = Likeness(0.8)  # Liu et al., ICLR 2025
DEFAULT: Final = Likeness()  # above .8 hardly any signature or molecule has a neighbour


def edges_between(
    rule: str,
    pairs: Iterable[tuple[str, str]],
    first: Mapping[str, int],
    second: Mapping[str, int],
) -> Edges:
    """Join nodes by pairs of names with weight 1; pairs with an unknown name are left out."""
    found = sorted(
        {(first[a], second[b]) for a, b in pairs if a in first and b in second and (a or b)}
    )
    ends = np.array(found, dtype=np.int32).reshape(-1, 2)
    ends = ends[ends[:, 0] != ends[:, 1]]
    return Edges(rule, ends[:, 0], ends[:, 1], np.ones(len(ends), dtype=np.float32))


def strongest_changes(
    signatures: np.ndarray,
    molecules: np.ndarray,
    genes: np.ndarray,
    *,
    most: int = 10,
    share: float = 0.0,
) -> Edges:
    """Join molecules with the genes that they change most.

    Parameters
    ----------
    signatures
        `(S, G)` z-scores.
    molecules
        `(S,)` node of the molecule of each signature; -1 where there is none.
    genes
        `(G,)` node of each gene; -1 where there is none.
    most
        Genes of each signature, those with the largest absolute values.
    share
        In place of it the share of all values that counts, the largest over all signatures
        (published: 0.01, which 50 strong compounds take nine tenths of); 0 for `most` of each.

    Returns
    -------
    Weights are absolute values over the largest one of the signature.
    """
    size = np.abs(signatures)
    size = np.where(genes[None] >= 0, size, 0)
    if share:
        bound = np.quantile(size[:, genes >= 0], 1 - share)
        rows, columns = np.nonzero(size > bound)
        rule = f"expression changed, {share:.0%} of all values"
    else:
        count = min(most, size.shape[1])
        columns = np.sort(np.argsort(-size, axis=1, kind="stable")[:, :count], axis=1).ravel()
        rows = np.repeat(np.arange(len(size)), count)
        rule = f"expression changed, {most} genes of each signature"
    values = size[rows, columns] / np.maximum(size.max(axis=1), 1e-12)[rows]
    kept = (molecules[rows] >= 0) & (values > 0)
    return Edges(
        rule,
        molecules[rows][kept].astype(np.int32),
        genes[columns][kept].astype(np.int32),
        np.minimum(values[kept], 1).astype(np.float32),
    )


def edges_of_likeness(
    rule: str,
    vectors: np.ndarray,
    nodes: np.ndarray,
    likeness: Likeness,
    *,
    groups: Sequence[str] | np.ndarray | None = None,
    is_fingerprint: bool = False,
) -> Edges:
    """Join nodes of a block that are alike.

    Parameters
    ----------
    rule
        In words.
    vectors
        `(N, D)`; zeros and ones for fingerprints.
    nodes
        `(N,)` number of each.
    likeness
        Where the bound is.
    groups
        `(N,)` only nodes of the same group are compared; None for all of them.
    is_fingerprint
        Whether likeness is Tanimoto in place of cosine.

    Returns
    -------
    Weights are similarities; the rule tells the bound.
    """
    first, second, value = [], [], []
    for rows in _members(groups, len(vectors)):
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            alike = tanimoto if is_fingerprint else _cosine
            found = alike(vectors[part], vectors[rows[start:]])
            own, other = np.nonzero(np.triu(found, 1) > likeness.low)
            first.append(part[own])
            second.append(rows[start:][other])
            value.append(found[own, other])
    values = np.concatenate([np.zeros(0), *value])
    n_pairs = len(vectors) * (len(vectors) - 1) // 2
    room = int((1 - likeness.sparsity) * n_pairs)
    bound = likeness.low
    if len(values) > room:
        bound = min(max(float(np.partition(values, -room - 1)[-room - 1]), bound), likeness.high)
    kept = values > bound
    joined = [np.concatenate([np.zeros(0, np.int64), *part])[kept] for part in (first, second)]
    ends = [nodes[part].astype(np.int32) for part in joined]
    weight = np.minimum(values[kept], 1).astype(np.float32)
    return Edges(f"{rule}, above {bound:.2f}", ends[0], ends[1], weight)


def clusters_of(vectors: np.ndarray, *, most: int = 100, seed: int = 0) -> np.ndarray:
    """Cluster profiles as published: k-means with 100 groups on two principal components."""
    from sklearn.cluster import KMeans  # noqa: PLC0415 - for who builds a graph

    centred = vectors - vectors.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    count = max(1, min(most, len(vectors) // 2))
    found = KMeans(count, n_init=1, random_state=seed).fit(centred @ axes.T)
    return np.asarray(found.labels_)


def _members(groups: Sequence[str] | np.ndarray | None, size: int) -> list[np.ndarray]:
    """Rows of each group that has two or more."""
    if groups is None:
        return [np.arange(size)]
    rows: dict[object, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        rows[group].append(row)
    return [np.array(found) for found in rows.values() if len(found) > 1]


def _cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`(A, B)` cosine; 0 for rows of zeros."""
    a, b = (
        rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        for rows in (one.astype(np.float32), other.astype(np.float32))
    )
    return np.asarray(a @ b.T)
