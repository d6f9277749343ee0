"""Several runs on the page: numbers, curves over each other, differing settings, benchmarks."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from musegnn.runs.record import RunRecord
from musegnn.screens.runs import controls as session
from musegnn.screens.runs import view_compare as runs_compare
from musegnn.screens.runs.figure_curves import MOST_NAMED, plot_curves
from musegnn.screens.runs.view_compare import RunComparison
from musegnn.screens.runs.view_detail import csv_bytes
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose


def show_comparison(frame: BareFrame, records: Sequence[RunRecord]) -> None:
    """Compare runs."""
    curves = {record.run_id: session.curves(record) for record in records}
    view = runs_compare.build(records, curves)
    st.subheader(f"{len(records)} runs compared", anchor=False)
    _show_table(runs_compare.shown_summary(view.summary), "summary", view.summary)
    _show_curves(frame, records, view)
    left, right = st.columns(2)
    with left:
        st.markdown("**What differs in their settings**")
        if len(view.differences):
            _show_table(view.differences, "differences", view.differences)
        else:
            st.info("Nothing: settings, datasets, device and versions are the same.")
        st.caption(escaped(f"{view.n_same} settings, datasets and versions are the same in all."))
    with right:
        st.markdown("**Benchmarks**")
        _show_benchmarks(view)


def _show_curves(frame: BareFrame, records: Sequence[RunRecord], view: RunComparison) -> None:
    """Show the curves of all runs over each other."""
    if not view.panels:
        st.info("None of these runs has done an epoch yet.")
        return
    ids = " ".join(record.run_id for record in records)
    show_figure(
        plot_curves(view.panels, names=view.labels, on=frame.on, keep=ids),
        key="runs_compared",
        description="Learning curves of the compared runs; the table above lists best and last "
        "values",
    )
    unnamed = (
        f" More than {MOST_NAMED} lines have no legend: hover shows their name."
        if len(view.labels) > MOST_NAMED
        else ""
    )
    most = max(len(values) for panel in view.panels for _, _, values in panel.lines)
    st.caption(
        f"A line is a run, a point an epoch; rings mark best values. n = {len(view.labels)} runs; "
        f"at most {most:,} points of a line, the smallest and the largest of each stretch among "
        f"them.{unnamed} Losses of different settings or datasets do not compare."
    )


def _show_benchmarks(view: RunComparison) -> None:
    """Show benchmarks that lie beside the results."""
    if len(view.benchmarks):
        shown = view.benchmarks.copy()
        for column in shown.columns[3:]:
            shown[column] = shown[column].map("{:.3f}".format, na_action="ignore")
        _show_table(shown, "benchmarks", view.benchmarks)
        st.caption(
            prose(
                "Means over the seeds and splits of each benchmark; arrows point to the better "
                "direction. " + " ".join(view.benchmark_notes)
            )
        )
        return
    for note in view.benchmark_notes:
        st.warning(prose(note))
    st.caption(
        "None of these results has a benchmark beside it. Start runs with a hold-out seed, then "
        "`musegnn benchmark RESULT --hold-out SEED --json RESULT/benchmark.json`."
    )


def _show_table(shown: pd.DataFrame, what: str, full: pd.DataFrame) -> None:
    """Show a table and offer it in full precision."""
    show_table(shown, key=f"runs_compare_{what}", description=f"Comparison of runs: {what}")
    label, name = f"{what.capitalize()} as CSV", f"runs_{what}.csv"
    download_file(label, lambda: csv_bytes(full), name, key=f"runs_csv_{what}")
