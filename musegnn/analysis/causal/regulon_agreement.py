"""Regulon agreement: does a gene go with the other curated targets of a regulator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.analysis.causal.regulation import Regulation


def regulon_agreement(
    regulation: Regulation,
    genes: pd.Index,
    similarity: np.ndarray,
    regulators: Sequence[str],
    targets: Sequence[str],
    *,
    is_signed: bool,
) -> np.ndarray:
    """Average the similarity of a gene to the other curated targets of a regulator.

    Parameters
    ----------
    regulation
        Curated pairs.
    genes
        Symbols of the G genes of a context.
    similarity
        `(G, G)` in [-1, 1]: signs of co-expression, or cosines.
    regulators, targets
        The P edges. The target itself is left out of the average.
    is_signed
        Multiply with the sign of each other target, where known: a gene that goes with targets
        that are repressed then counts as one that goes against the regulator.

    Returns
    -------
    `(P,)` float64 in [-1, 1]; NaN where the gene is not in the context or the regulator has no
    other target there.
    """
    names = pd.Index(sorted(set(regulators)))
    row_of = names.get_indexer(list(regulators))
    place = genes.get_indexer(list(targets))
    weight = _weights(regulation, names, genes, is_signed=is_signed)
    present = abs(weight)
    result = np.full(len(row_of), np.nan)
    inside = np.flatnonzero(place >= 0)
    if not len(inside):
        return result
    rows, columns = row_of[inside], place[inside]
    own = np.asarray(weight[rows, columns]).ravel()
    total = np.asarray(present.sum(axis=1)).ravel()[rows] - abs(own)
    sums = np.einsum("ij,ij->i", weight[rows].toarray(), similarity[columns].astype(np.float64))
    sums -= own * similarity[columns, columns]
    has_others = total > 0
    result[inside[has_others]] = sums[has_others] / total[has_others]
    return result


def _weights(
    regulation: Regulation, names: pd.Index, genes: pd.Index, *, is_signed: bool
) -> sparse.csr_matrix:
    """Signs (or ones) of the curated targets of some regulators among some genes."""
    pairs = regulation.pairs
    rows = names.get_indexer(pairs["regulator"])
    columns = genes.get_indexer(pairs["target"])
    keep = (rows >= 0) & (columns >= 0)
    sign = pairs["sign"].to_numpy(dtype=np.float64)[keep]
    values = np.where(sign < 0, -1.0, 1.0) if is_signed else np.ones(keep.sum())
    shape = (len(names), len(genes))
    return sparse.csr_matrix((values, (rows[keep], columns[keep])), shape=shape)
