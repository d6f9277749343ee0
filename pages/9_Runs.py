"""Runs: train, watch, stop, compare."""

from musegnn.screens.runs.panel_form import show_form
from musegnn.screens.runs.panel_watch import open_runs, show_runs
from musegnn.screens.shell.frame import page

with page("Runs", "How does a training go, and what map comes of it?") as frame:
    records = open_runs(frame)
    show_form(frame, records)
    show_runs(frame, records)
