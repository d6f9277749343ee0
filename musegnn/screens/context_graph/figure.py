"""What stands around a node as a picture: a shape and a colour for each kind, one walk on top."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from musegnn.screens.parts.network_figure import (
    add_lines,
    dress_network,
    place_names,
    short_name,
)
from musegnn.screens.shell.theme import Ground, palette

_SHAPES: Final = {
    "molecule": "circle",
    "expression": "diamond",
    "morphology": "hexagon",
    "gene": "square",
}
_SIZES: Final = (20, 13, 9, 9)  # pixels, by steps from the centre
_OPACITY: Final = 0.75  # of lines
_NAMED: Final = 45  # nodes from which on only those next to the centre have a name
_HEIGHT, _LETTERS = 560, 10  # pixels
_ROOM: Final = 0.12  # of the width, left and right


def plot_near(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    trail: pd.DataFrame,
    said: Mapping[str, str],
    *,
    on: Ground,
) -> go.Figure:
    """Draw nodes around the first one; customdata of a node is its number.

    Parameters
    ----------
    nodes
        `node`, `kind`, `label`, `hover`, `step`, `x`, `y`, the centre first.
    edges
        `first`, `second`, `is_alike`.
    trail
        `node`, in the order of a walk.
    said
        Kind -> how the legend calls it.
    on
        Ground of the page.
    """
    figure = go.Figure()
    place = dict(zip(nodes["node"], zip(nodes["x"], nodes["y"], strict=True), strict=True))
    for is_alike, name, dash in ((True, "alike", "dot"), (False, "known or measured", "solid")):
        part = edges[edges["is_alike"] == is_alike]
        ends = list(zip(part["first"], part["second"], strict=True))
        if ends:
            style = {"color": on.muted_text, "width": 1.2, "dash": dash}
            title = f"{name} ({len(ends):,})"
            add_lines(figure, place, ends, name=title, opacity=_OPACITY, **style)
    steps = trail["node"].tolist()
    if len(steps) > 1:
        style = {"color": on.accent, "width": 3.5}
        walk = list(pairwise(steps))
        add_lines(figure, place, walk, name="the walk", opacity=_OPACITY, **style)
    colours = dict(zip(_SHAPES, palette(len(_SHAPES), on=on), strict=True))
    is_named = (nodes["step"] <= 1) | nodes["node"].isin(steps) | (len(nodes) <= _NAMED)
    low, high = float(nodes["x"].min()), float(nodes["x"].max())
    room = _ROOM * max(high - low, 1e-6)  # for names of nodes at the rim
    across = (low - room, high + room)
    names, places = place_names(
        nodes["x"],
        nodes["y"],
        names=[
            short_name(label) if named else ""
            for label, named in zip(nodes["label"], is_named, strict=True)
        ],
        sizes=[_SIZES[step] for step in nodes["step"]],
        order=np.argsort(nodes["step"].to_numpy(), kind="stable"),
        height=_HEIGHT,
        letters=_LETTERS,
        across=across,
    )
    nodes = nodes.assign(said=names, place=places)
    centre = nodes["node"].iloc[0]
    for kind, shape in _SHAPES.items():
        own = nodes[nodes["kind"] == kind]
        if not len(own):
            continue
        is_centre = (own["node"] == centre).to_numpy()
        figure.add_scatter(
            x=own["x"],
            y=own["y"],
            mode="markers+text",
            name=escape(f"{said[kind]} ({len(own):,})"),
            text=own["said"],
            textposition=own["place"],
            textfont={"size": _LETTERS, "color": on.text},
            marker={
                "symbol": shape,
                "size": [_SIZES[step] for step in own["step"]],
                "color": colours[kind],
                "opacity": 1,
                "line": {
                    "width": np.where(is_centre, 3.5, 1.2),
                    "color": np.where(is_centre, on.accent, on.background),
                },
            },
            customdata=own[["node"]],
            hovertext=[escape(text).replace("\n", "<br>") for text in own["hover"]],
            hoverinfo="text",
        )
    dress_network(figure, on, height=_HEIGHT)
    return figure.update_xaxes(range=across)
