"""Home: what is this, what is loaded, where do I start."""

from musegnn.ui import home_panels as panels
from musegnn.ui.frame import page
from musegnn.ui.methods_panel import show_methods
from musegnn.viewmodels import home

with page(
    "Genes in context", "Who keeps company with a gene, and where does this change?"
) as frame:
    view = home.build(frame.atlas.embedding)
    panels.show_introduction(frame, view)
    panels.show_tour(frame, view)
    panels.show_contexts(frame, view)
    panels.show_reference(frame, view)
    show_methods(frame, view.methods)
