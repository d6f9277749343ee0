"""Is a gene of one context found again in another one? Ranks of the same gene by cosine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
    from musegnn.graphs.unit_rows import unit_rows  # noqa: PLC0415 - as above

    wanted = frozenset(names)
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in KINDS}
    unit = [unit_rows(np.asarray(rows, dtype=np.float64)) for rows in vectors]
    for i, j in permutations(range(len(graphs)), 2):
        if shares_cells(graphs[i], graphs[j]):
            continue
        own, other = _rows_in_both(graphs[i], graphs[j], wanted)
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


def _rows_in_both(
    first: GeneGraph, second: GeneGraph, wanted: frozenset[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the wanted genes in two graphs, in the order of the first."""
    position = {name: row for row, name in enumerate(second.genes[keys.COMMON_GENE])}
    rows = list(_common(first, position, wanted))
    table = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _common(
    graph: GeneGraph, position: dict[str, int], wanted: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """Yield rows of a graph and of the genes' positions elsewhere."""
    for row, name in enumerate(graph.genes[keys.COMMON_GENE]):
        if name in wanted and name in position:
            yield row, position[name]
