"""Maps for papers: the point map of a page in the size and letters a journal asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.parts.point_map_panel import SetMap
from musegnn.screens.parts.point_map_svg import PLAIN_PT, MapLook
from musegnn.screens.shell.colour_layer import ColourLayer
from musegnn.screens.shell.figure_style import INCH, FigureStyle
from musegnn.screens.shell.panel_paper import offer_for_paper
from musegnn.screens.shell.theme import Ground

_PRINT_DPI: Final = 300  # of points that are drawn as one picture
_SHAPE: Final = 2 / 3  # height over width


def offer_map_for_paper(
    draw: Callable[[MapLook, str], str], *, key: str, name: str, shape: float = _SHAPE
) -> None:
    """Offer the map of this page as a file for print.

    Parameters
    ----------
    draw
        Draws it as SVG: look and title in.
    key
        Name of the map on the page.
    name
        Name of the file.
    shape
        Height over width.
    """
    offer_for_paper(
        key=key,
        name=name,
        make=lambda style: draw(map_look(style, shape=shape), style.title),
    )


def drawn_colours(drawn: SetMap, layer: ColourLayer, *, on: Ground) -> MapColours:
    """Return the colours of a map as it is drawn, on the ground of a file.

    Parameters
    ----------
    drawn
        The map of the page.
    layer
        Colour codes of all its points.
    on
        Ground of the file.
    """
    colours = map_colours(layer, on=on)
    if drawn.rows is None:
        return colours
    return replace(colours, codes=drawn.colours.codes, cells=drawn.colours.cells)


def map_look(style: FigureStyle, *, shape: float = _SHAPE) -> MapLook:
    """Return the look that has the wished size of letters once the map has its width in print."""
    scale = style.size_pt / PLAIN_PT
    width = style.width_mm / INCH / scale
    return MapLook(style.on, (width, shape * width), style.family, _PRINT_DPI * scale)
