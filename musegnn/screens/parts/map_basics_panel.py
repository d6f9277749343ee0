"""Basics of maps on the page: the colours of a layer."""

from __future__ import annotations

import numpy as np

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.parts.gene_colours import colour_layer
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.shell.colour_layer import NUMBER_STEPS, ColourLayer
from musegnn.screens.shell.theme import Ground, layer_colours, tissue_palette


def map_colours(layer: ColourLayer, *, on: Ground) -> MapColours:
    """Give each code of a colour layer its colour.

    Parameters
    ----------
    layer
        Codes of all points and their legend.
    on
        Ground of the picture.
    """
    n_codes = NUMBER_STEPS if layer.kind == "number" else len(layer.legend)
    colours = layer_colours(layer.kind, n_codes, has_other=layer.has_other, on=on)
    if layer.kind == "category" and layer.title == keys.TISSUE:
        own = layer.legend[: n_codes - layer.has_other]
        colours[: len(own)] = tissue_palette([entry.label for entry in own], on=on)
    return MapColours(
        title=layer.title,
        is_scale=layer.kind == "number",
        codes=layer.codes,
        colours=tuple(colours),
        legend=tuple((entry.code, entry.label, entry.n) for entry in layer.legend),
        note=layer.note,
    )


def tissue_colours(embedding: EmbeddingSet, *, on: Ground) -> dict[str, str]:
    """Return the CSS colour of each tissue of an atlas, as its map shows it."""
    layer = colour_layer("tissue", embedding=embedding, list_rows=np.empty(0, dtype=np.int64))
    colours = map_colours(layer, on=on).colours
    return {entry.label: colours[entry.code] for entry in layer.legend}
