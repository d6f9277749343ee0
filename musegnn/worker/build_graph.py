"""Build the gene graph of one dataset for a run."""

from __future__ import annotations

from pathlib import Path

from musegnn.errors import InputError
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.io.archives import is_archive, unpack_tenx
from musegnn.io.atomic import scratch_folder
from musegnn.io.choices import choices_of
from musegnn.io.orthologs import read_orthologs
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.ortholog_tables import add_orthologs
from musegnn.runs.kinds.gene_graph import GRAPH_FILE, GeneGraphSettings
from musegnn.settings import Settings
from musegnn.worker.task import Done, Task


def build_graph(task: Task) -> Done:
    """Write `graph.h5ad`.

    Raises
    ------
    DataFileError, InputError, GraphError
        If a file, a setting or the counts cannot be used.
    """
    settings = task.settings_of(GeneGraphSettings)
    if not settings.tissue.strip():
        msg = "Expected a tissue such as blood, found nothing."
        raise InputError(msg, "Type it into the field Tissue.")
    knowledge = Settings.from_environment().knowledge
    names = read_gene_names(knowledge)
    for table in task.files("orthologs"):
        names = names.with_orthologs(settings.species, read_orthologs(table))
    names = add_orthologs(names, knowledge, settings.species)
    (counts,) = task.files("counts")
    with scratch_folder() as folder:
        graph = build_gene_graph(
            _unpacked(counts, folder),
            Context(
                name=settings.dataset,
                species=settings.species,
                tissue=settings.tissue.strip(),
                modality=settings.modality,
            ),
            names=names,
            n_genes=settings.n_genes,
            preset=settings.preset,
            estimator=settings.estimator,
            layer=settings.layer,
            droplets=settings.droplets,
            choices=choices_of(
                settings.model_dump(), positions=next(iter(task.files("positions")), None)
            ),
            annotation=next(iter(task.files("annotation")), None),
            resamples=settings.bootstraps,
            progress=task.progress,
        )
    write_gene_graph(graph, task.result / GRAPH_FILE)
    return Done(f"{graph.n_genes:,} genes, {graph.adjacency.nnz // 2:,} edges")


def _unpacked(counts: Path, folder: Path) -> Path:
    """Return what to read: the file, or what an archive holds."""
    if not is_archive(counts.name):
        return counts
    link = folder / counts.name
    link.symlink_to(counts)
    return unpack_tenx(link)
