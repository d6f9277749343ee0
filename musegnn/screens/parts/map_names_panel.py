"""What a map of genes says by itself: names of clusters, cards of points, and their gestures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.parts.kept_names_panel import ask_for_names, known_names
from musegnn.screens.parts.map_names import PlacedName
from musegnn.screens.parts.point_card import point_card
from musegnn.screens.parts.point_card_panel import answer_cards
from musegnn.screens.parts.point_map_panel import SetMap
from musegnn.screens.shell.colour_layer import ColourLayer
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.selection import (
    NOTHING,
    Selection,
    mode_of_gesture,
    selection_of_gesture,
)
from musegnn.screens.shell.shared_fields import NAMES
from musegnn.screens.shell.words import prose

Part = tuple[np.ndarray, np.ndarray]  # rows that a map shows, and their places there


def shown_names(frame: Frame) -> tuple[PlacedName, ...]:
    """Return the names that the map shows now, for a file that looks as the page does."""
    names = known_names(frame.atlas)
    return names.placed if names is not None and frame.state.get(NAMES.name) == "on" else ()


def names_on_part(frame: Frame, part: Part) -> tuple[tuple[float, float, str], ...]:
    """Return what a map of some rows shows of names now, as a file takes it."""
    names = known_names(frame.atlas)
    if names is None or frame.state.get(NAMES.name) != "on":
        return ()
    return tuple((name.x, name.y, name.text) for name in names.placed_on(*part))


def show_map_speech(frame: Frame, drawn: SetMap) -> None:
    """Let the map above speak: names of clusters with their caption, and cards of points.

    Parameters
    ----------
    frame
        The page.
    drawn
        The map, made with `names`.
    """
    _show_names(frame.atlas, {frame.atlas.embedding.id: None})
    embedding = frame.atlas.embedding
    answer_cards(drawn, lambda row: point_card(embedding, row), n_rows=len(embedding))


def show_names_on_parts(frame: Frame, parts: Mapping[str, Part]) -> None:
    """Name the clusters of the atlas on maps of some of its points.

    Parameters
    ----------
    frame
        The page.
    parts
        Id of the points of each map -> their rows, and their places there.
    """
    _show_names(frame.atlas, dict(parts))


@st.fragment
def _show_names(atlas: Atlas, maps: Mapping[str, Part | None]) -> None:
    """Send the names, or make them when the browser asks; only this part runs again for it.

    `maps` says by id of its points what a map shows; None for all rows.
    """
    names = known_names(atlas)
    sent: dict[str, Any] = {}
    if names is not None:
        for points_id, part in maps.items():
            placed = names.placed if part is None else names.placed_on(*part)
            sent[points_id] = [name.payload() for name in placed]
    ask_for_names(atlas, seen=".gene-map[data-visible]", sent=sent)
    if names is not None:
        whole = "" if None in maps.values() else " They name clusters of the whole atlas."
        st.caption(prose(f"{names.caption}{whole}"))


def selection_of_name(atlas: Atlas, gesture: Mapping[str, Any]) -> Selection:
    """Return the points of the cluster whose name was pressed; none where it has no such name."""
    names, cluster = known_names(atlas), str(gesture.get("cluster", ""))
    return NOTHING if names is None else Selection(names.rows(cluster), names.label(cluster))


def take_gesture(
    frame: Frame, drawn: SetMap, gesture: dict[str, Any], layer: ColourLayer, *, mode: str
) -> None:
    """Do what a gesture on a map of genes asks for.

    Parameters
    ----------
    frame
        The page.
    drawn
        The map.
    gesture
        As `musegnn.screens.parts.point_map_panel.show_point_map` passes it on.
    layer
        Colours that the map showed.
    mode
        How what is selected joins the selection; an entry of the legend that is pressed again
        leaves it.

    Raises
    ------
    InputError
        If the gesture is of no known kind, or its values cannot be used.
    """
    made, embedding, state = drawn.in_set(gesture), frame.atlas.embedding, frame.state
    if made.get("kind") == "open":
        row = int(made["row"])
        embedding.check_row(row)
        state.gene = str(embedding.genes[keys.GENE].iloc[row])
        state.dataset = str(embedding.genes[keys.DATASET].iloc[row])
        state.leave_for("Gene")
        return
    if made.get("kind") == "name":
        named = selection_of_name(frame.atlas, made)
        if len(named):
            state.select(named, mode=mode)
        return
    new = selection_of_gesture(made, layout=embedding.layout, layer=layer)
    state.select(new, mode=mode_of_gesture(made, mode))
