"""Panel of the Compare page: all contexts by all contexts, each cell a way to a pair."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from musegnn.screens.compare import HEATMAP_ORDERS, HEATMAP_VALUES
from musegnn.screens.compare import view_similarity as compare_similarity
from musegnn.screens.compare.cache import open_similarity
from musegnn.screens.compare.columns import PAIRS
from musegnn.screens.compare.controls import Asked, choose_field, open_pair
from musegnn.screens.compare.figure_similarity import plot_context_similarity
from musegnn.screens.compare.view_similarity import SimilarityView, pair_of_points
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.state import linked_panel
from musegnn.screens.shell.tables import context_name, show_table
from musegnn.screens.shell.words import escaped

_PLOT: Final = "similarity_plot"


def show_similarity(frame: Frame, asked: Asked) -> None:
    """Show the panel, folded; nothing is computed before it is opened."""
    panel = linked_panel(
        frame.state, "heatmap", "All contexts by all contexts", key="compare_similarity"
    )
    if panel is None:
        return
    with panel:
        similarity = open_similarity(frame.atlas, asked.settings.k)
        with st.container(horizontal=True):
            value = choose_field(frame, "heatmap_value", "Show", list(HEATMAP_VALUES), width=260)
            order = choose_field(frame, "heatmap_order", "Order by", HEATMAP_ORDERS, width=260)
        view = compare_similarity.build(
            similarity,
            embedding=frame.atlas.embedding,
            value=value,
            order=order,
            left=asked.left,
            right=asked.right,
        )
        _show_picture(frame, view)
        _show_table(frame, view)


def _show_picture(frame: Frame, view: SimilarityView) -> None:
    """Show the heatmap; a click on a cell opens its pair."""

    def open_clicked_pair() -> None:
        selection: Any = st.session_state[_PLOT]["selection"]
        pair = pair_of_points(selection["points"])
        if pair is not None:
            open_pair(frame, *pair)

    show_figure(
        plot_context_similarity(
            view.values,
            view.names,
            view.labels,
            title=view.title,
            on=frame.on,
            chosen=view.chosen,
        ),
        key=_PLOT,
        on_select=open_clicked_pair,
        description=view.description,
        caption=view.caption,
        name=file_name(frame.origin, "contexts-by-contexts", "svg"),
    )


def _show_table(frame: Frame, view: SimilarityView) -> None:
    """Show the same pairs as a table; a marked one can be opened."""
    chosen = show_table(
        view.table,
        key="similarity_table",
        description=view.description,
        columns=PAIRS,
        selectable=True,
        most_rows=8,
    )
    with st.container(horizontal=True):
        if chosen is None:
            st.button("Compare", key="open_pair", disabled=True, help="Mark a row first")
        else:
            left, right = (str(view.table[side].iloc[chosen]) for side in ("left", "right"))
            st.button(
                escaped(f"Compare {context_name(left)} and {context_name(right)}"),
                key="open_pair",
                type="primary",
                on_click=open_pair,
                args=(frame, left, right),
            )
        download_csv(
            "All pairs as CSV",
            view.table.drop(columns="value"),
            origin=frame.origin,
            what="contexts-by-contexts",
            key="download_similarity",
        )
