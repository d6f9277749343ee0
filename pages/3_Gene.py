"""Gene: who are its neighbours here, and why."""

from musegnn.ui import gene_panels as panels
from musegnn.ui.cache import open_graph
from musegnn.ui.frame import page
from musegnn.viewmodels import gene

with page("Gene", "Who are the neighbours of a gene here, and what speaks for it?") as frame:
    request = panels.choose(frame)
    if request is not None:
        dataset = str(frame.atlas.embedding.genes["dataset"].iloc[request.row])
        view = gene.build(
            request,
            embedding=frame.atlas.embedding,
            search=frame.atlas.search,
            graph=open_graph(frame.atlas, dataset),
        )
        panels.show_gene(frame, view)
        panels.show_contexts(frame, view)
