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
    JSON-ready: `title`, `neighbours`, gene and cosine of each, nearest first, and `open`, where
    its button leads.

    Raises
    ------
    InputError
        If the row does not exist.
    """
    candidates = compare_rows(embedding, row)
    genes = embedding.genes[keys.GENE]
    best = candidates.nearest(NEIGHBOURS).tolist() if len(candidates) else []
    return {
        "open": f"Neighbours of {genes.iloc[row]} on the Gene page",
        "title": "Nearest in this context, cosine"
        if len(best)
        else "No other gene in this context",
        "neighbours": [
            [str(genes.iloc[candidates.rows[place]]), f"{candidates.cosines[place]:.2f}"]
            for place in best
        ],
    }
