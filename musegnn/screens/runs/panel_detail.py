"""One run on the page: numbers, curves, load, live map, log, settings."""

from __future__ import annotations

from typing import Final

import streamlit as st

from musegnn.runs.metrics import read_log_tail
from musegnn.runs.record import RunRecord
from musegnn.runs.usage import read_usage
from musegnn.screens.parts.held_runs_panel import is_held
from musegnn.screens.runs import controls as session
from musegnn.screens.runs import view_curves as runs_curves
from musegnn.screens.runs import view_detail as runs_detail
from musegnn.screens.runs.figure_curves import plot_curves
from musegnn.screens.runs.panel_live_map import download_table, show_live_map
from musegnn.screens.runs.view_curves import MEMORY, MOST_POINTS, PACE, CurveTable
from musegnn.screens.runs.view_detail import RunDetail
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose, without_places

CURVES, MAP, LOG, SETTINGS = "Curves", "Live map", "Log", "Settings and origin"
VIEWS: Final = (CURVES, MAP, LOG, SETTINGS)


def show_detail(frame: BareFrame, record: RunRecord) -> None:
    """Show a run."""
    curves = session.curves(record)
    view = runs_detail.build(record, curves)
    st.subheader(escaped(view.title), anchor=False)
    _show_state(record, view)
    for column, number in zip(st.columns(len(view.numbers)), view.numbers, strict=True):
        column.metric(escaped(number.label), escaped(number.text), help=prose(number.meaning))
        if number.note:
            column.caption(prose(number.note))
    views = VIEWS if record.epochs else (LOG, SETTINGS)
    chosen = st.segmented_control(
        "Show",
        views,
        required=True,
        label_visibility="collapsed",
        **session.kept_view("detail:view", views[0], among=views),
    )
    if chosen == CURVES:
        _show_curves(frame, record, curves)
    elif chosen == MAP:
        show_live_map(frame, record)
    elif chosen == LOG:
        _show_log(record)
    else:
        _show_settings(record, view)


def _show_state(record: RunRecord, view: RunDetail) -> None:
    """Say what the run does, and how far it is."""
    text = f"{view.sentence}  \n`{record.run_id}`"
    if record.state in {"failed", "lost"}:
        st.error(prose(f"{text}\n\n{view.hint}" if view.hint else text))
    else:
        st.markdown(prose(f"{text}  \n{view.hint}" if view.hint else text))
    if record.is_active:
        unit = "epoch" if record.epochs else "step"
        st.progress(record.progress, text=f"{100 * record.progress:.0f} % of the {unit}s")
        if is_held(record.folder.parent, record.run_id):
            st.caption(
                "Asked for by a page: it is cancelled a minute after the last tab that watches it "
                "is closed, unless *Keep when I close the tab* is chosen there."
            )
        usage = read_usage(record)
        if usage is not None:
            st.markdown(prose(session.meter(record).read(usage)))


def _show_curves(frame: BareFrame, record: RunRecord, curves: CurveTable) -> None:
    """Show learning curves, their numbers, and what the training took of the machine."""
    label = record.name
    panels = runs_curves.make_panels([(label, curves)], names=runs_curves.learning_names([curves]))
    if not panels:
        st.info(
            "No epoch is done yet; curves appear after the first."
            if record.is_active
            else "No epoch was done, so there are no curves. The log says how it ended."
        )
        return
    show_figure(
        plot_curves(panels, names=[label], on=frame.on, keep=record.run_id),
        key=f"runs_curves_{record.run_id}",
        description=f"Learning curves of {label}; the table below lists all values",
    )
    n_drawn = max(len(values) for panel in panels for _, _, values in panel.lines)
    thinned = (
        f" At most {MOST_POINTS:,} points of a line are drawn, the smallest and the largest of "
        "each stretch among them."
        if n_drawn < curves.n_epochs and curves.n_epochs > MOST_POINTS
        else ""
    )
    broken = f" {curves.n_broken} lines of the file could not be read." if curves.n_broken else ""
    validated = (
        ""
        if curves.best(runs_curves.VALIDATION)
        else " No validation: `patience` is 0, so no edge is hidden from training."
    )
    st.caption(
        prose(
            f"A point is an epoch; n = {curves.n_epochs:,}. A ring marks the best value. Terms of "
            f"the loss stand before their weights.{validated}{thinned}{broken}"
        )
    )
    with st.expander("Meaning, all values, and the machine"):
        st.markdown(prose("\n".join(f"- **{panel.title}**: {panel.meaning}" for panel in panels)))
        _show_machine(frame, record, curves)
        _show_values(record, curves)


def _show_machine(frame: BareFrame, record: RunRecord, curves: CurveTable) -> None:
    """Show memory and pace over the epochs."""
    panels = runs_curves.make_panels([(record.name, curves)], names=(MEMORY, PACE))
    if panels:
        show_figure(
            plot_curves(panels, names=[record.name], on=frame.on, keep=record.run_id),
            key=f"runs_machine_{record.run_id}",
            description="Memory and pace over the epochs; the table below lists all values",
        )


def _show_values(record: RunRecord, curves: CurveTable) -> None:
    """Show all epochs as a table, the newest first, and offer them as a file."""
    table = curves.as_table()
    show_table(
        table.iloc[::-1].head(1000),
        key=f"runs_values_{record.run_id}",
        description="Values of each epoch, the newest first",
    )
    if len(table) > 1000:
        st.caption(f"The newest 1,000 of {len(table):,} epochs; the file holds all.")
    download_table("All epochs as CSV", table, record, "metrics")


def _show_log(record: RunRecord) -> None:
    """Show the end of the log."""
    text = read_log_tail(record.folder)
    if not text:
        st.info("The log is empty so far.")
        return
    st.code(without_places(text), language=None, height=420)
    st.caption("The last 200 lines at most; the file is `log.txt` in the folder of the run.")


def _show_settings(record: RunRecord, view: RunDetail) -> None:
    """Show what decides the result, the datasets, and where the run comes from."""
    if record.config is None:
        st.info("The configuration of this run cannot be read.")
    left, right = st.columns(2)
    with left:
        st.markdown("**Settings**")
        show_table(view.settings, key=f"runs_settings_{record.run_id}", description="Settings")
        download_file(
            "Configuration as JSON",
            lambda: runs_detail.config_json(record),
            runs_detail.file_name(record, "config", "json"),
            key=f"runs_json_{record.run_id}",
        )
    with right:
        st.markdown("**Origin**")
        show_table(view.origin, key=f"runs_origin_{record.run_id}", description="Origin")
    st.markdown("**Datasets**")
    show_table(view.graphs, key=f"runs_graphs_{record.run_id}", description="Datasets of the run")
    download_table("Datasets as CSV", view.graphs, record, "datasets")
