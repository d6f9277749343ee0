"""Map colours: a colour layer with the colours of the ground it is drawn on."""

from __future__ import annotations

from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.shell.colour_layer import NUMBER_STEPS, ColourLayer
from musegnn.screens.shell.theme import Ground, layer_colours


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
    return MapColours(
        title=layer.title,
        is_scale=layer.kind == "number",
        codes=layer.codes,
        colours=tuple(layer_colours(layer.kind, n_codes, has_other=layer.has_other, on=on)),
        legend=tuple((entry.code, entry.label, entry.n) for entry in layer.legend),
        note=layer.note,
    )
