"""Benchmarks: how sure are the numbers."""

from musegnn.screens.benchmarks import panel as panels
from musegnn.screens.shell.frame import page

with page("Benchmarks", "How sure are the numbers?") as frame:
    view = panels.choose(frame)
    if view is not None:
        panels.show_answer(frame, view)
        panels.show_group(frame, view)
        panels.show_more(frame, view)
