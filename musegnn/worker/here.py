"""A run in this process and in a folder of one's own choice, as `musegnn train` makes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, check_graphs, read_gene_graph
from musegnn.io.atomic import remove_leftovers
from musegnn.launchers.file_lock import locked
from musegnn.progress import Progress
from musegnn.runs import files
from musegnn.runs.config import RunConfig, write_run_config
from musegnn.runs.files import RunFolder
from musegnn.runs.graph_sources import describe_graph, seal
from musegnn.runs.kind import KindSettings
from musegnn.runs.request import clean_name
from musegnn.runs.submission import write_request
from musegnn.worker.perform import Work, carry_out


def open_here(
    settings: KindSettings,
    graph_paths: Sequence[Path],
    folder: Path,
    *,
    device: Any = "cpu",
    name: str | None = None,
    preset: str = "",
    hold_out: int | None = None,
) -> tuple[RunConfig, list[GeneGraph]]:
    """Read gene graphs and make the configuration of a run on them; nothing is written.

    Parameters
    ----------
    settings
        All settings.
    graph_paths
        Files written by `musegnn graph`.
    folder
        Of the run, whose name is that of the run where there is no other.
    device
        "cpu" or "cuda".
    name
        For people; None takes that of the folder.
    preset
        Preset that the settings are of, or "".
    hold_out
        Seed of what is hidden for a benchmark.

    Returns
    -------
    The configuration, and the graphs sorted by name: the order of the files changes nothing.

    Raises
    ------
    InputError, DataFileError
        If a name, a number or a file cannot be used.
    """
    opened = [(read_gene_graph(path), Path(path).absolute()) for path in graph_paths]
    opened.sort(key=lambda pair: pair[0].name)
    graphs = [graph for graph, _ in opened]
    check_graphs(graphs)
    try:
        clean = clean_name(name or folder.resolve().name[:100])
    except ValueError as error:
        msg = f"Expected a name for the run, found {str(name)[:40]!r}: {error}."
        raise InputError(msg, "Choose another with `--name`.") from error
    if hold_out is not None and not 0 <= hold_out < 2**31:
        msg = f"Expected `hold_out` to be a seed of 0 or more, found {hold_out}."
        raise InputError(msg, "Choose a whole number such as 0.")
    config = RunConfig(
        name=clean,
        created=datetime.now(UTC),
        preset=preset,
        settings=settings,
        graphs=[seal(describe_graph(path)) for _, path in opened],
        device=device,
        threads=torch.get_num_threads(),
        executor="inprocess",
        live_map_every=0,
        hold_out=hold_out,
    )
    return config, graphs


def perform_here(
    folder: Path,
    config: RunConfig,
    graphs: list[GeneGraph],
    *,
    is_resumed: bool = False,
    console: Progress | None = None,
    work: Work | None = None,
) -> None:
    """Make the folder of a run and do its work at once.

    Parameters
    ----------
    folder
        New or empty folder, or one of a run that ended without a result.
    config, graphs
        As `open_here` returns them.
    is_resumed
        Take up the checkpoint that lies there; else the run starts anew.
    console
        Told about steps.
    work
        In place of the work of the kind.

    Raises
    ------
    InputError, DataFileError, TrainingError
        If the folder holds something else, or the work fails; the folder tells as well.
    """
    run = RunFolder(Path(folder))
    _check_folder(run.path)
    with locked(run.path / files.RUN_LOCK):
        if not is_resumed:
            for path in (run.checkpoint, run.best, run.status):
                path.unlink(missing_ok=True)
        attempt = files.whole_number(files.read_json(run.request), "attempt") + 1
        (run.path / files.CANCEL).unlink(missing_ok=True)
        write_run_config(run.path, config)
        write_request(run.path, attempt, executor="inprocess")
        carry_out(run, graphs=graphs, console=console, work=work)


def _check_folder(folder: Path) -> None:
    """Raise unless the folder is new, empty, or holds a run that ended without a result."""
    if not folder.exists():
        return
    if folder.is_dir():
        remove_leftovers(folder, files.UNFINISHED | {files.RESULT})
        if {path.name for path in folder.iterdir()} <= files.UNFINISHED:
            return
    msg = f"Expected a new or empty folder for the run, found something in {folder}."
    raise InputError(msg, "Choose another folder with `-o`.")
