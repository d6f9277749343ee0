"""Redundancy: terms that name nearly the same genes stand behind the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import sparse

from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.validation import check_share

OVERLAP: Final = 0.5  # Jaccard from which two terms count as one


def represented_by(
    terms: Sequence[str],
    *,
    index: TermIndex,
    background: np.ndarray,
    overlap: float = OVERLAP,
) -> list[str]:
    """Find for each term the first better one that names nearly the same genes.

    Terms are taken in the order given, best first. One is kept when its Jaccard (shared genes
    divided by all genes of both, inside the background) to every term kept before is below
    `overlap`; else it stands behind the kept one it is most alike, the better of equals. Nothing
    is thrown away: the caller shows the kept terms and counts the others.

    Parameters
    ----------
    terms
        Names of the index, best first.
    index
        The library.
    background
        `(G,)` bool, the genes of the index that count.
    overlap
        Jaccard from which a term is redundant, 0 to 1; at 1 only equal terms are.

    Returns
    -------
    Name of the kept term for each term; its own name where it is kept itself.

    Raises
    ------
    InputError
        If `overlap` is not between 0 and 1.
    """
    check_share(overlap, name="overlap")
    if not len(terms):
        return []
    rows = index.membership[[index.rows[name] for name in terms]]
    inside = sparse.csr_matrix(rows[:, np.flatnonzero(background)])
    sizes = np.asarray(inside.sum(axis=1)).ravel()
    shared = sparse.csr_matrix(inside @ inside.T)
    kept = np.arange(len(terms))
    for term in range(1, len(terms)):
        start, stop = shared.indptr[term], shared.indptr[term + 1]
        others, common = shared.indices[start:stop], shared.data[start:stop]
        is_better = (others < term) & (kept[others] == others)
        others, common = others[is_better], common[is_better]
        jaccard = common / (sizes[others] + sizes[term] - common)
        near = np.flatnonzero(jaccard >= overlap)
        if len(near):
            kept[term] = others[near][np.lexsort((others[near], -jaccard[near]))[0]]
    return [terms[best] for best in kept.tolist()]
