"""Runs: train, watch, stop, compare."""

from musegnn.ui.frame import page
from musegnn.ui.runs_form_panel import show_form
from musegnn.ui.runs_watch import open_runs, show_runs

with page("Runs", "How does a training go, and what map comes of it?") as frame:
    records = open_runs(frame)
    show_form(frame, records)
    show_runs(frame, records)
