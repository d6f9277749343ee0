"""A run in this process and in a folder of one's own choice, as `musegnn train` makes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, check_graphs, read_gene_graph
from musegnn.io.atomic import remove_leftovers
from musegnn.launchers.file_lock import locked
from musegnn.progress import Progress
from musegnn.runs import files
from musegnn.runs.config import RunConfig, make_config, write_run_config
from musegnn.runs.files import RunFolder
from musegnn.runs.graph_sources import FileSource, describe_graph, seal
from musegnn.runs.kind import KindSettings
from musegnn.runs.submission import write_request
from musegnn.training.loop import choose_device
from musegnn.worker.perform import Work, carry_out


def open_here(
    folder: Path, settings: KindSettings, graph_paths: Sequence[Path], **asked: Any
) -> tuple[RunConfig, list[GeneGraph]]:
    """Read gene graphs and make the configuration of a run on them; nothing is written.

    Parameters
    ----------
    folder
        Of the run, whose name is that of the run where there is no other.
    settings
        All settings.
    graph_paths
        Files written by `musegnn graph`.
    **asked
        What else a `RunConfig` says: device, name, preset, hold_out.

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
    asked["name"] = asked.get("name") or folder.resolve().name[:100]
    config = make_config(
        settings=settings,
        graphs=[seal(describe_graph(path)) for _, path in opened],
        threads=torch.get_num_threads(),
        executor="inprocess",
        live_map_every=0,
        **asked,
    )
    return config, graphs


def perform_on_files(
    folder: Path,
    settings: KindSettings,
    files_of: Mapping[str, Path],
    *,
    device: str = "auto",
    name: str = "",
    preset: str = "",
    is_resumed: bool = False,
    console: Progress | None = None,
) -> None:
    """Do the work of a kind that reads no gene graphs, in a folder of one's own choice.

    Parameters
    ----------
    folder
        New or empty, or of a run that was stopped.
    settings
        All settings.
    files_of
        Role -> the file that the kind reads.
    device
        "auto", "cpu" or "cuda".
    name
        Name shown in the dashboard; "" takes that of the folder.
    preset
        Preset that the settings are, "" for others.
    is_resumed, console
        As in `perform_here`.

    Raises
    ------
    InputError, DataFileError, TrainingError
        If something cannot be used; no half-written result stays.
    """
    sources = [
        FileSource(role=role, name=path.name[:100], path=str(path.absolute()))
        for role, path in files_of.items()
    ]
    config = make_config(
        settings=settings,
        files=[seal(source) for source in sources],
        threads=torch.get_num_threads(),
        device=choose_device(device).type,
        executor="inprocess",
        live_map_every=0,
        preset=preset,
        name=name or folder.resolve().name[:100],
    )
    perform_here(folder, config, [], is_resumed=is_resumed, console=console)


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
        begun = () if is_resumed else (run.checkpoint, run.best, run.status)
        for path in (*begun, run.path / files.CANCEL):
            path.unlink(missing_ok=True)
        attempt = files.whole_number(files.read_json(run.request), "attempt") + 1
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
