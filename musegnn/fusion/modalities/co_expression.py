"""Co-expression: edges of gene graphs, added up over contexts."""

from __future__ import annotations

from typing import Any, Final

from scipy import sparse

from musegnn import keys
from musegnn.fusion.feature_table import FeatureTable, from_pairs
from musegnn.fusion.modality import Sources
from musegnn.graphs.gene_graph import read_gene_graph

KEY: Final = "co-expression"


def read(sources: Sources) -> FeatureTable | None:
    """Read gene graphs; genes of other species count as their human orthologs.

    An edge counts once for each context that has it.
    """
    if not sources.graphs:
        return None
    pairs: list[tuple[str, str]] = []
    records: list[dict[str, Any]] = []
    for path in sources.graphs:
        graph = read_gene_graph(path)
        human = graph.genes[keys.ORTHOLOG].astype(str)
        if graph.species == "human":
            human = human.where(human != "", graph.genes[keys.GENE].astype(str))
        names = human.tolist()
        edges = sparse.triu(graph.message_adjacency, k=1).tocoo()
        pairs += [
            (names[i], names[j])
            for i, j in zip(edges.row, edges.col, strict=True)
            if names[i] and names[j]
        ]
        told = graph.provenance.get("source", {})
        records.append({"name": graph.name, **{k: told.get(k, "") for k in ("source", "licence")}})
    strengths = [1.0] * len(pairs)
    return from_pairs(pairs, sources.names, sources=records, strengths=strengths)
