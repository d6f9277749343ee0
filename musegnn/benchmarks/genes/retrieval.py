"""Is a gene of one context found again in another one? Ranks of the same gene by cosine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from musegnn import keys

if TYPE_CHECKING:  # the list of metrics takes its steps from here
    from musegnn.graphs.gene_graph import GeneGraph

SAME, ORTHOLOGS, MODALITIES, TISSUES = "same tissue", "ortholog", "other modality", "other tissue"
KINDS = (SAME, ORTHOLOGS, MODALITIES, TISSUES)


@dataclass(frozen=True)
class Retrieval:
    """Ranks of the true gene among all genes of the other graph, 1 = first.

    Parameters
    ----------
    ranks
        `(n,)` int64.
    """

    ranks: np.ndarray

    @property
    def median_rank(self) -> float:
        """Median; NaN without any pair."""
        return float(np.median(self.ranks)) if len(self.ranks) else float("nan")

    @property
    def mean_reciprocal_rank(self) -> float:
        """Mean of 1 / rank, 0 to 1; NaN without any pair."""
        return float((1 / self.ranks).mean()) if len(self.ranks) else float("nan")


def kind_of_pair(first: GeneGraph, second: GeneGraph) -> str:
    """Name the step between two contexts by the farthest thing that differs."""
    if first.tissue != second.tissue:
        return TISSUES
    if first.species != second.species:
        return ORTHOLOGS
    return SAME if first.modality == second.modality else MODALITIES


def shares_cells(first: GeneGraph, second: GeneGraph) -> bool:
    """True when building found cells that stand in both datasets."""
    return second.name in first.provenance.get(
        "shares_cells_with", {}
    ) or first.name in second.provenance.get("shares_cells_with", {})


def retrieve(
    vectors: Sequence[np.ndarray], graphs: Sequence[GeneGraph], names: Collection[str]
) -> dict[str, Retrieval]:
    """Rank each named gene of a graph among all genes of every other graph that has it.

    Parameters
    ----------
    vectors
        `(G, D)` of each graph.
    graphs
        With their true common names. Pairs that share cells are left out.
    names
        Genes to retrieve: hidden ones, since names used in training are remembered.

    Returns
    -------
    Kind of pair (`KINDS`) -> ranks pooled over all pairs of graphs of that kind, both directions.
    """
    from musegnn.graphs.graph_pairs import common_rows  # noqa: PLC0415 - as above
    from musegnn.graphs.unit_rows import unit_rows  # noqa: PLC0415 - as above

    wanted = frozenset(names)
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    unit = [unit_rows(np.asarray(rows, dtype=np.float64)) for rows in vectors]
    for i, j in permutations(range(len(graphs)), 2):
        if shares_cells(graphs[i], graphs[j]):
            continue
        own, other = common_rows(graphs[i], graphs[j])
        is_wanted = graphs[i].genes[keys.COMMON_GENE].isin(wanted).to_numpy()[own]
        own, other = own[is_wanted], other[is_wanted]
        if len(own):
            cosine = unit[i][own] @ unit[j].T
            truth = cosine[np.arange(len(own)), other]
            # ties count half, so that equal vectors get the middle rank, not the first
            above = (cosine > truth[:, None]).sum(axis=1)
            ties = (cosine == truth[:, None]).sum(axis=1) - 1
            found[kind_of_pair(graphs[i], graphs[j])].append(1 + above + ties // 2)
    return {
        kind: Retrieval(np.concatenate(ranks) if ranks else np.empty(0, dtype=np.int64))
        for kind, ranks in found.items()
    }
