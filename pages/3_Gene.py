"""Gene: who are its neighbours here, and why."""

from musegnn.screens.gene import cache as gene_cache
from musegnn.screens.gene import controls as gene_choice
from musegnn.screens.gene import methods as gene_methods
from musegnn.screens.gene import panel as panels
from musegnn.screens.gene import panel_contexts as gene_contexts_panel
from musegnn.screens.gene import view as gene
from musegnn.screens.shell.cache import open_graph
from musegnn.screens.shell.frame import page
from musegnn.screens.shell.panel_methods import show_methods

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
