"""Atlas: where genes lie, what is lit, what is selected."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneListMatch, GeneMatch
from musegnn.embeddings.reliability import (
    WORDS,
    reliability_columns,
    reliability_words,
)
from musegnn.embeddings.vector_set import factorized
from musegnn.screens.parts.gene_colours import colour_layer
from musegnn.screens.parts.list_marks import NO_MARKS, Marked, mark_list
from musegnn.screens.parts.point_density import MOST_POINTS, is_dense
from musegnn.screens.shell.colour_layer import ColourLayer
from musegnn.screens.shell.link_field import quoted
from musegnn.screens.shell.selection import NOTHING, Selection
from musegnn.validation import check_choice, format_list


@dataclass(frozen=True)
class AtlasRequest:
    """What the user asks of the Atlas page.

    Parameters
    ----------
    colour
        One of `musegnn.screens.parts.colour_choices.COLOUR_LABELS`.
    gene
        Name typed into the search, or "".
    list_text
        Pasted gene list, or "".
    selection
        Rows selected on the map.
    """

    colour: str = "tissue"
    gene: str = ""
    list_text: str = ""
    selection: Selection = field(default=NOTHING)


@dataclass(frozen=True)
class AtlasView:
    """What the Atlas page shows.

    Parameters
    ----------
    layer
        Colours of all points.
    match
        What the searched name stands for, or None.
    lit, lit_labels
        Rows of the searched gene and the label of each.
    lit_note
        Which gene is lit in how many contexts, or "".
    lit_table
        The lit rows, columns as in `table`; empty when `table` lists them already.
    selected
        `(N,)` bool, or None when nothing is selected.
    description
        Text alternative of the map.
    gene_list
        What the pasted list stands for, or None.
    list_rows
        Rows of the genes in the list.
    marked
        Those of them that the map draws large and names.
    table
        Selected genes in context, or the lit ones when nothing is selected, in the order of the
        legend: `row, gene, context, species, tissue, cluster, degree, mean_expression,
        reliability, reliability_word` and `code` of the colour.
    table_title
        What the table lists.
    tissues, species
        Counts of the rows of the table: `name, n, share` (percent).
    caption
        One line below the map: what a point is, n, data, method.
    notice
        What the user should know about the answer, Markdown lines.
    n_drawn, n_stored
        Points on the map and in the file; equal, nothing is sampled.
    """

    layer: ColourLayer
    match: GeneMatch | None
    lit: np.ndarray
    lit_labels: tuple[str, ...]
    lit_note: str
    lit_table: pd.DataFrame
    selected: np.ndarray | None
    description: str
    gene_list: GeneListMatch | None
    list_rows: np.ndarray
    marked: Marked
    table: pd.DataFrame
    table_title: str
    tissues: pd.DataFrame
    species: pd.DataFrame
    caption: str
    notice: tuple[str, ...]
    n_drawn: int
    n_stored: int


def build(request: AtlasRequest, *, atlas: Atlas) -> AtlasView:
    """Collect what the Atlas page shows.

    Parameters
    ----------
    request
        What was asked.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If the colour is not one of `COLOUR_LABELS`.
    """
    match = atlas.search.find(request.gene) if request.gene.strip() else None
    lit = atlas.search.rows(match.gene) if match else np.empty(0, dtype=np.int64)
    gene_list = atlas.search.find_list(request.list_text) if request.list_text.strip() else None
    list_rows = atlas.search.rows_of_genes(gene_list.genes if gene_list else ())
    layer = colour_layer(request.colour, embedding=atlas.embedding, list_rows=list_rows)
    n_points = len(atlas.embedding.genes)
    rows = request.selection.rows if len(request.selection) else lit
    table = _table(atlas.embedding, rows, layer)
    return AtlasView(
        layer=layer,
        match=match,
        lit=lit,
        lit_labels=_labels(atlas.embedding, lit, match),
        lit_note=_lit_note(atlas.embedding, lit, match),
        lit_table=_table(atlas.embedding, lit if len(request.selection) else lit[:0], layer),
        selected=request.selection.mask(n_points) if len(request.selection) else None,
        description=_description(atlas.embedding, layer, match, lit, request.selection),
        gene_list=gene_list,
        list_rows=list_rows,
        marked=mark_list(
            list_rows,
            atlas.search.ortholog_groups[list_rows],
            atlas.embedding.layout,
        )
        if len(list_rows)
        else NO_MARKS,
        table=table,
        table_title=_table_title(request, match, len(rows)),
        tissues=_counts(table["tissue"]),
        species=_counts(table["species"]),
        caption=_caption(atlas),
        notice=_notice(match, gene_list),
        n_drawn=len(layer.codes),
        n_stored=n_points,
    )


def firm_rows(embedding: EmbeddingSet, least: str) -> np.ndarray:
    """Return the rows whose reliability is at least as high as a word of `WORDS`, ascending."""
    check_choice(least, WORDS, name="reliability")
    return np.flatnonzero(np.isin(reliability_words(embedding), WORDS[WORDS.index(least) :]))


def _table(embedding: EmbeddingSet, rows: np.ndarray, layer: ColourLayer) -> pd.DataFrame:
    """Rows of the selection in the order of the legend, then by gene."""
    genes = embedding.genes.iloc[rows]
    table = pd.DataFrame(
        {
            "row": np.asarray(rows, dtype=np.int64),
            "gene": genes[keys.GENE].to_numpy(dtype=object),
            "context": genes[keys.DATASET].to_numpy(dtype=object),
            "species": genes[keys.SPECIES_COLUMN].to_numpy(dtype=object),
            "tissue": genes[keys.TISSUE].to_numpy(dtype=object),
            "cluster": genes[keys.CLUSTER].to_numpy(dtype=object),
            "degree": genes[keys.DEGREE].to_numpy(),
            # a context of knowledge has no cells, and so no mean: 0 would read as measured
            "mean_expression": genes[keys.MEAN]
            .where(genes[keys.MODALITY].astype(str) != keys.KNOWLEDGE)
            .to_numpy(),
        }
    )
    table = table.assign(**reliability_columns(embedding, np.asarray(rows, dtype=np.int64)))
    codes = layer.codes[rows]
    table["code"] = codes
    places = (factorized(genes[column])[0] for column in (keys.DATASET, keys.GENE))
    order = np.lexsort((*places, codes))
    return table.iloc[order].reset_index(drop=True)


def _labels(embedding: EmbeddingSet, lit: np.ndarray, match: GeneMatch | None) -> tuple[str, ...]:
    """Label of each lit point: its context, with the symbol where it is another one."""
    if match is None:
        return ()
    genes, names = embedding.genes.iloc[lit], embedding.context_names
    return tuple(
        names[context] if gene.casefold() == match.gene.casefold() else f"{gene}: {names[context]}"
        for gene, context in zip(genes[keys.GENE], genes[keys.DATASET].astype(str), strict=True)
    )


def _lit_note(embedding: EmbeddingSet, lit: np.ndarray, match: GeneMatch | None) -> str:
    """Say which gene is lit, and in how many of the contexts."""
    if match is None or not len(lit):
        return ""
    n_lit = embedding.genes[keys.DATASET].iloc[lit].nunique()
    note = f"{match.gene} lit in {n_lit} of {len(embedding.datasets)} contexts"
    # one-to-many orthologs: a context can have several points of the gene
    return note if n_lit == len(lit) else f"{note} ({len(lit)} points)"


def _counts(values: pd.Series) -> pd.DataFrame:
    """Count names, most frequent first."""
    counts = values.value_counts().rename_axis("name").reset_index(name="n")
    counts["share"] = 100 * counts["n"] / max(len(values), 1)
    return counts.sort_values(["n", "name"], ascending=[False, True], ignore_index=True)


def _table_title(request: AtlasRequest, match: GeneMatch | None, n: int) -> str:
    """Say what the table lists."""
    points = f"{n:,} gene{'s' if n != 1 else ''} in context"
    if len(request.selection):
        return f"Selection: {points}"
    if match is not None and match.status == "found":
        return f"{match.gene}: {points}"
    return "Nothing selected yet"


def _caption(atlas: Atlas) -> str:
    """Write the line below the map."""
    embedding = atlas.embedding
    n_points, n_contexts, origin = len(embedding.genes), len(embedding.datasets), embedding.origin
    drawn = f"Drawn: {n_points:,} of {n_points:,} points"
    if is_dense(n_points):
        drawn = (
            f"Drawn: the density of all {n_points:,} points; one by one what is lit, up to "
            f"{MOST_POINTS:,} selected points, and all in view once you zoom in to at most "
            f"{MOST_POINTS:,}. A lasso or a box takes all points inside, drawn or not. Data"
        )
    return (
        f"Each point is a gene in one context (dataset). {drawn} "
        f"from {n_contexts} datasets of {origin.name}. Positions: UMAP of the embedding "
        f"(configuration {origin.config_hash}); distances between far points carry no meaning. "
        f"{atlas.doubtful}"
    ).strip()


def _description(
    embedding: EmbeddingSet,
    layer: ColourLayer,
    match: GeneMatch | None,
    lit: np.ndarray,
    selection: Selection,
) -> str:
    """Text alternative of the map."""
    text = f"Map of {len(embedding.genes):,} genes in context, coloured by {layer.title}."
    if match is not None and len(lit):
        text += f" {match.gene} is lit in {len(lit)} contexts."
    if len(selection):
        text += f" {len(selection):,} points are selected."
    return f"{text} The table below lists the same points."


def _notice(match: GeneMatch | None, gene_list: GeneListMatch | None) -> tuple[str, ...]:
    """Say how names were understood."""
    lines = [match.message] if match is not None and match.message else []
    if gene_list is not None:
        lines.append(
            f"List: {len(gene_list.found)} of {gene_list.n_names} names found, "
            f"{len(gene_list.genes)} different genes."
        )
        for label, matches in (
            ("Ambiguous", gene_list.ambiguous),
            ("Known, but not in this atlas", gene_list.absent),
            ("Unknown", gene_list.unknown),
        ):
            if matches:
                names = format_list([quoted(match.query) for match in matches], limit=20)
                lines.append(f"{label} ({len(matches):,}): `{names}`.")
    return tuple(lines)
