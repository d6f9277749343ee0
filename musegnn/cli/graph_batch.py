"""`musegnn graph --manifest`: graphs of many datasets, resumable, here or on a cluster."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from musegnn.cli.answer import in_columns, print_text
from musegnn.cli.genes import read_names
from musegnn.errors import InputError
from musegnn.graphs.batch import (
    FAILED,
    SUMMARY_COLUMNS,
    GraphOptions,
    GraphRow,
    GraphTask,
    build_dataset,
    find_kept,
    measure_genes,
    remove_unfinished,
    write_cell_profiles,
    write_summary,
)
from musegnn.graphs.build import check_resamples
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.gene_choice import MeasuredGenes, preferred_genes
from musegnn.graphs.manifest import read_manifest
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.shared_cells import find_shared_cells
from musegnn.graphs.shared_cells_ledger import (
    read_ledger,
    record_partners,
    write_ledger,
)
from musegnn.launchers import Job, Launcher, LocalLauncher, Outcome, SlurmLauncher
from musegnn.launchers.batch_job import read_parameters
from musegnn.launchers.local import count_cores
from musegnn.progress import Progress, console_progress
from musegnn.validation import check_choice, check_positive

SUMMARY_FILE = "summary.tsv"
PROFILES_FOLDER = ".cells"
JOBS_FOLDER = ".jobs"
SOME_FAILED = 2
INTERRUPTED = 130


@dataclass(frozen=True)
class Batch:
    """What one call works on.

    Parameters
    ----------
    folder
        Where everything goes.
    tasks
        Graphs to build or keep, in the order of the manifest.
    launcher
        Runs the jobs.
    progress
        Told about each job.
    wanted
        Common names of genes that some graphs are to have.
    """

    folder: Path
    tasks: Sequence[GraphTask]
    launcher: Launcher
    progress: Progress
    wanted: Sequence[str] = ()


def run_batch(options: argparse.Namespace, how: GraphOptions, *, has_reports: bool) -> int:
    """Build what is missing, compare cells, write the summary.

    Returns
    -------
    Exit code: 0 when all datasets have their graph, 2 when some failed, 130 when interrupted.
    """
    _check_options(options, how)
    folder = options.output.resolve()
    tasks = list_tasks(options, how, folder, has_reports=has_reports)
    wanted = () if options.wanted is None else read_names(str(options.wanted)).split()
    batch = Batch(folder, tasks, choose_launcher(options, folder), console_progress(), wanted)
    try:
        rows, n_not_compared = run_tasks(batch)
    except KeyboardInterrupt:
        batch.launcher.close()
        for task in tasks:
            remove_unfinished(task)
        batch.progress.finish()
        batch.progress.say("interrupted: the graphs built so far stay; the same command goes on")
        return INTERRUPTED
    finally:
        batch.launcher.close()
        batch.progress.finish()
        shutil.rmtree(folder / PROFILES_FOLDER, ignore_errors=True)
    write_summary(rows, folder / SUMMARY_FILE)
    print_text(*summary_lines(rows))
    failed = [row for row in rows if row.status == FAILED]
    return SOME_FAILED if failed or n_not_compared else 0


def list_tasks(
    options: argparse.Namespace, how: GraphOptions, folder: Path, *, has_reports: bool
) -> list[GraphTask]:
    """Read the manifest and say which file each dataset becomes.

    Raises
    ------
    DataFileError, InputError
        If the manifest cannot be used, or a graph would replace its own counts.
    """
    absolute = replace(
        how,
        knowledge=None if how.knowledge is None else how.knowledge.resolve(),
        gene_ids=tuple(path.resolve() for path in how.gene_ids),
    )
    tasks = [
        GraphTask(
            dataset,
            absolute,
            folder / f"{dataset.name}.h5ad",
            folder / f"{dataset.name}.report.json" if has_reports else None,
        )
        for dataset in read_manifest(options.manifest, root=options.root)
    ]
    inputs = {task.dataset.file for task in tasks}
    for task in tasks:
        if task.output in inputs:
            msg = f"Expected outputs other than the inputs, found {task.output} for both."
            raise InputError(msg, "Choose another folder with `-o`.")
    return tasks


def choose_launcher(options: argparse.Namespace, folder: Path) -> Launcher:
    """Return what runs the jobs."""
    if options.executor == "slurm":
        return SlurmLauncher(
            folder / JOBS_FOLDER,
            at_once=options.jobs,
            parameters=read_parameters(options.slurm or ()),
        )
    return LocalLauncher(options.jobs or count_cores())


def run_tasks(batch: Batch) -> tuple[list[GraphRow], int]:
    """Return the rows of all datasets, and how many could not be compared with the others."""
    if batch.tasks and batch.tasks[0].options.n_own is not None:
        batch = replace(batch, tasks=share_genes(batch))
    kept = {task.dataset.name: find_kept(task) for task in batch.tasks}
    rows = {name: row for name, row in kept.items() if row is not None}
    rows |= build_missing(batch, [task for task in batch.tasks if task.dataset.name not in rows])
    n_not_compared = compare_cells(batch, rows)
    return [rows[task.dataset.name] for task in batch.tasks], n_not_compared


def share_genes(batch: Batch) -> list[GraphTask]:
    """Say which genes each graph is to have beside those of its dataset."""
    measured: dict[str, MeasuredGenes] = {}
    for task, outcome in _in_jobs(batch, "genes shared", measure_genes, batch.tasks):
        if outcome.error:  # building tells it once more, and leaves a line in the summary
            batch.progress.say(f"{task.dataset.name}: {outcome.trace}{outcome.error}")
        else:
            measured[task.dataset.name] = outcome.value
    preferred = preferred_genes(measured, batch.wanted)
    return [replace(task, preferred=preferred.get(task.dataset.name, ())) for task in batch.tasks]


def build_missing(batch: Batch, tasks: Sequence[GraphTask]) -> dict[str, GraphRow]:
    """Build graphs, each in a job."""
    rows: dict[str, GraphRow] = {}
    for task, outcome in _in_jobs(batch, "graphs", build_dataset, tasks):
        name, error = task.dataset.name, outcome.error
        if not error:
            rows[name] = outcome.value
            continue
        remove_unfinished(task)
        batch.progress.say(f"{name}: {outcome.trace}{error}")
        if task.output.is_file():
            error += f" {task.output.name} is of an earlier run."
        rows[name] = GraphRow(name, FAILED, seconds=outcome.seconds, error=error)
    return rows


def compare_cells(batch: Batch, rows: dict[str, GraphRow]) -> int:
    """Find cells that datasets of one species share, and write them down.

    Returns
    -------
    Number of datasets whose cells could not be compared.
    """
    prints = {name: row.cells_fingerprint for name, row in rows.items() if row.status != FAILED}
    shared = read_ledger(batch.folder).keep(prints)
    by_species: dict[str, list[GraphTask]] = {}
    for task in batch.tasks:
        if task.dataset.name in prints:
            by_species.setdefault(task.dataset.context.species, []).append(task)
    n_failed = 0
    for tasks in by_species.values():
        missing = shared.missing_pairs(task.dataset.name for task in tasks)
        if not missing:
            continue
        n_cells = write_profiles_of(batch, tasks)
        n_failed += len(tasks) - len(n_cells)
        files = {name: batch.folder / PROFILES_FOLDER / f"{name}.npz" for name in n_cells}
        found = find_shared_cells(files, [pair for pair in missing if set(pair) <= set(files)])
        shared = shared.add({name: prints[name] for name in n_cells}, n_cells, found)
    for task in batch.tasks:
        name = task.dataset.name
        if name in prints and dict(rows[name].shares_cells_with) != shared.partners(name):
            record_partners(task.output, shared.partners(name))
    write_ledger(shared, batch.folder)
    for (first, second), number in sorted(shared.pairs.items()):
        batch.progress.say(
            f"warning: {first} and {second} have {number:,} cells in common: their agreement is no "
            "evidence"
        )
    return n_failed


def write_profiles_of(batch: Batch, tasks: Sequence[GraphTask]) -> dict[str, int]:
    """Prepare the cells of datasets for comparison, each in a job; return how many cells each has.

    Those that fail are told and left out.
    """
    folder = batch.folder / PROFILES_FOLDER
    profiles = [replace(task, output=folder / f"{task.dataset.name}.npz") for task in tasks]
    label = f"cells shared ({tasks[0].dataset.context.species})"
    n_cells: dict[str, int] = {}
    for task, outcome in _in_jobs(batch, label, write_cell_profiles, profiles):
        name = task.dataset.name
        if outcome.error:
            batch.progress.say(f"{name}: cells not compared: {outcome.trace}{outcome.error}")
        else:
            n_cells[name] = outcome.value
    return n_cells


def _in_jobs(
    batch: Batch, label: str, work: Callable[[GraphTask], Any], tasks: Sequence[GraphTask]
) -> Iterator[tuple[GraphTask, Outcome]]:
    """Do the same work on each task, in a job of its own."""
    if not tasks:
        return
    by_name = {task.dataset.name: task for task in tasks}
    batch.progress.start(label, len(tasks))
    for job, outcome in batch.launcher.submit([Job(n, work, t) for n, t in by_name.items()]):
        batch.progress.advance(job.name)
        yield by_name[job.name], outcome
    batch.progress.finish()


def summary_lines(rows: Sequence[GraphRow]) -> list[str]:
    """Return the summary as aligned lines, errors below their dataset."""
    head, *lines = in_columns([SUMMARY_COLUMNS[:-1], *map(_cells, rows)], n_left=2)
    errors = [f"    {' '.join(row.error.split())}" if row.error else "" for row in rows]
    return [head, *(part for pair in zip(lines, errors, strict=True) for part in pair if part)]


def _cells(row: GraphRow) -> tuple[str, ...]:
    """Cells of a dataset in the summary; one that failed has no sizes."""
    sizes = (f"{row.cells:,}", f"{row.genes:,}", f"{row.edges:,}", f"{100 * row.density:.2g} %")
    shown = ("", "", "", "") if row.status == FAILED else sizes
    return (row.dataset, row.status, *shown, f"{row.seconds:.1f}")


def _check_options(options: argparse.Namespace, how: GraphOptions) -> None:
    """Refuse at once what every dataset would refuse."""
    if options.jobs is not None:
        check_positive(options.jobs, name="jobs")
    check_positive(how.n_genes, name="genes")
    if how.n_own is not None:
        check_positive(how.n_own, name="own")
    check_resamples(how.resamples)
    check_choice(how.preset, tuple(GRAPH_PRESETS), name="preset")
    check_choice(how.estimator, tuple(ESTIMATORS), name="estimator")
    for path in how.gene_ids:
        if not path.is_file():
            msg = f"Expected a file with gene ids at {path}, found none."
            raise InputError(msg, "Check `--gene-ids`.")
    if options.output.exists() and not options.output.is_dir():
        msg = f"Expected a folder for the graphs, found a file at {options.output}."
        raise InputError(msg, "Choose another one with `-o`.")
    if options.root is not None and not options.root.is_dir():
        msg = f"Expected a folder at {options.root}, found none."
        raise InputError(msg, "Check `--root`.")
