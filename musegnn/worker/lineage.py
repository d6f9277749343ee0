"""The work of lineages: expression and gene vectors in, cells on their way out."""

from __future__ import annotations

from pathlib import Path

from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.embeddings.origin import find_set_file
from musegnn.lineages.cells import Cells, read_cells
from musegnn.lineages.gene_vectors import find_gene_vectors
from musegnn.lineages.lineage import LineageOptions, check_lineage, trace_lineage
from musegnn.lineages.result import write_lineage
from musegnn.progress import Progress
from musegnn.runs.config import make_config
from musegnn.runs.graph_sources import FileSource, seal
from musegnn.runs.identifiers import is_run_id
from musegnn.runs.kinds.lineage import COUNTS, LABELS, VECTORS, LineageSettings
from musegnn.settings import Settings
from musegnn.worker.here import perform_here
from musegnn.worker.provenance import versions
from musegnn.worker.task import Done, Task


def trace(task: Task) -> Done:
    """Write the cells, what is told of them, their expression and the genes along the way.

    Raises
    ------
    DataFileError, InputError
        If a file, a label, a root or a tree cannot be used.
    """
    settings = task.settings_of(LineageSettings)
    (counts,), (vectors,) = task.files(COUNTS), task.files(VECTORS)
    cells = read_cells(
        counts,
        labels=settings.labels,
        label_file=next(iter(task.files(LABELS)), None),
        values=settings.values,
        layer=settings.layer,
    )
    options = options_of(settings)
    check_lineage(cells, options)  # before a minute of work
    atlas = read_atlas(vectors, Settings.from_environment().knowledge)
    genes = find_gene_vectors(atlas, cells.genes, context=settings.context, gene_ids=cells.gene_ids)
    lineage = trace_lineage(cells, genes, options, progress=task.progress)
    write_lineage(task.result, lineage, _provenance(task, settings, atlas, cells))
    reached = int(lineage.table["pseudotime"].notna().sum())
    return Done(f"{len(cells):,} cells, {reached:,} with pseudotime; root: {lineage.root.words}")


def _stem(task: Task) -> str:
    """Return the name of the dataset as its file tells it: a context of that name is of it."""
    names = [file.name for file in task.config.files if file.role == COUNTS]
    return names[0].partition(".h5ad")[0]


def options_of(settings: LineageSettings) -> LineageOptions:
    """Return the settings of a run as what a lineage is traced with."""
    return LineageOptions(
        space=settings.space,
        root=settings.root,
        root_gene=settings.root_gene,
        tree=settings.tree,
        n_top=settings.n_top,
        weight=settings.vector_weight,
        resolution=settings.resolution,
        seed=settings.seed,
    )


def _provenance(task: Task, settings: LineageSettings, atlas: Atlas, cells: Cells) -> dict:
    """Say where a lineage comes from."""
    run_id = task.folder.path.name
    own = {"run_id": run_id, "run_config_hash": task.config.config_hash}
    return {
        "name": task.config.name,
        "model": f"lineage in the space {settings.space}",
        "config_hash": settings.hash,
        "seed": settings.seed,
        "settings": settings.to_dict(),
        "files": {file.name: file.sha256 for file in task.config.files},
        "vectors": {
            "name": atlas.embedding.name,
            "config_hash": atlas.embedding.origin.config_hash,
        },
        "sources": [],
        "versions": versions(),
        **(own if is_run_id(run_id) else {}),
    }


def trace_here(
    folder: Path,
    counts: Path,
    vectors: Path,
    settings: LineageSettings,
    *,
    labels: Path | None = None,
    name: str = "",
    console: Progress | None = None,
) -> None:
    """Trace a lineage in this process, in a folder of one's own choice.

    Parameters
    ----------
    folder
        New or empty.
    counts
        Expression of one dataset.
    vectors
        Set of genes in context, or the folder that holds one.
    settings
        How.
    labels
        Table of cells and their labels.
    name
        Name shown in the dashboard; "" takes that of the folder.
    console
        Told about steps.

    Raises
    ------
    InputError, DataFileError
        If something cannot be used; no half-written result stays.
    """
    set_file = find_set_file(vectors, role="an embedding set")
    given = [(COUNTS, counts), (VECTORS, set_file), *([(LABELS, labels)] if labels else [])]
    files = [
        seal(FileSource(role=role, name=Path(path).name[:100], path=str(Path(path).absolute())))
        for role, path in given
    ]
    config = make_config(
        settings=settings,
        files=files,
        threads=1,
        device="cpu",
        executor="inprocess",
        live_map_every=0,
        name=name or folder.resolve().name[:100],
    )
    perform_here(folder, config, [], console=console)
