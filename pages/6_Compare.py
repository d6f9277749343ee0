"""Compare: what changes between two contexts."""

from musegnn.screens.compare import controls
from musegnn.screens.compare import panel as panels
from musegnn.screens.compare.panel_factors import show_factors
from musegnn.screens.compare.panel_similarity import show_similarity
from musegnn.screens.shell.frame import page

with page("Compare", "Which genes keep other company in another context?") as frame:
    asked = controls.choose(frame)
    if asked is not None:
        panels.show_comparison(frame, asked)
        show_similarity(frame, asked)
        show_factors(frame, asked)
        panels.show_orthologs_of_pair(frame, asked)
