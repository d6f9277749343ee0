"""Gene network: a gene, its neighbours, and what joins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import networkx as nx
import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.co_expression import EDGE
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.origin import Origin
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.validation import writable

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


def graphml_bytes(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    origin: Origin,
    facts: Mapping[str, object] | None = None,
) -> bytes:
    """Write a network as GraphML with all columns as attributes.

    Parameters
    ----------
    nodes
        One row a node, column `node` is its id.
    edges
        One row an edge, columns `source` and `target` are node ids.
    origin
        Where the network comes from; stored as attributes of the graph.
    facts
        What else it depends on, stored beside that.
    """
    graph = nx.Graph(**_plain({**origin.columns, **(facts or {})}))
    for record in nodes.to_dict("records"):
        graph.add_node(writable(record.pop("node")), **_plain(record))
    for record in edges.to_dict("records"):
        ends = [writable(record.pop(end)) for end in ("source", "target")]
        graph.add_edge(*ends, **_plain(record))
    return "\n".join(nx.generate_graphml(graph)).encode("utf-8")


def _plain(record: Mapping[str, object]) -> dict[str, object]:
    """Values that GraphML can hold; missing ones are left out."""
    values = {key: v.item() if isinstance(v, np.generic) else v for key, v in record.items()}
    return {
        writable(str(key)): writable(value) if isinstance(value, str) else value
        for key, value in values.items()
        if not pd.isna(value)
    }
