"""Atlas: where do the genes of my tissue lie."""

from musegnn.ui import atlas_panels as panels
from musegnn.ui.frame import page
from musegnn.ui.methods_panel import show_methods
from musegnn.ui.ortholog_panel import show_orthologs
from musegnn.viewmodels import atlas

with page("Atlas", "Where do the genes of my tissue lie?") as frame:
    request = panels.choose(frame)
    view = atlas.build(request, embedding=frame.atlas.embedding, search=frame.atlas.search)
    panels.show_map(frame, view)
    panels.show_lit(frame, view)
    panels.show_selection(frame, view)
    show_orthologs(frame)
    if view.methods is not None:
        show_methods(frame, view.methods)
