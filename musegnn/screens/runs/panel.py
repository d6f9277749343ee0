"""The Runs page: the form of a new run, then all runs there are."""

from __future__ import annotations

from musegnn.screens.runs.panel_form import show_form
from musegnn.screens.runs.panel_graphs import take_over_graph
from musegnn.screens.runs.panel_watch import open_runs, show_runs
from musegnn.screens.shell.frame import BareFrame


def draw(frame: BareFrame) -> None:
    """Show the form of a new run, and all runs."""
    take_over_graph(frame)
    records = open_runs(frame)
    show_form(frame, records)
    show_runs(frame, records)
