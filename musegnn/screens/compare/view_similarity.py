"""All contexts by all contexts: the matrix, its order, and the pairs behind its cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from musegnn.analysis.comparison.context_similarity import (
    DEFINITION,
    ContextSimilarity,
    order_by_similarity,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.compare import BY_SIMILARITY, HEATMAP_ORDERS, HEATMAP_VALUES
from musegnn.screens.compare.view_pairs import context_kinds
from musegnn.validation import check_choice


@dataclass(frozen=True)
class SimilarityView:
    """What the panel of all contexts shows.

    Parameters
    ----------
    names
        Contexts in the order of the picture.
    labels
        What each is: species and tissue.
    values
        `(C, C)` in that order; NaN on the diagonal and where there are too few common genes.
    title
        What the values are, with range.
    table
        One row a pair, highest value first: `left, right, value, n_common, above_chance, overlap,
        cka`; pairs without a value last.
    chosen
        Positions of the compared pair in `names`.
    caption, description
        One line below the picture, and its text alternative.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    values: np.ndarray
    title: str
    table: pd.DataFrame
    chosen: tuple[int, int] | None
    caption: str
    description: str


def build(
    similarity: ContextSimilarity,
    *,
    embedding: EmbeddingSet,
    value: str,
    order: str,
    left: str,
    right: str,
) -> SimilarityView:
    """Collect what the panel shows.

    Parameters
    ----------
    similarity
        All contexts compared.
    embedding
        The atlas.
    value
        One of `HEATMAP_VALUES`.
    order
        One of `HEATMAP_ORDERS`.
    left, right
        The pair that is compared on the page.

    Raises
    ------
    InputError
        If value or order is not one of those offered.
    """
    check_choice(value, tuple(HEATMAP_VALUES), name="value")
    check_choice(order, HEATMAP_ORDERS, name="order")
    column, title = HEATMAP_VALUES[value]
    matrix = np.array(getattr(similarity, column), dtype=float)
    kinds = context_kinds(embedding)
    if order == BY_SIMILARITY:
        places = order_by_similarity(similarity.above_chance)
    else:
        what = [(kinds[name].species, kinds[name].organ) for name in similarity.names]
        places = np.array(sorted(range(len(what)), key=lambda i: what[i]), dtype=int)
    np.fill_diagonal(matrix, np.nan)  # a context with itself would take the whole scale
    names = tuple(similarity.names[i] for i in places)
    table = _pairs(similarity, column)
    n_blank = int(table["value"].isna().sum())
    blank = f" {n_blank:,} pairs are blank." if n_blank else ""
    return SimilarityView(
        names=names,
        labels=tuple(f"{kinds[n].species}, {_tissue(embedding, n)}" for n in names),
        values=matrix[np.ix_(places, places)],
        title=title,
        table=table,
        chosen=(names.index(left), names.index(right)) if {left, right} <= set(names) else None,
        caption=(
            f"Each cell is a pair of contexts; {len(names)} contexts, {len(table):,} pairs, k = "
            f"{similarity.k}.{blank} Click a cell to compare the pair. "
            f"{embedding.origin}. {DEFINITION}"
        ),
        description=(
            f"Heatmap of {len(names)} by {len(names)} contexts, {title}; the table lists the same "
            "pairs"
        ),
    )


def _tissue(embedding: EmbeddingSet, name: str) -> str:
    """Tissue of a context."""
    return str(embedding.datasets.loc[name, "tissue"])


def _pairs(similarity: ContextSimilarity, column: str) -> pd.DataFrame:
    """One row a pair, highest value first."""
    first, second = np.triu_indices(len(similarity.names), 1)
    names = np.array(similarity.names, dtype=object)
    table = pd.DataFrame({"left": names[first], "right": names[second]})
    table["value"] = np.array(getattr(similarity, column), dtype=float)[first, second]
    for name in ("n_common", "above_chance", "overlap", "cka"):
        table[name] = getattr(similarity, name)[first, second]
    return table.sort_values(
        ["value", "left", "right"], ascending=[False, True, True], ignore_index=True
    )


def pair_of_points(points: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Read the pair behind a clicked cell, or None for a click beside the cells.

    Parameters
    ----------
    points
        Clicked points as plotly reports them; `customdata` begins with the two names.
    """
    for point in points:
        names = [str(name) for name in point.get("customdata") or ()][:2]
        if len(names) == 2 and names[0] != names[1]:
            return names[0], names[1]
    return None
