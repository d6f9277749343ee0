"""Gene: who are its neighbours here, and why."""

from musegnn.ui import gene_cache, gene_choice, gene_contexts_panel
from musegnn.ui import gene_panels as panels
from musegnn.ui.cache import open_graph
from musegnn.ui.frame import page
from musegnn.ui.methods_panel import show_methods
from musegnn.viewmodels import gene, gene_methods

with page("Gene", "Who are the neighbours of a gene here, and what speaks for it?") as frame:
    request = gene_choice.choose(frame)
    if request is not None:
        atlas = frame.atlas
        evidence = gene_cache.open_evidence(atlas)
        view = gene.build(
            request,
            embedding=atlas.embedding,
            search=atlas.search,
            graph=open_graph(atlas, str(atlas.embedding.genes["dataset"].iloc[request.row])),
            evidence=evidence,
            contexts=gene_cache.open_contexts(atlas),
            ensemble=gene_cache.open_ensemble(atlas),
        )
        panels.show_gene(frame, view, request=request, evidence=evidence)
        gene_contexts_panel.show_contexts(frame, view)
        show_methods(frame, gene_methods.build_methods(view, request, embedding=atlas.embedding))
