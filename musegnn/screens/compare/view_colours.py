"""Colours of two maps: the same colour means the same thing on both, and on every other page."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from musegnn.analysis.comparison.neighbourhood_change import NOT_TOLD, NeighbourhoodChange
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.compare import CHANGE, COLOUR_LABELS, LOST
from musegnn.screens.parts import gene_colours as atlas_colours
from musegnn.screens.shell.colour_layer import ColourLayer, LegendEntry, number_layer, step_layer
from musegnn.validation import check_choice

# of its nearest; about 0 when only other cells were drawn
LOST_STEPS: Final = (0.0, 0.1, 0.25, 0.5)


def paired_layers(
    label: str,
    change: NeighbourhoodChange,
    *,
    embedding: EmbeddingSet,
    list_rows: np.ndarray,
) -> tuple[ColourLayer, ColourLayer]:
    """Colour the common genes on both maps.

    Parameters
    ----------
    label
        One of `COLOUR_LABELS`.
    change
        The compared contexts.
    embedding
        The atlas; its categories and scales give the colours.
    list_rows
        Rows of the genes in the pasted list.

    Returns
    -------
    Layer of the G common genes in each context, in the order of the alphabet. Both have the codes
    and all legend entries of the whole atlas; the counts are those of each map, and may be 0.

    Raises
    ------
    InputError
        If the label is not one of `COLOUR_LABELS`.
    """
    check_choice(label, COLOUR_LABELS, name="colour")
    common = change.common
    if label in {LOST, CHANGE}:
        layer = _of_change(label, change)
        return layer, layer
    whole = atlas_colours.colour_layer(label, embedding=embedding, list_rows=list_rows)
    if whole.kind == "membership":
        # a gene is in the list on both maps, whichever of its rows the list names
        codes = np.maximum(whole.codes[common.first_rows], whole.codes[common.second_rows])
        sides = (codes, codes)
    else:
        sides = (whole.codes[common.first_rows], whole.codes[common.second_rows])
    return _recount(whole, sides[0]), _recount(whole, sides[1])


def _of_change(label: str, change: NeighbourhoodChange) -> ColourLayer:
    """Colour by the neighbours lost beyond sampling, or by the raw overlap where none is known."""
    by_gene = change.table.set_index("gene").loc[change.common.names]
    if label == LOST and not change.not_called:
        return step_layer(
            by_gene["effect"].to_numpy(),
            LOST_STEPS,
            title=f"lost beyond sampling (share of the {change.settings.k} nearest)",
            missing=NOT_TOLD,
        )
    note = (
        f"{LOST} cannot be shown, since {change.not_called}"
        if change.not_called
        else f"high for badly measured genes too; {LOST} is not"
    )
    layer = number_layer(by_gene["change"].to_numpy(), title="change (1 - overlap, 0 to 1)")
    return replace(layer, note=note)


def _recount(whole: ColourLayer, codes: np.ndarray) -> ColourLayer:
    """Give a map its own codes and counts, and keep the colours of the whole atlas."""
    legend = whole.legend
    if whole.kind != "number":
        counts = np.bincount(codes, minlength=len(legend))
        legend = tuple(LegendEntry(e.code, e.label, int(counts[e.code])) for e in legend)
    return ColourLayer(
        whole.title, whole.kind, codes, legend, has_other=whole.has_other, note=whole.note
    )
