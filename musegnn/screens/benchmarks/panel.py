"""Panels of the Benchmarks page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from musegnn.benchmarks.comparison import BENCHMARK_FILE
from musegnn.benchmarks.metric import Metric
from musegnn.errors import MuseGNNError
from musegnn.io.spreadsheet import guarded_table
from musegnn.screens.benchmarks import view as benchmarks
from musegnn.screens.benchmarks.columns import KIND, METHOD, difference_columns
from musegnn.screens.benchmarks.figure_ranks import plot_ranks
from musegnn.screens.benchmarks.figure_strips import plot_strips
from musegnn.screens.benchmarks.methods import benchmark_methods
from musegnn.screens.benchmarks.view_group import BenchmarkView, GroupView
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.columns import Column
from musegnn.screens.shell.downloads import download_file
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose, without_places

_MOST_BUTTONS = 8  # groups beside each other; more are a list
# pixels of a column of numbers, of a sign of its header, and of a sign in a cell
_NARROWEST, _SIGN, _LETTER = 130, 9, 8


def draw(frame: BareFrame) -> None:
    """Let the user choose a benchmark, and say how sure its numbers are."""
    view = choose(frame)
    if view is not None:
        show_answer(frame, view)
        show_group(frame, view)
        show_more(frame, view)


def choose(frame: BareFrame) -> BenchmarkView | None:
    """Choose a benchmark file and open it; None with a message when there is none to show."""
    paths = benchmarks.available(frame.result)
    if not paths:
        _show_empty(frame)
        return None
    path = paths[0]
    if len(paths) > 1:
        labels = {benchmarks.label_of(path, frame.origin.name): path for path in paths}
        path = labels[_choose_file(frame, list(labels))]
    try:
        view = _open(path)
    except MuseGNNError as error:
        show_error(error)
        return None
    if not view.groups:
        st.info(escaped(f"{view.title}: no metric had anything to count."))
        return None
    return view


def _choose_file(frame: BareFrame, labels: list[str]) -> str:
    """Let the user choose a benchmark by its label; the choice is part of the link."""
    state = frame.state
    by_link = {clean("benchmark", label): label for label in reversed(labels)}
    wished = state.get("benchmark")
    if wished and wished not in by_link:
        st.info(prose(f"There is no benchmark `{wished}` here; the first one is shown."))
    return st.selectbox(
        "Benchmark",
        labels,
        **state.bound(
            "benchmark", by_link.get(wished, labels[0]), write=partial(clean, "benchmark")
        ),
    )


@cached_build(max_entries=10, spinner="Reading the benchmark")
def _open(path: Path) -> BenchmarkView:
    """Build the view of a file."""
    return benchmarks.build(path)


def _show_empty(frame: BareFrame) -> None:
    """Say how to get a benchmark."""
    result = frame.result or Path("RESULT")
    st.subheader("No benchmark is at hand")
    st.markdown(
        f"Expected `{BENCHMARK_FILE}` beside the opened result, or files in `data/benchmarks`; "
        "found none.\n\n1. Hide edges and names from a training: `musegnn train GRAPH.h5ad ... "
        "--hold-out 0 -o RUN_DIR`\n2. Score what was hidden: `musegnn benchmark RUN_DIR/result "
        f"--hold-out 0 --json RUN_DIR/result/{BENCHMARK_FILE}`\n\nWithout a hold-out the opened "
        "result can be scored on external truth alone:"
    )
    command = f"musegnn benchmark {result} --json {result / BENCHMARK_FILE}"
    st.code(without_places(command), language="shell")
    st.button("Look again", type="primary", help="Check whether the file is there now")


def show_answer(frame: BareFrame, view: BenchmarkView) -> None:
    """Say in words who wins, then show the ranks."""
    st.markdown(prose("\n\n".join(view.sentences)))
    if len(view.ranks):
        show_figure(
            plot_ranks(view.ranks, on=frame.on),
            key="benchmark_ranks",
            description="Average rank of each method in each group of metrics; the tables below "
            "list the numbers",
        )
    st.caption(prose(f"{view.title}: {view.data}. {view.ranks_caption}"))


def show_group(frame: BareFrame, view: BenchmarkView) -> None:
    """Show the metrics of one group: table, single runs, what each means."""
    names = [group.name for group in view.groups]
    wished = frame.state.get("group")
    if wished and wished not in names:
        st.info(prose(f"This benchmark has no measures `{wished}`; the first group is shown."))
    bound = frame.state.bound(
        "group", frame.state.among("group", names, names[0]), widget="benchmark_group"
    )
    if len(names) > _MOST_BUTTONS:
        name = st.selectbox("Measures", names, format_func=escaped, **bound)
    else:
        name = st.segmented_control("Measures", names, format_func=escaped, required=True, **bound)
    group = benchmarks.group_named(view, name)
    st.markdown(prose(group.meaning))
    _show_table(frame, group)
    show_figure(
        plot_strips(
            group.points,
            group.means,
            {metric.key: metric.title for metric in group.metrics},
            group.table["method"].tolist(),
            on=frame.on,
            goals=group.goals,
        ),
        key=f"benchmark_strips_{group.name}",
        description=f"Single runs of each method, {group.name}; the table above lists the means",
        caption=_strips_caption(group),
    )
    st.markdown(
        prose(
            "\n".join(
                f"- **{metric.title}** ({metric.scale}). {metric.meaning} "
                f"*Misleads:* {metric.failure}"
                for metric in group.metrics
            )
        )
    )


def _strips_caption(group: GroupView) -> str:
    """Say what the marks of the single runs are."""
    order = "Same order, shapes and colours as above."
    if not len(group.points):
        goals = " Dotted: what was wished." if any(group.goals.values()) else ""
        return f"Upright strokes: means; lines: what stands in brackets above.{goals} {order}"
    return f"Open marks: single runs; upright strokes: means; lines: 95 % intervals. {order}"


def _show_table(frame: BareFrame, group: GroupView) -> None:
    """Show means with intervals; sorting goes by the numbers behind the text."""
    on = frame.on
    keys = [metric.key for metric in group.metrics]

    def colour(table: pd.DataFrame) -> pd.DataFrame:
        css = pd.DataFrame("", index=table.index, columns=table.columns)
        css.loc[group.is_control, :] = f"color: {on.muted_text}"
        for key in keys:
            css.loc[group.best[key].to_numpy(), key] = f"color: {on.accent}"
        return css

    styled = guarded_table(group.table).style.set_uuid("benchmark").apply(colour, axis=None)
    for row, texts in group.shown.iterrows():
        for key in keys:
            text = str(texts[key])
            styled.format(lambda _, text=text: text, subset=pd.IndexSlice[[row], [key]])
    show_table(
        styled,
        key=f"benchmark_table_{group.name}",
        description=f"Mean of each metric for each method, {group.name}",
        columns=(METHOD, KIND, *(_metric_column(metric, group) for metric in group.metrics)),
        most_rows=len(group.table),
    )
    st.caption(prose(" ".join(filter(None, (group.caption, group.not_measured)))))


def show_more(frame: BareFrame, view: BenchmarkView) -> None:
    """Show what the methods are, differences to the rival, and files to take away."""
    if len(view.differences):
        with st.expander("Paired differences"):
            _show_differences(view.differences, "pairs")
            st.caption(prose(view.differences_caption))
    if len(view.by_dataset):
        with st.expander("Dataset by dataset"):
            _show_differences(view.by_dataset, "datasets")
            st.caption(prose(view.by_dataset_caption))
    with st.expander("What was compared"):
        st.markdown(prose("\n".join(f"- {line}" for line in view.descriptions)))
    numbers = "All runs" if len(view.ranks) else "All numbers"
    files = (("Table as TSV", view.tsv, "tsv"), (f"{numbers} as JSON", view.json, "json"))
    for column, (label, content, suffix) in zip(st.columns([1, 1, 3]), files, strict=False):
        with column:
            name = file_name(frame.origin, "benchmark", suffix)
            download_file(label, content, name, key=f"download_benchmark_{suffix}")
    show_methods(frame, benchmark_methods(view, frame.origin))


def _metric_column(metric: Metric, group: GroupView) -> Column:
    """Return the column of a metric, wide enough for what stands in it."""
    longest = max([_SIGN * len(metric.title), *(_LETTER * group.shown[metric.key].str.len())])
    meaning = f"{metric.meaning} {metric.scale}"
    width = max(_NARROWEST, longest)
    return Column(metric.key, meaning, "right", width=width, label=metric.title)


def _show_differences(table: pd.DataFrame, what: str) -> None:
    """Show a table of differences to the rival; its units are called `what`."""
    show_table(
        table,
        key=f"benchmark_differences_{what}",
        description=f"Differences to the rival over {what}",
        columns=difference_columns(what),
    )
