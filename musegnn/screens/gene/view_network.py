"""Gene network: a gene, its neighbours, and what joins them."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.co_expression import EDGE
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.graphs.gene_graph import GeneGraph

CO_EXPRESSED: Final = "co-expressed"
ANNOTATED: Final = "known elsewhere"  # interaction, regulation, pathway or process, no edge here
EMBEDDING_ONLY: Final = "embedding only"
_KNOWLEDGE: Final = ("interaction", "regulation", "pathways", "processes")


def build_network(
    row: int,
    neighbours: pd.DataFrame,
    *,
    embedding: EmbeddingSet,
    graph: GeneGraph | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the network of a gene and its neighbours.

    Parameters
    ----------
    row
        Row of the gene in context.
    neighbours
        Neighbours as `musegnn.analysis.neighbours.gene_neighbours.find_neighbours` gives them.
    embedding
        The atlas.
    graph
        Graph of the context, or None.

    Returns
    -------
    Nodes: `node` (text id), `gene, context, tissue, is_query`. Edges: `source, target, kind`
    (`co-expressed`, `known elsewhere` or `embedding only`), `cosine`, `statistic` (NaN without an
    edge), `why` (words; "" between neighbours). Each neighbour is joined to the gene; two
    neighbours are joined where they are co-expressed.
    """
    rows = [row, *neighbours["row"].tolist()]
    genes = embedding.genes.iloc[rows]
    symbols = genes[keys.GENE].astype(str).tolist()
    contexts = genes[keys.DATASET].astype(str).tolist()
    names = [f"{gene} in {context}" for gene, context in zip(symbols, contexts, strict=True)]
    nodes = pd.DataFrame(
        {
            "node": names,
            "gene": symbols,
            "context": contexts,
            "tissue": genes[keys.TISSUE].astype(str).tolist(),
            "is_query": [position == 0 for position in range(len(rows))],
        }
    )
    unit = embedding.unit_vectors[rows]
    records = [
        {
            "source": names[0],
            "target": name,
            "kind": _kind(neighbour),
            "cosine": float(neighbour["cosine"]),
            "statistic": float(neighbour["statistic"]),
            "why": str(neighbour["why"]),
        }
        for name, neighbour in zip(names[1:], neighbours.to_dict("records"), strict=True)
    ]
    if graph is not None:
        for first, second, statistic in _edges_among(graph, symbols, contexts):
            records.append(
                {
                    "source": names[first],
                    "target": names[second],
                    "kind": CO_EXPRESSED,
                    "cosine": float(unit[first] @ unit[second]),
                    "statistic": statistic,
                    "why": "",
                }
            )
    columns = ["source", "target", "kind", "cosine", "statistic", "why"]
    return nodes, pd.DataFrame(records, columns=columns)


def _edges_among(
    graph: GeneGraph, symbols: list[str], contexts: list[str]
) -> list[tuple[int, int, float]]:
    """Pairs of neighbours in the context of the gene that are co-expressed, with their statistic.

    Positions count from 0, which is the gene itself and has no part in this.
    """
    place = {str(name): i for i, name in enumerate(graph.genes[keys.GENE])}
    here = [i for i in range(1, len(symbols)) if contexts[i] == contexts[0] and symbols[i] in place]
    index = [place[symbols[i]] for i in here]
    if not index:
        return []
    edges = np.asarray(graph.adjacency[index][:, index].todense())
    part = graph.statistic[index][:, index]
    statistic = part if isinstance(part, np.ndarray) else np.asarray(part.todense())
    first, second = np.nonzero(np.triu(edges, k=1))
    return [(here[a], here[b], float(statistic[a, b])) for a, b in zip(first, second, strict=True)]


def _kind(neighbour: dict) -> str:
    """Strongest kind of tie of a neighbour."""
    if neighbour["evidence"] == EDGE:
        return CO_EXPRESSED
    return ANNOTATED if any(neighbour[column] for column in _KNOWLEDGE) else EMBEDDING_ONLY
