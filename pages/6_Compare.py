"""Compare: what changes between two contexts."""

from musegnn.ui import compare_controls as controls
from musegnn.ui import compare_panels as panels
from musegnn.ui.compare_factors_panel import show_factors
from musegnn.ui.compare_similarity_panel import show_similarity
from musegnn.ui.frame import page

with page("Compare", "Which genes keep other company in another context?") as frame:
    asked = controls.choose(frame)
    if asked is not None:
        panels.show_comparison(frame, asked)
        show_similarity(frame, asked)
        show_factors(frame, asked)
        panels.show_orthologs_of_pair(frame, asked)
