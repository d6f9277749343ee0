"""Compare: two contexts side by side, and which genes keep their neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.context_alignment import (
    DEFINITION as ALIGNMENT_DEFINITION,
)
from musegnn.analysis.context_alignment import (
    Alignment,
    align_contexts,
    aligned_plane,
)
from musegnn.analysis.neighbourhood_change import (
    DEFINITION,
    MEASURES,
    SIGNIFICANT,
    ChangeSettings,
    NeighbourhoodChange,
    neighbourhood_change,
)
from musegnn.analysis.shared_edges import Graphs
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneMatch, GeneSearch
from musegnn.validation import check_choice
from musegnn.viewmodels.colour_layer import ColourLayer
from musegnn.viewmodels.compare_colours import CHANGE, paired_layers
from musegnn.viewmodels.export import config_hash
from musegnn.viewmodels.selection import NOTHING, Selection

__all__ = [
    "ALIGNED_LAYOUT",
    "ATLAS_LAYOUT",
    "CHANGED_MOST",
    "KEPT_MOST",
    "LAYOUTS",
    "MEASURES",
    "MEASURE_NAMES",
    "ORDERS",
    "ChangeSettings",
    "CompareRequest",
    "CompareView",
    "Comparison",
    "build",
    "compare",
    "genes_of_rows",
    "rows_of_genes",
]

ATLAS_LAYOUT: Final = "map of the atlas"
ALIGNED_LAYOUT: Final = "aligned on common genes"
LAYOUTS: Final = (ATLAS_LAYOUT, ALIGNED_LAYOUT)
CHANGED_MOST, KEPT_MOST = "changed most", "kept most"
ORDERS: Final = (CHANGED_MOST, KEPT_MOST)
COMMON_DEFINITION: Final = (
    "Common genes have the same name; across species the same one-to-one ortholog. Families with "
    "several genes in one of the species are left out: it cannot be said which gene to compare "
    "with which."
)
MEASURE_NAMES: Final = {"rbo": "rank-biased overlap", "jaccard": "Jaccard index"}


@dataclass(frozen=True)
class Comparison:
    """Two contexts compared once; everything the page shows is taken from it.

    Parameters
    ----------
    change
        Neighbourhoods of the common genes.
    alignment
        How well the right context lies on the left one.
    layouts
        Layout -> `(G, 2)` float32 places of the common genes, left and right, on the same axes.
    shown_variance
        Share of the variance that the aligned plane shows, 0 to 1.
    has_graphs
        Whether the co-expression graphs of both contexts were at hand.
    """

    change: NeighbourhoodChange
    alignment: Alignment
    layouts: dict[str, tuple[np.ndarray, np.ndarray]] = field(repr=False)
    shown_variance: float = 0.0
    has_graphs: bool = False

    @property
    def left(self) -> str:
        """Name of the left context."""
        return self.change.common.first

    @property
    def right(self) -> str:
        """Name of the right context."""
        return self.change.common.second


def compare(
    embedding: EmbeddingSet,
    left: str,
    right: str,
    settings: ChangeSettings,
    *,
    graphs: Graphs = (None, None),
) -> Comparison:
    """Compare two contexts: neighbourhoods, alignment and places on the maps.

    Parameters
    ----------
    embedding
        The atlas.
    left, right
        Names of contexts.
    settings
        How neighbourhoods are compared.
    graphs
        Co-expression graph of each context, or None.

    Raises
    ------
    InputError
        If a context is not there, or the two share too few genes.
    """
    change = neighbourhood_change(embedding, left, right, settings, graphs=graphs)
    common = change.common
    alignment = align_contexts(embedding, common, seed=settings.seed)
    first, second, shown = aligned_plane(embedding, common, alignment.rotation)
    return Comparison(
        change=change,
        alignment=alignment,
        layouts={
            ATLAS_LAYOUT: (
                embedding.layout[common.first_rows],
                embedding.layout[common.second_rows],
            ),
            ALIGNED_LAYOUT: (first, second),
        },
        shown_variance=shown,
        has_graphs=None not in graphs,
    )


@dataclass(frozen=True)
class CompareRequest:
    """What the user asks of the Compare page beside the pair itself.

    Parameters
    ----------
    colour
        One of `musegnn.viewmodels.compare_colours.COLOUR_LABELS`.
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


