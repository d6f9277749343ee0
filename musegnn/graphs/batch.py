"""One dataset among many: build its graph, or find that it stands already.

A graph file records a fingerprint of everything it was made from. It is its own done-marker: as
long as the fingerprint fits, the graph is kept; any change of input, option or version builds it
anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import pandas as pd

from musegnn import __version__
from musegnn.border.regular import hash_regular
from musegnn.errors import DataFileError
from musegnn.graphs.build import (
    build_gene_graph,
    keep_cells,
    read_gene_counts,
)
from musegnn.graphs.estimators import Computation
from musegnn.graphs.gene_choice import MeasuredGenes
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph, write_gene_graph
from musegnn.graphs.known_relations import KnownRelations, read_known_relations
from musegnn.graphs.manifest import Dataset
from musegnn.graphs.presets import GRAPH_PRESETS, GraphPreset
from musegnn.graphs.report import QualityReport, enrichment_lines, quality_report
from musegnn.graphs.shared_cells import CellProfiles, write_profiles
from musegnn.graphs.shared_cells_ledger import PROVENANCE_KEY
from musegnn.graphs.thread_limit import limited_threads
from musegnn.io.atomic import replacing
from musegnn.io.gene_names import GeneNames, add_gene_ids, harmonise
from musegnn.io.gene_tables import source_of_tables
from musegnn.io.orthologs import read_orthologs
from musegnn.io.spreadsheet import table_text
from musegnn.knowledge.gene_names import name_tables, read_gene_names
from musegnn.knowledge.ortholog_tables import add_orthologs, ortholog_table
from musegnn.knowledge.store import folder_state, open_store
from musegnn.progress import Progress, Silent
from musegnn.settings import Settings
from musegnn.validation import check_choice

FINGERPRINT = "fingerprint"  # in the provenance of a gene graph: what the graph was made from
CELLS_FINGERPRINT = "cells_fingerprint"  # the same of its cells and gene names only
ONE_THREAD = Computation(threads=1)
BUILT, KEPT, FAILED = "built", "kept", "failed"
SUMMARY_COLUMNS = (
    *("dataset", "status", "cells", "genes", "edges", "density", "seconds", "error"),
)
# what lies in the folder of a run beside its counts, and is large
_NO_COUNTS = (".bam", ".bai", ".cloupe", ".tif", ".tiff", ".jpg", ".png", ".html", ".fastq.gz")


@dataclass(frozen=True)
class GraphOptions:
    """Options that all datasets of a batch have in common.

    Parameters
    ----------
    n_genes, preset, estimator
        As in `build_gene_graph`.
    is_compact
        True to write the small form, see `GeneGraph.compact`.
    knowledge
        Folder with gene name tables; None takes names as they are.
    gene_ids
        Files with Ensembl ids beside symbols.
    has_self_loops
        True to join each gene to itself for message passing.
    computation
        Type, threads and device of the estimate. One thread is the rule: it makes the same bytes on
        any number of cores.
    resamples, n_own
        As in `build_gene_graph`; with `n_own` the other genes are those that the datasets share.
    """

    n_genes: int = 1000
    preset: str = "default"
    estimator: str = "cscore"
    is_compact: bool = False
    knowledge: Path | None = None
    gene_ids: tuple[Path, ...] = ()
    has_self_loops: bool = False
    computation: Computation = ONE_THREAD
    resamples: int = 0
    n_own: int | None = None

    @property
    def graph_preset(self) -> GraphPreset:
        """The preset with its self-loops, if they are wanted."""
        check_choice(self.preset, tuple(GRAPH_PRESETS), name="preset")
        chosen = GRAPH_PRESETS[self.preset]
        return chosen.with_self_loops() if self.has_self_loops else chosen


@dataclass(frozen=True)
class GraphTask:
    """A graph to build, or cells to prepare for comparison with those of other datasets.

    Parameters
    ----------
    dataset
        Counts and context.
    options
        How to build it.
    output
        File to write.
    report
        Where the quality report goes as JSON; None writes none.
    preferred
        As in `build_gene_graph`.
    """

    dataset: Dataset
    options: GraphOptions
    output: Path
    report: Path | None = None
    preferred: tuple[str, ...] = ()


@dataclass(frozen=True)
class GraphRow:
    """Line of the summary; sizes are 0 and fingerprints "" when the graph failed.

    Parameters
    ----------
    dataset, status
        Name, and one of "built", "kept" and "failed".
    cells, genes, edges, density
        Size of the graph; the density is a share of all pairs, 0 to 1.
    seconds
        Time it took to build the graph, or to check the one that was kept.
    error
        What went wrong, in a sentence.
    cells_fingerprint
        Of the cells and gene names the graph was made from.
    shares_cells_with
        Other dataset -> cells in common, as it stands in the graph file.
    """

    dataset: str
    status: str
    cells: int = 0
    genes: int = 0
    edges: int = 0
    density: float = 0.0
    seconds: float = 0.0
    error: str = ""
    cells_fingerprint: str = ""
    shares_cells_with: tuple[tuple[str, int], ...] = ()


def make_graph(task: GraphTask, *, progress: Progress | None = None) -> GeneGraph:
    """Build a graph and write it with its report: the way of one dataset as of many.

    The numerical libraries sum in another order with every number of threads. One thread makes the
    same bytes on any number of cores; many datasets are built beside each other instead.

    Raises
    ------
    DataFileError, InputError, GraphError
        As `build_gene_graph`; nothing is written.
    """
    progress = progress or Silent()
    dataset, options = task.dataset, task.options
    names = read_names(dataset, options)
    with limited_threads(options.computation.threads):
        try:
            graph = build_gene_graph(
                dataset.file,
                dataset.context,
                names=names,
                n_genes=options.n_genes,
                preset=options.graph_preset,
                estimator=options.estimator,
                computation=options.computation,
                resamples=options.resamples,
                n_own=options.n_own,
                preferred=task.preferred,
                layer=dataset.layer,
                annotation=dataset.annotation,
                droplets=dataset.droplets,
                choices=dataset.choices,
                progress=progress,
            )
        finally:
            progress.finish()  # an error starts on a line of its own
        marks = {
            FINGERPRINT: fingerprint(task),
            CELLS_FINGERPRINT: cells_fingerprint(dataset, options),
        }
        graph = replace(graph, provenance={**graph.provenance, **marks})
        if task.report is not None:
            report = write_report(graph, task.report, options.knowledge)
            for line in enrichment_lines(report):
                progress.say(line)
        write_gene_graph(graph.compact() if options.is_compact else graph, task.output)
    return graph


def build_dataset(task: GraphTask) -> GraphRow:
    """Build a graph in a job."""
    started = time.monotonic()
    graph = make_graph(task)
    return _row(graph, BUILT, time.monotonic() - started)


def find_kept(task: GraphTask) -> GraphRow | None:
    """Return the row of a graph that stands already and fits; None when it must be built."""
    started = time.monotonic()
    if not task.output.is_file():
        return None
    try:
        graph = read_gene_graph(task.output)
        if graph.provenance.get(FINGERPRINT) != fingerprint(task):
            return None
    except (DataFileError, OSError):  # a file in its way, or counts that went: building tells
        return None
    if task.report is not None and not task.report.is_file():
        write_report(graph, task.report, task.options.knowledge)
    return _row(graph, KEPT, time.monotonic() - started)


def write_cell_profiles(task: GraphTask) -> int:
    """Write the cells of a dataset in the form in which they are compared; return their number."""
    dataset = task.dataset
    expression = read_gene_counts(
        dataset.file,
        layer=dataset.layer,
        annotation=dataset.annotation,
        droplets=dataset.droplets,
        choices=dataset.choices,
    )
    names = read_names(dataset, task.options)
    profiles = CellProfiles.of(harmonise(expression, dataset.context.species, names)[0])
    write_profiles(profiles, task.output)
    return profiles.counts.shape[0]


def write_report(graph: GeneGraph, path: Path, knowledge: Path | None) -> QualityReport:
    """Write the quality report as JSON, edges held against what is known."""
    folder = knowledge if knowledge is not None and knowledge.is_dir() else None
    state = () if folder is None else folder_state(folder)
    relations = _common_relations(folder, state, Settings.from_environment().shipped)
    report = quality_report(graph, relations)
    text = json.dumps(report.to_dict(), indent=2, sort_keys=True, allow_nan=False)
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return report


def read_names(dataset: Dataset, options: GraphOptions) -> GeneNames:
    """Read the gene name tables of a dataset."""
    folder = options.knowledge
    tables = _stamps(_name_tables(options))
    names = _common_names(folder, options.gene_ids, tables)
    species = dataset.context.species
    if dataset.orthologs is not None:
        return names.with_orthologs(species, read_orthologs(dataset.orthologs))
    return add_orthologs(names, folder, species)


def cells_fingerprint(dataset: Dataset, options: GraphOptions) -> str:
    """Digest of all that decides about cells and their genes: bytes of files, species, version."""
    return _digest(
        {
            "version": __version__,
            "species": dataset.context.species,
            "layer": dataset.layer,
            "droplets": dataset.droplets,
            **dataset.choices.given(),
            "name": dataset.file.name,
            "counts": _file_digests(_count_files(dataset.file)),
            "positions": _file_digests([dataset.choices.positions]),
            "annotation": _file_digests([dataset.annotation]),
            "orthologs": _file_digests(
                [dataset.orthologs or ortholog_table(options.knowledge, dataset.context.species)]
            ),
            "names": [*_file_digests(_name_tables(options)), source_of_tables()],
        }
    )


def measure_genes(task: GraphTask) -> MeasuredGenes:
    """Count in how many cells of a dataset each gene stands, after quality control."""
    dataset, options = task.dataset, task.options
    names = read_names(dataset, options)
    expression = read_gene_counts(
        dataset.file,
        layer=dataset.layer,
        annotation=dataset.annotation,
        droplets=dataset.droplets,
        choices=dataset.choices,
    )
    context = dataset.context
    cells = keep_cells(
        expression,
        context,
        names=names,
        preset=options.graph_preset.name,
        batch=dataset.choices.batch,
    )
    common = [names.common_name(gene, context.species) for gene in cells.kept.genes]
    return MeasuredGenes.of(cells.kept, common, tissue=context.tissue)


def fingerprint(task: GraphTask) -> str:
    """Digest of all that decides about the bytes of a graph file."""
    dataset, options = task.dataset, task.options
    return _digest(
        {
            "cells": cells_fingerprint(dataset, options),
            "context": asdict(dataset.context),
            "n_genes": options.n_genes,
            "preset": options.preset,
            "estimator": options.estimator,
            "is_compact": options.is_compact,
            "has_self_loops": options.has_self_loops,
            "computation": asdict(options.computation),
            # graphs of before keep their fingerprint
            **({"resamples": options.resamples} if options.resamples else {}),
            **({} if options.n_own is None else {"own": options.n_own, "other": task.preferred}),
        }
    )


def write_summary(rows: Sequence[GraphRow], path: Path) -> None:
    """Write one line a dataset, tab-separated."""
    lines = [
        {
            **asdict(row),
            "density": f"{row.density:.6f}",
            "seconds": f"{row.seconds:.1f}",
            "error": " ".join(row.error.split()),
        }
        for row in rows
    ]
    table = pd.DataFrame(lines, columns=list(SUMMARY_COLUMNS), dtype=object)
    with replacing(path) as temporary:
        temporary.write_text(table_text(table, separator="\t"), encoding="utf-8")


def remove_unfinished(task: GraphTask) -> None:
    """Remove temporary files that a killed process left beside the files of a task."""
    pattern = re.compile(
        rf"\.{re.escape(task.dataset.name)}(\.report)?-[0-9a-f]{{8}}(-loose)?\.(h5ad|json)"
    )
    if task.output.parent.is_dir():
        for path in task.output.parent.iterdir():
            if pattern.fullmatch(path.name):
                path.unlink(missing_ok=True)


def _row(graph: GeneGraph, status: str, seconds: float) -> GraphRow:
    """Describe a graph."""
    shares = graph.provenance.get(PROVENANCE_KEY, {})
    return GraphRow(
        dataset=graph.name,
        status=status,
        cells=int(graph.provenance.get("n_cells", 0)),
        genes=graph.n_genes,
        edges=graph.n_edges,
        density=graph.density,
        seconds=seconds,
        cells_fingerprint=str(graph.provenance.get(CELLS_FINGERPRINT, "")),
        shares_cells_with=tuple(sorted(shares.items())),
    )


def _digest(value: dict) -> str:
    """SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _count_files(path: Path) -> list[Path]:
    """Files that the counts of a path may be read from; those of a matrix lie side by side."""
    is_part = path.name.lower().endswith((".mtx", ".mtx.gz"))
    if not (path.is_dir() or is_part):
        return [path]
    items = path.parent.iterdir() if is_part else path.rglob("*")
    return sorted(
        file for file in items if file.is_file() and not file.name.lower().endswith(_NO_COUNTS)
    )


