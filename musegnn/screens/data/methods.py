"""Data methods: how the gene graph of an uploaded file is built, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.runs import RunConfig
from musegnn.screens.data.view import DataView
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
    droplets={droplets!r},
    resamples={bootstraps!r},
    annotation={annotation},
)
table = summary_table(quality_report(graph))
"""


PARAMETERS: Final = ("n_genes", "preset", "estimator", "layer", "droplets", "bootstraps")


def data_methods(config: RunConfig, view: DataView) -> Methods:
    """Say how a gene graph was built from an uploaded file.

    Parameters
    ----------
    config
        Configuration of the run that built it.
    view
        What came of it.
    """
    settings = config.settings.model_dump()
    parameters = {name: settings[name] for name in PARAMETERS}
    context = {"name": view.name}
    context |= {name: settings[name] for name in ("species", "tissue", "modality")}
    files = {file.role: file for file in config.files}
    counts, table, annotation = (files.get(role) for role in ("counts", "orthologs", "annotation"))
    file = "" if counts is None else counts.name
    orthologs = (
        f"names = names.with_orthologs({settings['species']!r}, "
        f"read_orthologs(Path({table.name!r})))\n"
        if table is not None
        else ""
    )
    return Methods(
        title=f"Gene graph of {view.name}",
        sentences=(
            f"Co-expression of the {len(view.report.degree):,} most variable genes over "
            f"{view.n_cells:,} cells; an edge is a pair that the preset chooses.",
            "Numbers of the graph are counts; known relations are compared with random pairs in "
            "which every gene keeps its number of edges.",
        ),
        parameters=parameters,
        data={
            "file": file,
            "sha256": "" if counts is None else counts.sha256,
            **context,
            "sources": (),
        },
        code=_CODE.format(
            file=file,
            orthologs=orthologs,
            annotation=f"Path({annotation.name!r})" if annotation is not None else None,
            **context,
            **parameters,
        ),
        versions=library_versions(),
    )
