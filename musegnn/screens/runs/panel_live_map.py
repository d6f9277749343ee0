"""Live map on the page: a picture for each frame, and a slider over the epochs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from musegnn.runs.record import RunRecord
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.runs import controls as session
from musegnn.screens.runs.figure_live_map import plot_frame
from musegnn.screens.runs.view_detail import csv_bytes, file_name
from musegnn.screens.runs.view_live_map import COLOURS
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped


def show_live_map(frame: BareFrame, record: RunRecord) -> None:
    """Show the newest frame, or the one that the slider stands at."""
    store = session.frames(record)
    if not store.epochs:
        _say_why_empty(record)
        return
    left, right = st.columns([1, 4], vertical_alignment="bottom")
    colour = left.selectbox("Colour by", COLOURS, **session.kept_view("map:colour", COLOURS[0]))
    with right:
        epoch = _choose_epoch(record, store.epochs)
    view = store.view(epoch, colour=colour)
    show_figure(
        plot_frame(
            view.points,
            map_colours(view.colours, on=frame.on),
            x=view.axes.x,
            y=view.axes.y,
            on=frame.on,
            keep=f"{record.run_id} {colour}",
        ),
        key=f"runs_map_{record.run_id}",
        scroll_zoom=True,
        description=f"Map after epoch {epoch}. {view.caption}",
        caption=view.caption,
    )
    with st.expander("Frames in numbers"):
        st.caption(
            "recall: share of the 15 nearest genes by cosine that are also among the 15 nearest in "
            "the picture; churn: share of them that are new since the frame before; residual: root "
            "mean square way of the points since then, in units of the size of the map; seconds: "
            "time that making the frame took."
        )
        numbers = store.quality()
        show_table(numbers, key=f"runs_frames_{record.run_id}", description="Frames in numbers")
        with st.container(horizontal=True):
            for label, table, what in (
                ("Frames as CSV", numbers, "frames"),
                ("Points of this frame as CSV", view.points, f"map-epoch-{epoch}"),
            ):
                download_table(label, table, record, what)


def download_table(label: str, table: pd.DataFrame, record: RunRecord, what: str) -> None:
    """Offer a table of a run in full."""
    download_file(
        label,
        lambda: csv_bytes(table, run_id=record.run_id, config_hash=record.config_hash),
        file_name(record, what, "csv"),
        key=f"runs_csv_{what.partition('-')[0]}_{record.run_id}",
    )


def _choose_epoch(record: RunRecord, epochs: tuple[int, ...]) -> int:
    """Show the slider; it follows the newest frame until it is moved away from it."""
    if len(epochs) == 1:
        st.markdown(f"Epoch {epochs[0]:,}: the only frame so far")
        return epochs[0]
    wanted, key = f"runs_epoch:{record.run_id}", f"_runs_epoch_{record.run_id}"
    chosen = st.session_state.get(wanted)  # None follows the newest
    session.hold(key, chosen if chosen in epochs else epochs[-1])

    def follow_slider() -> None:
        moved_to = st.session_state[key]
        st.session_state[wanted] = None if moved_to == epochs[-1] else moved_to

    return st.select_slider(
        "Epoch",
        epochs,
        key=key,
        on_change=follow_slider,
        format_func=lambda epoch: f"{epoch:,}",
        help="Stands at the newest frame until it is moved; arrow keys move it too",
    )


def _say_why_empty(record: RunRecord) -> None:
    """Say why there is no frame."""
    every = record.config.live_map_every if record.config else 0
    if not every:
        st.info("This run was started without a live map (every 0 epochs).")
    elif record.is_active:
        st.info(escaped(f"The first frame appears after {every} epochs."))
    else:
        st.info("This run ended before its first frame.")
