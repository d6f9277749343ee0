"""Home: what is this, what is loaded, where do I start."""

from musegnn.screens.home import panel as panels
from musegnn.screens.home import view as home
from musegnn.screens.home.methods import home_methods
from musegnn.screens.shell.frame import page
from musegnn.screens.shell.panel_methods import show_methods

with page(
    "Genes in context", "Who keeps company with a gene, and where does this change?"
) as frame:
    view = home.build(frame.atlas.embedding)
    panels.show_introduction(frame, view)
    panels.show_tour(frame, view)
    panels.show_contexts(frame, view)
    panels.show_reference(frame, view)
    show_methods(frame, home_methods(frame.atlas.embedding))
