"""Atlas: where do the genes of my tissue lie."""

from musegnn.screens.atlas import panel as panels
from musegnn.screens.atlas import view as atlas
from musegnn.screens.atlas.methods import atlas_methods
from musegnn.screens.parts.ortholog_panel import show_orthologs
from musegnn.screens.shell.frame import page
from musegnn.screens.shell.panel_methods import show_methods

with page("Atlas", "Where do the genes of my tissue lie?") as frame:
    request = panels.choose(frame)
    view = atlas.build(request, embedding=frame.atlas.embedding, search=frame.atlas.search)
    panels.show_map(frame, view)
    panels.show_lit(frame, view)
    panels.show_selection(frame, view)
    show_orthologs(frame)
    methods = atlas_methods(request, view, embedding=frame.atlas.embedding)
    if methods is not None:
        show_methods(frame, methods)
