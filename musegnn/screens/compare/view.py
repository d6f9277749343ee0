"""Compare: two contexts side by side, and which genes keep their neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.comparison.neighbourhood_change import kept_first
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneMatch, GeneSearch
from musegnn.screens.compare import (
    ATLAS_LAYOUT,
    CHANGE,
    CHANGED_MOST,
    KEPT_MOST,
    LAYOUTS,
    ORDERS,
)
from musegnn.screens.compare import view_words as words
from musegnn.screens.compare.view_colours import paired_layers
from musegnn.screens.compare.view_comparison import (
    Comparison,
    genes_of_rows,
)
from musegnn.screens.shell.colour_layer import ColourLayer
from musegnn.screens.shell.selection import NOTHING, Selection
from musegnn.validation import check_choice


@dataclass(frozen=True)
class CompareRequest:
    """What the user asks of the Compare page beside the pair itself.

    Parameters
    ----------
    colour
        One of `musegnn.screens.compare.COLOUR_LABELS`.
    layout
        One of `LAYOUTS`.
    order
        One of `ORDERS`.
    gene
        Name typed into the search, or "".
    marked
        Common name of the gene marked in the table, or "".
    list_text
        Pasted gene list, or "".
    selection
        Rows selected in the atlas; a common gene counts as selected when one of its two rows is.
    """

    colour: str = CHANGE
    layout: str = ATLAS_LAYOUT
    order: str = CHANGED_MOST
    gene: str = ""
    marked: str = ""
    list_text: str = ""
    selection: Selection = field(default=NOTHING)


@dataclass(frozen=True)
class CompareView:
    """What the Compare page shows of two contexts.

    Parameters
    ----------
    titles
        Name of each context.
    facts
        Label and value of what is known about each context.
    summary
        What the two share and what changed: Markdown sentence and what its numbers mean.
    layers
        Colours of the common genes on each map.
    places
        `(G, 2)` places of the common genes on each map.
    selected
        `(G,)` bool, or None when no common gene is selected.
    lit
        Common genes drawn large, positions in the order of the alphabet.
    lit_labels
        Label of each on each map: its symbol there.
    match
        What the searched name stands for, or None.
    notice
        What the user should know about the answer, Markdown lines.
    table
        Selected genes, or all, in the chosen order; columns as in `NeighbourhoodChange.table` and
        `code` of the colour on the left map.
    table_title
        What the table lists.
    caption, table_caption
        One line below the maps, and test and background below the table.
    descriptions
        Text alternative of each map.
    """

    titles: tuple[str, str]
    facts: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
    summary: tuple[tuple[str, str], ...]
    layers: tuple[ColourLayer, ColourLayer]
    places: tuple[np.ndarray, np.ndarray]
    selected: np.ndarray | None
    lit: np.ndarray
    lit_labels: tuple[tuple[str, ...], tuple[str, ...]]
    match: GeneMatch | None
    notice: tuple[str, ...]
    table: pd.DataFrame
    table_title: str
    caption: str
    table_caption: str
    descriptions: tuple[str, str]


def build(request: CompareRequest, comparison: Comparison, *, atlas: Atlas) -> CompareView:
    """Collect what the Compare page shows.

    Parameters
    ----------
    request
        What was asked.
    comparison
        The compared contexts.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If colour, layout or order is not one of those offered.
    """
    check_choice(request.layout, LAYOUTS, name="layout")
    check_choice(request.order, ORDERS, name="order")
    gene_list = atlas.search.find_list(request.list_text) if request.list_text.strip() else None
    list_rows = atlas.search.rows_of_genes(gene_list.genes if gene_list else ())
    layers = paired_layers(
        request.colour, comparison.change, embedding=atlas.embedding, list_rows=list_rows
    )
    chosen = genes_of_rows(comparison, request.selection.rows)
    match = atlas.search.find(request.gene) if request.gene.strip() else None
    lit = _lit(comparison, match, request.marked, atlas.search)
    embedding = atlas.embedding
    symbols = embedding.genes[keys.GENE].to_numpy(dtype=object)
    common = comparison.change.common
    selected = chosen if chosen.any() else None
    names, short = atlas.context_names, atlas.short_context_names
    return CompareView(
        titles=(short[comparison.left], short[comparison.right]),
        facts=(words.facts(embedding, comparison.left), words.facts(embedding, comparison.right)),
        summary=words.summary(comparison, names),
        layers=layers,
        places=comparison.layouts[request.layout],
        selected=selected,
        lit=lit,
        lit_labels=(
            tuple(map(str, symbols[common.first_rows[lit]])),
            tuple(map(str, symbols[common.second_rows[lit]])),
        ),
        match=match,
        notice=words.notice(comparison, match, lit, names),
        table=_table(comparison, request, selected, layers[0]),
        table_title=words.table_title(comparison, request.order, selected),
        caption=words.caption(comparison, request.layout, embedding),
        table_caption=words.table_caption(comparison),
        descriptions=(
            words.description(names[comparison.left], len(common), layers[0], selected, lit),
            words.description(names[comparison.right], len(common), layers[1], selected, lit),
        ),
    )


def _lit(
    comparison: Comparison, match: GeneMatch | None, marked: str, search: GeneSearch
) -> np.ndarray:
    """Positions of the searched and the marked gene among the common genes."""
    common = comparison.change.common
    is_lit = common.names == marked
    if match is not None and match.status == "found":
        is_lit |= genes_of_rows(comparison, search.rows(match.gene))
    return np.flatnonzero(is_lit)


def _table(
    comparison: Comparison,
    request: CompareRequest,
    selected: np.ndarray | None,
    layer: ColourLayer,
) -> pd.DataFrame:
    """Rows of the selected genes, or of all, in the chosen order."""
    common, table = comparison.change.common, comparison.change.table
    position = pd.Series(np.arange(len(common)), index=common.names)
    places = position.loc[table["gene"]].to_numpy()
    table = table.assign(code=layer.codes[places])
    if selected is not None:
        table = table[selected[places]]
    if request.order == KEPT_MOST:
        table = kept_first(table)
    return table.reset_index(drop=True)