def _name_tables(options: GraphOptions) -> list[Path]:
    """Files that gene names are read from."""
    own = [path for path in options.gene_ids if path.is_file()]
    return [*own, *name_tables(options.knowledge)]


def _stamps(paths: Iterable[Path]) -> tuple[tuple[Path, int, int], ...]:
    """Path, size and time of change of files: what a cache goes by."""
    return tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths)


def _file_digests(paths: Iterable[Path | None]) -> list[str]:
    """Names and digests of the files that are there."""
    return [_file_digest(*stamp) for stamp in _stamps(path for path in paths if path is not None)]


@lru_cache(maxsize=1024)
def _file_digest(path: Path, size: int, changed: int) -> str:
    """Name and SHA-256 of a file; with the same size and time of change it is read only once."""
    return f"{path.name} {hash_regular(path, links=True)}"


@lru_cache(maxsize=1)
def _common_relations(
    knowledge: Path | None, state: tuple[tuple[str, int, int], ...], shipped: Path
) -> KnownRelations | None:
    """Read the relations that all datasets share, once while the state of the folder stays."""
    return read_known_relations(open_store(knowledge))


@lru_cache(maxsize=1)
def _common_names(
    knowledge: Path | None,
    gene_ids: tuple[Path, ...],
    stamps: tuple[tuple[Path, int, int], ...],
) -> GeneNames:
    """Read the tables that all datasets share, once while their stamps stay the same."""
    names = read_gene_names(knowledge)
    for path in gene_ids:
        names = add_gene_ids(names, path)
    return names
