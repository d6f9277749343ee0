"""Data methods: how the gene graph of an uploaded file is built, as a program."""

from __future__ import annotations

from typing import Any, Final

from musegnn.screens.data.view import DataRequest, DataView
from musegnn.screens.shell.methods import Methods, library_versions

_CODE: Final = """\
from pathlib import Path

from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.report import quality_report
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.io.orthologs import read_orthologs
from musegnn.settings import Settings
from musegnn.screens.data.view import summary_table

names = read_gene_names(Settings.from_environment().knowledge)
{orthologs}graph = build_gene_graph(
    Path({file!r}),
    Context(name={name!r}, species={species!r}, tissue={tissue!r}, modality={modality!r}),
    names=names,
    n_genes={n_genes!r},
    preset={preset!r},
    estimator={estimator!r},
    layer={layer!r},
    annotation={annotation},
)
table = summary_table(quality_report(graph))
"""


def data_methods(request: DataRequest, view: DataView) -> Methods:
    """Say how a gene graph was built from an uploaded file.

    Parameters
    ----------
    request, view
        What was asked, and what came of it.
    """
    parameters: dict[str, Any] = {
        "n_genes": request.n_genes,
        "preset": request.preset,
        "estimator": request.estimator,
        "layer": request.layer,
    }
    context = {
        "name": view.name,
        "species": request.species,
        "tissue": request.tissue.strip(),
        "modality": request.modality,
    }
    table = request.orthologs
    orthologs = (
        f"names = names.with_orthologs({request.species!r}, read_orthologs(Path({table.name!r})))\n"
        if table is not None
        else ""
    )
    annotation = request.annotation
    return Methods(
        title=f"Gene graph of {view.name}",
        sentences=(
            f"Co-expression of the {len(view.report.degree):,} most variable genes over "
            f"{view.n_cells:,} cells; an edge is a pair that the preset chooses.",
            "Numbers of the graph are counts; known relations are compared with random pairs in "
            "which every gene keeps its number of edges.",
        ),
        parameters=parameters,
        data={"file": request.file.name, "sha256": request.file.digest, **context, "sources": ()},
        code=_CODE.format(
            file=request.file.name,
            orthologs=orthologs,
            annotation=f"Path({annotation.name!r})" if annotation is not None else None,
            **context,
            **parameters,
        ),
        versions=library_versions(),
    )
