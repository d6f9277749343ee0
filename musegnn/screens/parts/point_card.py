"""Card of a point on the map: its gene, and the five genes nearest to it in its context."""

from __future__ import annotations

from typing import Any, Final

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.neighbours import compare_rows

NEIGHBOURS: Final = 5


def point_card(embedding: EmbeddingSet, row: int) -> dict[str, Any]:
    """Say which genes are nearest to a point in its context.

    Parameters
    ----------
    embedding
        The atlas.
    row
        Row of the point.

    Returns
    -------
    JSON-ready: `gene`, `title`, and `neighbours`, gene and cosine of each, nearest first.

    Raises
    ------
    InputError
        If the row does not exist.
    """
    candidates = compare_rows(embedding, row)
    genes = embedding.genes[keys.GENE]
    best = candidates.nearest(NEIGHBOURS).tolist() if len(candidates) else []
    return {
        "gene": str(genes.iloc[row]),
        "title": "Nearest in this context, cosine"
        if len(best)
        else "No other gene in this context",
        "neighbours": [
            [str(genes.iloc[candidates.rows[place]]), f"{candidates.cosines[place]:.2f}"]
            for place in best
        ],
    }
