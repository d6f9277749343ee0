"""Small maps of the Gene page: the gene and its neighbours in a few contexts."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.gene.view import GeneView

MOST_MAPS: Final = 6
NEIGHBOURS: Final = 10


def build_maps(view: GeneView, *, embedding: EmbeddingSet) -> tuple[pd.DataFrame, str]:
    """Choose the contexts and find where the gene and its neighbours lie.

    Returns
    -------
    Points of at most `MOST_MAPS` maps, the present context first, then by falling overlap: `map`
    (gene and context), `kind` ("context", "neighbour" or "gene"), `gene`, `x`, `y` (coordinates of
    the map of the atlas, without unit); and a caption.
    """
    table = view.contexts.table
    unit, layout = embedding.unit_vectors, np.asarray(embedding.layout)
    symbols = embedding.genes[keys.GENE].to_numpy(dtype=object)
    names, parts = embedding.context_names, []
    for row in table["row"].head(MOST_MAPS):
        dataset = str(embedding.genes[keys.DATASET].iloc[row])
        own = embedding.rows_of_dataset(dataset)
        others = own[own != row]
        order = np.lexsort((others, -(unit[others] @ unit[row])))
        near = others[order[:NEIGHBOURS]]
        rows = np.concatenate([others[order[NEIGHBOURS:]], near, [row]])
        kinds = ["context"] * (len(others) - len(near)) + ["neighbour"] * len(near) + ["gene"]
        parts.append(
            pd.DataFrame(
                {
                    "map": f"{symbols[row]} in {names[dataset]}",
                    "kind": kinds,
                    "gene": symbols[rows],
                    "x": layout[rows, 0],
                    "y": layout[rows, 1],
                }
            )
        )
    hidden = len(table) - len(parts)
    more = f" ({hidden} more contexts in the table)" if hidden > 0 else ""
    points = pd.concat(parts, ignore_index=True)
    caption = (
        f"{view.symbol} (star), its {NEIGHBOURS} nearest genes there (filled) and all genes of "
        f"that context (grey), {len(points):,} points of the map of the atlas; this context first, "
        f"then by overlap{more}. Neighbours are those of the full embedding; the map only "
        "approximates distances."
    )
    return points, caption