def genes_of_rows(comparison: Comparison, rows: np.ndarray) -> np.ndarray:
    """Mark the common genes with at least one of their two rows among some rows; `(G,)` bool."""
    common = comparison.change.common
    return np.isin(common.first_rows, rows) | np.isin(common.second_rows, rows)


def rows_of_genes(comparison: Comparison, genes: np.ndarray) -> np.ndarray:
    """Return the rows of common genes in both contexts, ascending int64.

    Parameters
    ----------
    comparison
        The compared contexts.
    genes
        `(G,)` bool, or positions in the order of the alphabet.
    """
    common = comparison.change.common
    return np.unique(np.concatenate([common.first_rows[genes], common.second_rows[genes]]))


def build(
    request: CompareRequest,
    comparison: Comparison,
    *,
    embedding: EmbeddingSet,
    search: GeneSearch,
) -> CompareView:
    """Collect what the Compare page shows.

    Parameters
    ----------
    request
        What was asked.
    comparison
        The compared contexts.
    embedding
        The atlas.
    search
        Index over its gene names.

    Raises
    ------
    InputError
        If colour, layout or order is not one of those offered.
    """
    check_choice(request.layout, LAYOUTS, name="layout")
    check_choice(request.order, ORDERS, name="order")
    gene_list = search.find_list(request.list_text) if request.list_text.strip() else None
    list_rows = search.rows_of_genes(gene_list.genes if gene_list else ())
    layers = paired_layers(
        request.colour, comparison.change, embedding=embedding, list_rows=list_rows
    )
    chosen = genes_of_rows(comparison, request.selection.rows)
    match = search.find(request.gene) if request.gene.strip() else None
    lit = _lit(comparison, match, request.marked, search)
    symbols = embedding.genes[keys.GENE].to_numpy(dtype=object)
    common = comparison.change.common
    selected = chosen if chosen.any() else None
    return CompareView(
        titles=(comparison.left, comparison.right),
        facts=(_facts(embedding, comparison.left), _facts(embedding, comparison.right)),
        summary=_summary(comparison),
        layers=layers,
        places=comparison.layouts[request.layout],
        selected=selected,
        lit=lit,
        lit_labels=(
            tuple(map(str, symbols[common.first_rows[lit]])),
            tuple(map(str, symbols[common.second_rows[lit]])),
        ),
        match=match,
        notice=_notice(comparison, match, lit),
        table=_table(comparison, request, selected, layers[0]),
        table_title=_table_title(comparison, request, selected),
        caption=_caption(comparison, request, embedding),
        table_caption=_table_caption(comparison),
        descriptions=(
            _description(comparison.left, len(common), layers[0], selected, lit),
            _description(comparison.right, len(common), layers[1], selected, lit),
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
        table = table.iloc[::-1]
    return table.reset_index(drop=True)


def _table_title(
    comparison: Comparison, request: CompareRequest, selected: np.ndarray | None
) -> str:
    """Say what the table lists."""
    if selected is not None:
        return f"Selection: {int(selected.sum()):,} of {len(selected):,} common genes"
    what = "changed most" if request.order == CHANGED_MOST else "stayed most alike"
    return f"Genes whose neighbourhood {what}: {len(comparison.change.common):,} common genes"


def _facts(embedding: EmbeddingSet, name: str) -> tuple[tuple[str, str], ...]:
    """What is known about a context."""
    entry = embedding.datasets.loc[name]
    return (
        ("tissue", str(entry[keys.TISSUE])),
        ("species", str(entry[keys.SPECIES_COLUMN])),
        ("technique", str(entry.get("technique", entry[keys.MODALITY]))),
        ("cells", f"{int(entry.get('n_cells', 0)):,}"),
        ("genes", f"{len(embedding.rows_of_dataset(name)):,}"),
    )


def _summary(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Say what is shared, how the contexts lie on each other, and what changed."""
    change, alignment = comparison.change, comparison.alignment
    common, settings = change.common, change.settings
    left_out = (
        f"; {common.n_not_one_to_one:,} ortholog families without a single partner are left out"
        if common.n_not_one_to_one
        else ""
    )
    observed = change.table[settings.measure].mean()
    chance = change.rbo_by_chance if settings.measure == "rbo" else change.jaccard_by_chance
    return (
        (
            f"**{len(common):,} common genes** of {common.n_first:,} in {common.first} and "
            f"{common.n_second:,} in {common.second}{left_out}.",
            COMMON_DEFINITION,
        ),
        (
            f"**Neighbourhoods**: mean {MEASURE_NAMES[settings.measure]} {observed:.3g}, by chance "
            f"{chance:.3g}. {change.n_kept:,} genes keep more of theirs than by chance (q < "
            f"{SIGNIFICANT}); {_changed(change)}.",
            DEFINITION,
        ),
        (
            f"**Alignment**: residual {alignment.before:.3g} before, {alignment.after:.3g} after, "
            f"{alignment.by_chance:.3g} \u00b1 {alignment.by_chance_deviation:.2g} with shuffled "
            f"names (p = {alignment.p:.2g}){_held_out(alignment)}.",
            ALIGNMENT_DEFINITION,
        ),
    )


def _changed(change: NeighbourhoodChange) -> str:
    """Say how many genes changed beyond what one tissue changes, or why this is not known."""
    if change.n_changed is None:
        return f"whether a gene changed beyond noise cannot be tested: {change.null.note}"
    return (
        f"{change.n_changed:,} changed more than genes do between two datasets of one tissue (q < "
        f"{SIGNIFICANT}; {len(change.null.pairs)} pairs of datasets)"
    )


def _held_out(alignment: Alignment) -> str:
    """Say whether the turn helps genes that it was not fitted to."""
    if np.isnan(alignment.held_out):
        return ""
    verdict = (
        "it holds for genes that it was not fitted to"
        if alignment.held_out < alignment.before
        else "for genes that it was not fitted to, the contexts lie better as they are"
    )
    return f", {alignment.held_out:.3g} on held-out genes: {verdict}"


def _notice(comparison: Comparison, match: GeneMatch | None, lit: np.ndarray) -> tuple[str, ...]:
    """Say how the searched name was understood."""
    if match is None:
        return ()
    if match.status == "found" and not len(lit):
        return (
            f"{match.gene} is not among the genes that {comparison.left} and {comparison.right} "
            "have in common one to one.",
        )
    return (match.message,) if match.message else ()


def _caption(comparison: Comparison, request: CompareRequest, embedding: EmbeddingSet) -> str:
    """Write the line below the maps."""
    n_genes = len(comparison.change.common)
    if request.layout == ALIGNED_LAYOUT:
        where = (
            f"first two principal components of both contexts after the alignment "
            f"({100 * comparison.shown_variance:.0f} % of their variance)"
        )
    else:
        where = "UMAP of the whole atlas, the same axes on both maps"
    return (
        f"Each point is a gene that both contexts have; all {n_genes:,} are drawn on both maps. "
        f"Positions: {where}. What is selected on one map is selected on the other. "
        f"{embedding.name}, configuration {config_hash(embedding)}."
    )


def _table_caption(comparison: Comparison) -> str:
    """Write test and background below the table."""
    change = comparison.change
    settings = change.settings
    shuffles = (
        f"{settings.permutations:,} permutations, seed {settings.seed}"
        if settings.measure == "rbo"
        else "exact"
    )
    graphs = "" if comparison.has_graphs else " Edges are empty: the graphs are not at hand."
    return (
        f"n = {len(change.common):,} common genes, k = {settings.k}, change = 1 - "
        f"{MEASURE_NAMES[settings.measure]} (p = {settings.persistence:g} for RBO), {shuffles}. By "
        f"chance: Jaccard {change.jaccard_by_chance:.3g}, RBO {change.rbo_by_chance:.3g}. "
        f"{DEFINITION}{graphs}"
    )


def _description(
    name: str,
    n_genes: int,
    layer: ColourLayer,
    selected: np.ndarray | None,
    lit: np.ndarray,
) -> str:
    """Text alternative of a map."""
    text = f"Map of {n_genes:,} common genes in {name}, coloured by {layer.title}."
    if selected is not None:
        text += f" {int(selected.sum()):,} genes are selected."
    if len(lit):
        text += f" {len(lit):,} genes are lit."
    return f"{text} The table below lists the same genes."
