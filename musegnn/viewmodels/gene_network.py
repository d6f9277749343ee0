"""Gene network: a gene, its neighbours, and which of them are co-expressed."""

from __future__ import annotations

import pandas as pd

from musegnn import keys
from musegnn.embeddings.co_expression import EDGE, co_expression_evidence
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.graphs.gene_graph import GeneGraph


def build_network(
    row: int,
    neighbours: pd.DataFrame,
    *,
    embedding: EmbeddingSet,
    graph: GeneGraph | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the network of a gene and its neighbours.

    Returns
    -------
    Nodes: `node` (text id), `gene, context, tissue, is_query`. Edges: `source, target, kind`
    (`co-expressed` or `embedding only`), `cosine`, `statistic` (NaN without an edge). Each
    neighbour is joined to the gene; two neighbours are joined where they are co-expressed.
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
            "kind": "co-expressed" if evidence == EDGE else "embedding only",
            "cosine": float(cosine),
            "statistic": float(statistic),
        }
        for name, evidence, cosine, statistic in zip(
            names[1:],
            neighbours["evidence"],
            neighbours["cosine"],
            neighbours["statistic"],
            strict=True,
        )
    ]
    for first in range(1, len(rows)):
        if graph is None:
            break
        later = [i for i in range(first + 1, len(rows)) if contexts[i] == contexts[0]]
        if contexts[first] != contexts[0] or not later:
            continue
        found = co_expression_evidence(graph, symbols[first], [symbols[i] for i in later])
        for i, is_edge, statistic in zip(later, found["edge"], found["statistic"], strict=True):
            if is_edge:
                cosine = float(unit[first] @ unit[i])
                records.append(
                    {
                        "source": names[first],
                        "target": names[i],
                        "kind": "co-expressed",
                        "cosine": cosine,
                        "statistic": float(statistic),
                    }
                )
    columns = ["source", "target", "kind", "cosine", "statistic"]
    return nodes, pd.DataFrame(records, columns=columns)
