"""Compounds and targets as a network: circles and squares, known edges solid, predicted dashed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
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

DASHES: Final = {"predicted": "dash", "curated": "solid"}  # the surer on top
_WIDTHS: Final = {"predicted": 1.0, "curated": 2.2}
LABELLED: Final = 70  # nodes that may have a name in the picture; others name themselves on hover
_SMALLEST, _LARGEST = 8.0, 20.0  # of a node, pixels
_HEIGHT, _LETTERS = 640, 10  # pixels


def plot_network(
    nodes: pd.DataFrame,
    edges: pd.DataFrame,
    legend: Sequence[str],
    titles: pd.DataFrame,
    *,
    on: Ground,
) -> go.Figure:
    """Draw the network; customdata of a node begins with its name.

    Parameters
    ----------
    nodes
        `id`, `kind` (compound or target), `name`, `x`, `y`, `group`, `degree`, `hover`,
        `is_chosen`.
    edges
        `compound`, `target`, `kind` (a key of `DASHES`).
    legend
        Groups of compounds in the order of their colours; the grey ones are called other and not
        told.
    titles
        `x`, `y`, `text` of words that stand above parts.
    on
        Ground of the page.
    """
    figure = go.Figure()
    place = {name: (x, y) for name, x, y in zip(nodes["id"], nodes["x"], nodes["y"], strict=True)}
    is_large = len(nodes) > LABELLED
    for kind, dash in DASHES.items():
        part = edges[edges["kind"] == kind]
        add_lines(
            figure,
            place,
            list(zip(part["compound"], part["target"], strict=True)),
            name=f"{kind} ({len(part):,})",
            opacity=0.55 if is_large else 0.8,
            color=on.muted_text,
            width=_WIDTHS[kind] / (1 + is_large),
            dash=dash,
        )
    order = np.lexsort((nodes["name"].to_numpy(dtype=str), -nodes["degree"].to_numpy()))
    named = set(nodes["id"].iloc[order[:LABELLED]]) if is_large else set(nodes["id"])
    if is_large and len(nodes) > 4 * LABELLED:
        named = set(nodes["id"][nodes["is_chosen"]])
    height = _HEIGHT if len(nodes) <= 4 * LABELLED else _HEIGHT + 260
    nodes = _with_names(nodes, named, order, height)
    greys = ("other", "not told")
    colours = palette(len([name for name in legend if name not in greys]), on=on)
    of_group = {
        **{name: colours[at] for at, name in enumerate(legend) if name not in greys},
        "other": on.other,
        "not told": on.context,
    }
    compounds = nodes[nodes["kind"] == "compound"]
    for group in legend:
        own = compounds[compounds["group"] == group]
        title = f"{group} ({len(own):,})"
        _add_nodes(figure, own, colour=of_group[group], name=title, on=on)
    targets = nodes[nodes["kind"] != "compound"]
    title = f"target ({len(targets):,})"
    _add_nodes(figure, targets, colour=on.background, name=title, on=on)
    for row in titles.itertuples():
        figure.add_annotation(
            x=row.x,
            y=row.y,
            text=short_name(str(row.text)),
            showarrow=False,
            yanchor="bottom",
            yshift=8,
            font={"size": 11, "color": on.text},
        )
    return dress_network(figure, on, height=height)


def _with_names(
    nodes: pd.DataFrame, named: set[str], order: np.ndarray, height: int
) -> pd.DataFrame:
    """Give each node its `size` in pixels, a name (`said`) where there is room, and its `place`."""
    part = nodes["group"].where(nodes["kind"] == "compound", "\0")  # targets are one part
    largest = nodes["degree"].groupby(part).transform("max").clip(lower=1)
    scaled = _SMALLEST + (_LARGEST - _SMALLEST) * np.sqrt(nodes["degree"] / largest)
    sizes = (scaled if named else scaled / 2).to_numpy()
    first = order[np.argsort(~nodes["is_chosen"].to_numpy(bool)[order], kind="stable")]
    said, places = place_names(
        nodes["x"],
        nodes["y"],
        names=[
            short_name(text) if key in named else ""
            for key, text in zip(nodes["id"], nodes["name"], strict=True)
        ],
        sizes=sizes,
        order=first,
        height=height,
        letters=_LETTERS,
    )
    return nodes.assign(size=sizes, said=said, place=places)


def _add_nodes(figure: go.Figure, own: pd.DataFrame, *, colour: str, name: str, on: Ground) -> None:
    """Add nodes of one colour: compounds are circles, targets open squares."""
    is_target = not len(own) or own["kind"].iloc[0] != "compound"
    edge = on.text if is_target else on.background
    figure.add_scatter(
        x=own["x"],
        y=own["y"],
        mode="markers+text",
        name=escape(name),
        text=own["said"],
        textposition=own["place"],
        textfont={"size": _LETTERS, "color": on.text},
        marker={
            "symbol": "square" if is_target else "circle",
            "size": own["size"],
            "color": colour,
            "opacity": 1,
            "line": {
                "width": np.where(own["is_chosen"], 3.5, 1.4),
                "color": np.where(own["is_chosen"], on.accent, edge),
            },
        },
        customdata=own[["name", "kind"]],
        hovertext=[escape(str(text)) for text in own["hover"]],
        hoverinfo="text",
    )
