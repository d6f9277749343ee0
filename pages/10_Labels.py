"""Labels: where labelled genes lie, and whether the vectors can tell them."""

from musegnn.screens.labels import panel as panels
from musegnn.screens.parts.point_map_panel import load_map_library
from musegnn.screens.shell.frame import page

with page(
    "Labels", "Where do disease or dosage-sensitive genes lie, and can the vectors tell them?"
) as frame:
    load_map_library()
    choice = panels.choose(frame)
    if choice is not None:
        view = panels.show_map(frame, choice)
        panels.show_contexts(frame, choice, view)
        panels.show_classifier(frame, choice)
