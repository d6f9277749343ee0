"""Comparison of two contexts: everything the Compare page shows is taken from it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from musegnn.analysis.comparison.context_alignment import (
    Alignment,
    align_contexts,
    aligned_plane,
    common_genes,
)
from musegnn.analysis.comparison.neighbourhood_change import (
    ChangeSettings,
    NeighbourhoodChange,
    check_enough,
    neighbourhood_change,
)
from musegnn.analysis.comparison.shared_edges import Graphs
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.compare import ALIGNED_LAYOUT, ATLAS_LAYOUT


@dataclass(frozen=True)
class Comparison:
    """Two contexts compared once; everything the page shows is taken from it.

    Parameters
    ----------
    change
        Neighbourhoods of the common genes.
    alignment
        How well the right context lies on the left one.
    layouts
        Layout -> `(G, 2)` float32 places of the common genes, left and right, on the same axes.
    shown_variance
        Share of the variance that the aligned plane shows, 0 to 1.
    has_graphs
        Whether the co-expression graphs of both contexts were at hand.
    """

    change: NeighbourhoodChange
    alignment: Alignment
    layouts: dict[str, tuple[np.ndarray, np.ndarray]] = field(repr=False)
    shown_variance: float = 0.0
    has_graphs: bool = False

    @property
    def left(self) -> str:
        """Name of the left context."""
        return self.change.common.first

    @property
    def right(self) -> str:
        """Name of the right context."""
        return self.change.common.second


def compare(
    embedding: EmbeddingSet,
    left: str,
    right: str,
    settings: ChangeSettings,
    *,
    graphs: Graphs = (None, None),
) -> Comparison:
    """Compare two contexts: neighbourhoods, alignment and places on the maps.

    Parameters
    ----------
    embedding
        The atlas.
    left, right
        Names of contexts.
    settings
        How neighbourhoods are compared.
    graphs
        Co-expression graph of each context, or None.

    Raises
    ------
    InputError
        If a context is not there, or the two share too few genes.
    """
    common = common_genes(embedding, left, right)
    check_enough(common, settings.k)
    # side by side: neither needs the other, and both compute outside of the interpreter
    with ThreadPoolExecutor(max_workers=1) as pool:
        turned = pool.submit(align_contexts, embedding, common, seed=settings.seed)
        change = neighbourhood_change(embedding, left, right, settings, graphs=graphs)
        alignment = turned.result()
    first, second, shown = aligned_plane(embedding, common, alignment.rotation)
    return Comparison(
        change=change,
        alignment=alignment,
        layouts={
            ATLAS_LAYOUT: (
                embedding.layout[common.first_rows],
                embedding.layout[common.second_rows],
            ),
            ALIGNED_LAYOUT: (first, second),
        },
        shown_variance=shown,
        has_graphs=None not in graphs,
    )


def genes_of_rows(comparison: Comparison, rows: np.ndarray) -> np.ndarray:
    """Mark the common genes with at least one of their two rows among some rows; `(G,)` bool."""
    common = comparison.change.common
    return np.isin(common.first_rows, rows) | np.isin(common.second_rows, rows)


def rows_of_genes(comparison: Comparison, genes: np.ndarray) -> np.ndarray:
    """Return the rows of common genes in both contexts, ascending int64.

    Parameters
    ----------
    comparison
        The compared contexts.
    genes
        `(G,)` bool, or positions in the order of the alphabet.
    """
    common = comparison.change.common
    return np.unique(np.concatenate([common.first_rows[genes], common.second_rows[genes]]))
