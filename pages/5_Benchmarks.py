"""Benchmarks: how sure are the numbers."""

from musegnn.ui import benchmark_panels as panels
from musegnn.ui.frame import page

with page("Benchmarks", "How sure are the numbers?") as frame:
    view = panels.choose(frame)
    if view is not None:
        panels.show_answer(frame, view)
        panels.show_group(frame, view)
        panels.show_more(frame, view)
