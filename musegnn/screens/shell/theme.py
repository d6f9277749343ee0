"""Colours and grounds of every picture: colour means data, grey means context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

if TYPE_CHECKING:  # pages without a picture start without it
    import plotly.graph_objects as go

INVISIBLE: Final = "rgba(0,0,0,0)"

# The eight colours of Okabe and Ito, https://jfly.uni-koeln.de/color/, black last because it is
# the one that has to change with the ground.
_OKABE_ITO: Final = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
)
_BLACK: Final = {"light": "#000000", "dark": "#E8E8E8"}
# Chosen one after the other as the colour with the largest CIE76 distance to all colours before,
# the smaller of normal vision and of simulated deuteranopia and protanopia (Machado 2009).
_EXTENSION: Final = {
    "light": (
        "#2A2AE0",
        "#7766FF",
        "#773311",
        "#BBDD88",
        "#5500BB",
        "#663366",
        "#6699FF",
        "#DD2244",
        "#FFBBBB",
        "#66DDEE",
        "#3344AA",
        "#FF8855",
    ),
    # no dark blues, which cannot be seen there; in the order in which hues are nearest to those of
    # the light ground, so that a tissue keeps its hue when the ground changes
    "dark": (
        "#7755FF",
        "#8888FF",
        "#CCAA55",
        "#AAEE66",
        "#DD00BB",
        "#66AA66",
        "#33DDBB",
        "#DD2244",
        "#99FF99",
        "#66CCDD",
        "#008844",
        "#00DD99",
    ),
}


@dataclass(frozen=True)
class Ground:
    """Colours that depend on the ground a picture stands on.

    Parameters
    ----------
    name
        `light` or `dark`.
    background, text, muted_text, grid
        CSS colours.
    context
        Grey of points that step back.
    other
        Colour of the category "other".
    accent
        The one colour of what the user selected.
    """

    name: str
    background: str
    text: str
    muted_text: str
    grid: str
    context: str
    other: str
    accent: str

    @property
    def is_dark(self) -> bool:
        """True on the dark ground."""
        return self.name == "dark"


LIGHT: Final = Ground(
    "light", "#FFFFFF", "#1F2328", "#6B7280", "#E5E7EB", "#D3D7DC", "#A8ADB4", "#B3205F"
)
DARK: Final = Ground(
    "dark", "#14171C", "#E6E8EB", "#9AA3AE", "#2C323A", "#3A414B", "#6B727C", "#FF4F8B"
)


def ground(*, dark: bool) -> Ground:
    """Return the dark or the light ground."""
    return DARK if dark else LIGHT


def palette(n_categories: int, *, on: Ground = LIGHT) -> list[str]:
    """Return the colours of `n_categories` categories, in order.

    Okabe-Ito for up to eight, then a fixed extension: the first colours never change when more
    categories are added.

    Parameters
    ----------
    n_categories
        At least 0; from the 21st on they get the colour of "other".
    on
        Ground of the picture; black and the extension have other colours on the dark one.
    """
    colours = [*_OKABE_ITO, _BLACK[on.name], *_EXTENSION[on.name]]
    extra = max(0, n_categories - len(colours))
    return colours[:n_categories] + [on.other] * extra


# place in the palette of tissues that people bring often, the same in every atlas and every run
TISSUES: Final = (
    *("blood", "brain", "breast tumour", "embryo", "heart (fetal)", "heart (iPSC-derived)"),
    *("intestine", "liver", "lung", "lung tumour lines", "pancreas", "pancreas tumour"),
    *("skin tumour", "breast", "heart", "kidney", "skin", "spleen", "muscle", "bone marrow"),
)
_KNOWN_TISSUES: Final = {name.casefold(): place for place, name in enumerate(TISSUES)}


def tissue_palette(tissues: Sequence[str], *, on: Ground = LIGHT) -> list[str]:
    """Return the colour of each tissue: the same wherever it is drawn, whatever stands beside it.

    Known tissues have a place of their own in the palette. Another one takes a place that follows
    from its name, the next free one where a tissue beside it has that already.

    Parameters
    ----------
    tissues
        Different names, at most as many as the palette has colours; more get that of "other".
    on
        Ground of the picture.
    """
    colours = palette(len(TISSUES), on=on)
    places = {
        name: _KNOWN_TISSUES[name.casefold()]
        for name in tissues
        if name.casefold() in _KNOWN_TISSUES
    }
    free = [place for place in range(len(colours)) if place not in places.values()]
    for name in sorted(set(tissues) - set(places)):
        if not free:
            break
        wished = crc32(name.casefold().encode("utf-8", "replace")) % len(colours)
        place = min(free, key=lambda own: (own - wished) % len(colours))
        free.remove(place)
        places[name] = place
    return [colours[places[name]] if name in places else on.other for name in tissues]


def viridis(n_steps: int = 64) -> list[str]:
    """Return `n_steps` colours of the viridis scale, dark to light."""
    return list(_viridis(n_steps))


def viridis_scale() -> list[list[Any]]:
    """Return viridis as a colour scale of plotly: place from 0 to 1, and its colour."""
    colours = viridis()
    return [[i / (len(colours) - 1), colour] for i, colour in enumerate(colours)]


@cache
def _viridis(n_steps: int) -> tuple[str, ...]:
    """Colours of the scale; every picture with numbers asks for them at each look."""
    scale = colormaps["viridis"]
    return tuple(to_hex(scale(position)) for position in np.linspace(0, 1, n_steps))


def layer_colours(
    kind: str, n_codes: int, *, has_other: bool = False, on: Ground = LIGHT
) -> list[str]:
    """Return the colour of each code of a colour layer.

    Parameters
    ----------
    kind
        `category`, `number` and `steps` (viridis), or `membership` (grey, then the accent).
    n_codes
        Number of codes.
    has_other
        True when the last category or step is "other", which is grey.
    on
        Ground of the picture.
    """
    if kind == "number":
        return viridis(n_codes)
    if kind == "membership":
        return [on.context, on.accent]
    n_own = n_codes - has_other
    own = viridis(n_own) if kind == "steps" else palette(n_own, on=on)
    return [*own, on.other] if has_other else own


def layout_on(
    on: Ground, *, height: int, margin: tuple[int, int, int, int], **layout: Any
) -> dict[str, Any]:
    """Return the layout of a figure on the ground of the page.

    The paper has the colour of the page, so that a picture that is saved from there can be read
    anywhere. A figure of traces as dictionaries with this layout, made in one call, takes plotly
    half the time of objects that are put together: those it copies and reads anew.

    Parameters
    ----------
    on
        Ground of the page.
    height
        Pixels.
    margin
        Pixels on the left, on the right, above and below.
    layout
        More of the layout of plotly, such as `xaxis`.
    """
    left, right, above, below = margin
    return {
        "height": height,
        "margin": {"l": left, "r": right, "t": above, "b": below},
        "paper_bgcolor": on.background,
        "plot_bgcolor": INVISIBLE,
        "font": {"color": on.text},
        **layout,
    }


def dress(
    figure: go.Figure,
    on: Ground,
    *,
    height: int,
    margin: tuple[int, int, int, int],
    **layout: Any,
) -> go.Figure:
    """Lay a figure on the ground of the page, and return it.

    Parameters
    ----------
    figure
        What is drawn; changed in place.
    on, height, margin, layout
        As for `layout_on`; each part takes the place of what the figure had of it.
    """
    # to merge each leaf takes plotly twice as long
    return figure.update_layout(
        layout_on(on, height=height, margin=margin, **layout), overwrite=True
    )
