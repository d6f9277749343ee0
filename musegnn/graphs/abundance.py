"""How much of a gene there is, beside the other genes of its context, as a direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph


def abundance_features(graphs: Sequence[GeneGraph]) -> list[np.ndarray]:
    r"""Place each gene on a quarter circle by the rank of its mean expression in its context.

    With r in (0, 1) the rank among the G genes of the graph, from half a step above 0 to half a
    step below 1 and ties at their mean, the row is :math:`(\cos(\pi r / 2), \sin(\pi r / 2))`.
    Ranks need no common scale of techniques: what is abundant in one tissue tends to be so in
    others.

    Parameters
    ----------
    graphs
        Of their gene tables the mean counts per 10,000 are used, nothing else.

    Returns
    -------
    `(G, 2)` unit rows of each graph.
    """
    return [_quarter_circle(graph.genes[keys.MEAN].to_numpy(dtype=np.float64)) for graph in graphs]


def _quarter_circle(values: np.ndarray) -> np.ndarray:
    """Turn ranks into directions."""
    angle = np.pi / 2 * (rankdata(values) - 0.5) / max(len(values), 1)
    return np.column_stack([np.cos(angle), np.sin(angle)])
