"""Selected genes: the points of a selection counted gene by gene, over the contexts they are in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.shell.colour_layer import natural_order
from musegnn.screens.shell.selection import Selection


def selected_genes(selection: Selection, *, atlas: Atlas) -> pd.DataFrame:
    """List the genes of a selection with what the atlas knows about their selected points.

    Parameters
    ----------
    selection
        The rows.
    atlas
        The atlas.

    Returns
    -------
    One row a gene, most selected points first, then by name: `gene, symbols, n_selected,
    n_in_atlas` (points of the gene), `share_selected` (percent), `contexts, clusters` (of the
    selected points), `degree_mean` (edges), `degree_maximum`, `expression_mean` (counts per
    10,000). Names in a cell are joined by semicolons.
    """
    rows = selection.rows
    part = atlas.embedding.genes.iloc[rows]
    points = pd.DataFrame(
        {
            "gene": np.asarray(atlas.search.ortholog_groups, dtype=object)[rows],
            "symbol": part[keys.GENE].to_numpy(dtype=object),
            "context": part[keys.DATASET].to_numpy(dtype=object),
            "cluster": part[keys.CLUSTER].to_numpy(dtype=object),
            "degree": part[keys.DEGREE].to_numpy(dtype=float),
            "expression": part[keys.MEAN].to_numpy(dtype=float),
        }
    )
    groups = points.groupby("gene", sort=True)
    table = pd.DataFrame(
        {
            "symbols": groups["symbol"].agg(_join),
            "n_selected": groups.size(),
            "n_in_atlas": 0,
            "share_selected": 0.0,
            "contexts": groups["context"].agg(_join),
            "clusters": groups["cluster"].agg(_join),
            "degree_mean": groups["degree"].mean(),
            "degree_maximum": groups["degree"].max(),
            "expression_mean": groups["expression"].mean(),
        }
    ).reset_index()
    table["n_in_atlas"] = [len(atlas.search.rows(str(gene))) for gene in table["gene"]]
    table["share_selected"] = 100 * table["n_selected"] / table["n_in_atlas"]
    return table.sort_values(["n_selected", "gene"], ascending=[False, True], ignore_index=True)


def most_selected_contexts(selection: Selection, embedding: EmbeddingSet) -> list[str]:
    """Return the contexts of a selection, those with most selected points first."""
    names, counts = np.unique(
        embedding.genes[keys.DATASET].to_numpy(dtype=str)[selection.rows], return_counts=True
    )
    return [str(names[i]) for i in np.lexsort((names, -counts))]


def _join(names: pd.Series) -> str:
    """Join the different names of a cell."""
    return ";".join(natural_order([str(name) for name in set(names)]))
