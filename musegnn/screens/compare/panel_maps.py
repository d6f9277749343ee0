"""Two maps of the Compare page: the same genes, the same colours, one selection."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import numpy as np
import streamlit as st

from musegnn.screens.compare.cache import open_points
from musegnn.screens.compare.figure_maps_svg import SHAPE, SIDE_BY_SIDE, paired_maps_svg
from musegnn.screens.compare.view import CompareView
from musegnn.screens.compare.view_comparison import Comparison, rows_of_genes
from musegnn.screens.parts.gene_search_panel import offer_choices
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.map_names_panel import (
    names_on_part,
    selection_of_name,
    show_names_on_parts,
)
from musegnn.screens.parts.map_paper_panel import offer_map_for_paper
from musegnn.screens.parts.point_map import MapColours, view_payload
from musegnn.screens.parts.point_map_panel import show_point_map
from musegnn.screens.parts.point_map_svg import MapLook
from musegnn.screens.shell.downloads import download
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_notice
from musegnn.screens.shell.selection import Selection, mode_of_gesture, selection_of_gesture
from musegnn.screens.shell.shared_fields import NAMES
from musegnn.screens.shell.theme import Ground
from musegnn.screens.shell.words import joined_facts, prose

SIDES: Final = ("left", "right")
# half as wide as the map of the Atlas, so the legend goes below the points
_STYLE: Final = """
.st-key-compare_maps .gene-map-body { flex-direction: column; height: auto; }
.st-key-compare_maps .gene-map-frame { flex: none; height: 430px; }
.st-key-compare_maps .gene-map-legend { flex: none; height: 112px; columns: 11rem auto; }
.st-key-compare_maps .gene-map-scale { height: 84px; break-inside: avoid; }
.st-key-compare_maps .gene-map-legend-title { break-after: avoid; }
"""


def show_summary(frame: Frame, view: CompareView) -> None:
    """Show what the two contexts are and what the comparison says."""
    show_notice(view.notice)
    offer_choices(frame.state, view.match)
    for text, meaning in view.summary:
        st.markdown(prose(text), help=prose(meaning))


def show_maps(frame: Frame, comparison: Comparison, view: CompareView, layout: str) -> None:
    """Show both maps with their caption and download."""
    st.html(f"<style>{_STYLE}</style>")
    colours = paired_map_colours(view, on=frame.on)
    points = open_points(frame.atlas, comparison, layout)
    with st.container(key="compare_maps"):
        columns = st.columns(2, gap="small")
        for number in range(len(SIDES)):
            with columns[number]:
                _show_map(
                    frame, comparison, view, number, colours=colours[number], points=points[number]
                )
    st.caption(prose(view.caption))
    common = comparison.change.common
    rows = (common.first_rows, common.second_rows)
    ids = [str(own["id"]) for own in points]
    parts = tuple(zip(rows, view.places, strict=True))
    show_names_on_parts(frame, dict(zip(ids, parts, strict=True)))
    titles = view.titles

    def maps_svg(look: MapLook = SIDE_BY_SIDE, title: str | None = None) -> str:
        return paired_maps_svg(
            view.places,
            paired_map_colours(view, on=look.on),
            titles=titles,
            title=title or "",
            caption=view.caption if title is None else "",
            lit=view.lit,
            lit_labels=view.lit_labels,
            selected=view.selected,
            look=look,
            names=(names_on_part(frame, parts[0]), names_on_part(frame, parts[1])),
        )

    download(
        "Both maps as SVG",
        maps_svg,
        frame.origin,
        f"{titles[0]}-and-{titles[1]}-maps",
        "svg",
        key="download_maps",
    )
    offer_map_for_paper(
        maps_svg,
        key="compare_maps",
        name=file_name(frame.origin, f"{titles[0]}-and-{titles[1]}-maps", "svg"),
        shape=SHAPE,
    )


def _show_map(
    frame: Frame,
    comparison: Comparison,
    view: CompareView,
    number: int,
    *,
    colours: MapColours,
    points: dict[str, Any],
) -> None:
    """Show one map; what is selected on it is selected in both contexts."""

    def select_drawn(gesture: dict[str, Any]) -> None:
        layer = view.layers[number]
        if gesture.get("kind") == "name":
            named = selection_of_name(frame.atlas, gesture)
            both = rows_of_genes(comparison, np.arange(len(view.places[number])))
            rows = np.intersect1d(named.rows, both)
            if len(rows):
                frame.state.select(Selection(rows, named.label), mode=frame.state.mode)
            return
        genes = selection_of_gesture(gesture, layout=view.places[number], layer=layer)
        rows = rows_of_genes(comparison, genes.rows)
        label = f"{genes.label}: {view.titles[0]} and {view.titles[1]}"
        mode = mode_of_gesture(gesture, frame.state.mode)
        frame.state.select(Selection(rows, label), mode=mode)

    st.subheader(prose(view.titles[number]), anchor=False)
    st.caption(joined_facts(view.facts[number]))
    payload = view_payload(
        points["id"],
        colours,
        on=frame.on,
        description=view.descriptions[number],
        lit=view.lit,
        lit_labels=view.lit_labels[number],
        selected=view.selected,
    )
    payload["names"] = {"set": points["id"], "on": frame.state.get(NAMES.name) == "on"}
    # other points are another map: it must not start at the zoom of the one before
    key = f"compare_{SIDES[number]}_{points['id']}"
    with st.container(key=f"compare_{SIDES[number]}"):
        show_point_map(
            points,
            payload,
            on_gesture=select_drawn,
            on_names=lambda is_on: frame.state.put(NAMES.name, "on" if is_on else "off"),
            key=key,
        )


def paired_map_colours(view: CompareView, *, on: Ground) -> tuple[MapColours, MapColours]:
    """Give both maps the same colours and the same legend, without entries that neither has."""
    left, right = (map_colours(layer, on=on) for layer in view.layers)
    if left.is_scale:
        return left, right
    present = {code for side in (left, right) for code, _, n in side.legend if n}
    first, second = (
        dataclasses.replace(side, legend=tuple(line for line in side.legend if line[0] in present))
        for side in (left, right)
    )
    return first, second
