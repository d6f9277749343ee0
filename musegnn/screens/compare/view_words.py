"""Words of the Compare page: titles, captions, and the sentences that say what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import DEFINITION as ALIGNMENT_DEFINITION
from musegnn.analysis.comparison.context_alignment import Alignment
from musegnn.analysis.comparison.neighbourhood_change import (
    BEYOND_TISSUE,
    CALLED_OTHER,
    CALLED_SAME,
    DEFINITION,
    FALSE_OF_FEW,
    FEW_TOLD,
    SIGNIFICANT,
    NeighbourhoodChange,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneMatch
from musegnn.embeddings.reliability import reliability_of_context
from musegnn.screens.compare import ALIGNED_LAYOUT, CHANGED_MOST
from musegnn.screens.compare.view_comparison import Comparison
from musegnn.screens.shell.colour_layer import ColourLayer

MEASURE_NAMES: Final = {"rbo": "rank-biased overlap", "jaccard": "Jaccard index"}
COMMON_DEFINITION: Final = (
    "Common genes have the same name; across species the same one-to-one ortholog. Ortholog "
    "groups with several genes in one of the species are left out: it cannot be said which gene "
    "to compare with which."
)


def table_title(comparison: Comparison, order: str, selected: np.ndarray | None) -> str:
    """Say what the table lists."""
    if selected is not None:
        return f"Selection: {int(selected.sum()):,} of {len(selected):,} common genes"
    what = "changed most" if order == CHANGED_MOST else "stayed most alike"
    return f"Genes whose neighbourhood {what}: {len(comparison.change.common):,} common genes"


def facts(embedding: EmbeddingSet, name: str) -> tuple[tuple[str, str], ...]:
    """What is known about a context."""
    entry = embedding.datasets.loc[name]
    return (
        ("tissue", str(entry[keys.TISSUE])),
        ("species", str(entry[keys.SPECIES_COLUMN])),
        ("technique", str(entry.get("technique", entry[keys.MODALITY]))),
        ("cells", f"{int(entry.get('n_cells', 0)):,}"),
        ("genes", f"{len(embedding.rows_of_dataset(name)):,}"),
        ("reliability", reliability_of_context(embedding, name).words),
    )


def summary(comparison: Comparison, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Say what is shared, how the contexts lie on each other, and what changed."""
    change, alignment = comparison.change, comparison.alignment
    common, settings = change.common, change.settings
    left_out = (
        f"; {common.n_not_one_to_one:,} ortholog groups without a single partner are left out"
        if common.n_not_one_to_one
        else ""
    )
    observed = change.table[settings.measure].mean()
    chance = change.rbo_by_chance if settings.measure == "rbo" else change.jaccard_by_chance
    return (
        (
            f"**{len(common):,} common genes** of {common.n_first:,} in {names[common.first]} "
            f"and {common.n_second:,} in {names[common.second]}{left_out}.",
            COMMON_DEFINITION,
        ),
        (_between_datasets(change), DEFINITION),
        (_beyond_tissue(change), DEFINITION),
        (
            f"**Neighbourhoods**: mean {MEASURE_NAMES[settings.measure]} {observed:.3g}, by chance "
            f"{chance:.3g}. {change.n_kept:,} genes keep more of theirs than by chance (q < "
            f"{SIGNIFICANT}).",
            DEFINITION,
        ),
        (
            f"**Alignment**: residual {alignment.before:.3g} before, {alignment.after:.3g} after, "
            f"{alignment.by_chance:.3g} \u00b1 {alignment.by_chance_deviation:.2g} with shuffled "
            f"names (p = {alignment.p:.2g}){_held_out(alignment)}.",
            ALIGNMENT_DEFINITION,
        ),
    )


def _between_datasets(change: NeighbourhoodChange) -> str:
    """Say how many genes changed beyond what drawing other cells explains, or why not."""
    question = "**Do these two datasets differ?**"
    if change.not_called:
        return f"{question} No gene can be called changed, since {change.not_called}."
    lost = change.table.loc[change.table["q_differs"] < SIGNIFICANT, "effect"]
    half = f", half of them lost {lost.median():.0%} of their nearest or more" if len(lost) else ""
    unknown = len(change.table) - change.n_told
    n_false, n_few = FALSE_OF_FEW
    doubt = (
        " **So few can be tested that these calls are to be doubted**: between samples of one "
        f"dataset {n_false} of {n_few} genes were called where fewer than {FEW_TOLD} could be "
        "tested."
        if change.n_differing and change.n_told < FEW_TOLD
        else ""
    )
    return (
        f"{question} {change.n_differing:,} of the {change.n_told:,} genes that are measured "
        "firmly enough on both sides have other neighbours than if only other cells of the same "
        f"sample had been drawn (q < {SIGNIFICANT}){half}.{doubt} Of {unknown:,} "
        "genes nothing can be told. Donor, laboratory and technique do this as tissue does: in the "
        f"shipped atlas to {CALLED_SAME} % of the tested genes between two datasets of one tissue, "
        f"to {CALLED_OTHER} % between others."
    )


def _beyond_tissue(change: NeighbourhoodChange) -> str:
    """Say how many genes changed beyond what one tissue changes, or why this is not known."""
    question = "**Is it more than donor and technique?**"
    if change.n_changed is None:
        return f"{question} This cannot be tested: {change.null.note}."
    pairs, tissues = len(change.null.pairs), change.null.n_tissues
    of = f" of {tissues} tissues" if tissues > 1 else ""
    against = (
        f"than genes do between two datasets of one species, tissue and technique (q < "
        f"{SIGNIFICANT}; {pairs} such {'pair' if pairs == 1 else 'pairs'}{of} in this atlas)"
    )
    if change.not_called or not change.n_differing:
        return f"{question} {change.n_changed:,} genes changed more {against}."
    beyond = int((change.table["call"] == BEYOND_TISSUE).sum())
    found = f"{question} {beyond:,} of these {change.n_differing:,} genes changed more {against}"
    if beyond:
        return f"{found}."
    return (
        f"{found}: they may differ by donor or technique alone. That is no sign that nothing "
        "changed, since datasets of one tissue differ much and only large changes stand out."
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


def notice(
    comparison: Comparison,
    match: GeneMatch | None,
    lit: np.ndarray,
    names: Mapping[str, str],
) -> tuple[str, ...]:
    """Say how the searched name was understood."""
    if match is None:
        return ()
    if match.status == "found" and not len(lit):
        return (
            f"{match.gene} is not among the genes that {names[comparison.left]} and "
            f"{names[comparison.right]} have in common one to one: one of them lacks it, or it "
            "has several partners there, as insulin has in the mouse. *Tissues* sets its lists "
            "side by side.",
        )
    return (match.message,) if match.message else ()


def caption(comparison: Comparison, layout: str, embedding: EmbeddingSet) -> str:
    """Write the line below the maps."""
    n_genes = len(comparison.change.common)
    if layout == ALIGNED_LAYOUT:
        where = (
            f"first two principal components of both contexts after the alignment "
            f"({100 * comparison.shown_variance:.0f} % of their variance)"
        )
    else:
        where = "UMAP of the whole atlas, the same axes on both maps"
    return (
        f"Each point is a gene that both contexts have; all {n_genes:,} are drawn on both maps. "
        f"Positions: {where}. What is selected on one map is selected on the other. "
        f"{embedding.origin}."
    )


def table_caption(comparison: Comparison) -> str:
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


def description(
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
