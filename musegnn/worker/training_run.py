"""Train on graph files and leave a complete run folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from musegnn import keys
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.graphs.hold_out import EDGE_SHARE, NAME_SHARE, draw_hold_out, mask_graphs
from musegnn.io.atomic import remove_leftovers, replacing
from musegnn.progress import Progress, Silent
from musegnn.training.checkpoint import read_checkpoint
from musegnn.training.config import TrainingConfig
from musegnn.training.distributed import join_team
from musegnn.training.epoch import EpochRecord
from musegnn.training.loop import (
    Checkpointing,
    check_graphs,
    choose_device,
    train,
)
from musegnn.worker.provenance import versions
from musegnn.worker.result import RESULT_FOLDER, finish, write_json

CONFIG_FILE = "config.json"
PROVENANCE_FILE = "provenance.json"
METRICS_FILE = "metrics.jsonl"
CHECKPOINT_FILE = "checkpoint.safetensors"
BEST_FILE = "best.safetensors"
UNFINISHED_FILES = frozenset(
    {CONFIG_FILE, PROVENANCE_FILE, METRICS_FILE, CHECKPOINT_FILE, BEST_FILE}
)


def run_training(
    graph_paths: Sequence[Path],
    run_folder: Path,
    config: TrainingConfig,
    *,
    device: str = "auto",
    name: str | None = None,
    resume: bool = False,
    hold_out: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train on graph files and write everything a run leaves behind.

    Parameters
    ----------
    graph_paths
        Files written by `musegnn graph`.
    run_folder
        New or empty folder, or one of a run that ended without a result; gets `config.json`,
        `provenance.json`, `metrics.jsonl`, `checkpoint.safetensors` and, last and at once,
        `result/` with the embedding, compact graphs, weights and a manifest of hashes.
    config
        Settings.
    device
        "auto", "cpu" or "cuda".
    name
        Name of the embedding shown in the dashboard; default: name of the run folder.
    resume
        Take up the checkpoint of a run that was stopped; the settings, graphs and device must be
        those of the run. Without one the run starts anew.
    hold_out
        Seed of what is hidden from training for a benchmark (`musegnn.graphs.hold_out`); the result
        holds the whole graphs.
    progress
        Told about epochs and steps.

    Returns
    -------
    Path of `embedding.h5ad`.

    Raises
    ------
    InputError, DataFileError, TrainingError
        If something cannot be used; no half-written result stays.

    Notes
    -----
    Where a launcher has started several processes, each calls this with the same arguments; only
    the first writes and reports.
    """
    run_folder = Path(run_folder)
    chosen = choose_device(device)
    with join_team(chosen) as team:
        if team.is_first:
            _check_folder(run_folder)
        # sorted, so that the order on the command line changes nothing
        graphs = sorted((read_gene_graph(path) for path in graph_paths), key=lambda g: g.name)
        check_graphs(graphs)
        provenance = describe_training(
            graphs, config, str(chosen), name or run_folder.resolve().name
        )
        if team.size > 1:
            provenance["processes"] = team.size
        seen = hide(graphs, hold_out, provenance)
        checkpointing = Checkpointing(run_folder / CHECKPOINT_FILE)
        if team.is_first:
            _prepare_folder(run_folder, config, provenance, checkpointing, resume=resume)
        team.wait()
        trained = train(
            seen,
            config,
            device=device,
            progress=progress if team.is_first else None,
            on_epoch=log_to(run_folder / METRICS_FILE) if team.is_first else None,
            checkpointing=checkpointing,
            team=team,
        )
    if team.is_first:
        finish(run_folder, graphs, trained, provenance, progress or Silent())
    return run_folder / RESULT_FOLDER / keys.EMBEDDING_FILE


def _prepare_folder(
    run_folder: Path,
    config: TrainingConfig,
    provenance: dict[str, Any],
    checkpointing: Checkpointing,
    *,
    resume: bool,
) -> None:
    """Write what is known before training, and clear what a run before left."""
    if not resume:
        for path in (checkpointing.path, checkpointing.best_path):
            path.unlink(missing_ok=True)
    write_json(run_folder / CONFIG_FILE, config.to_dict())
    write_json(run_folder / PROVENANCE_FILE, provenance)
    drop_later_epochs(run_folder / METRICS_FILE, checkpointing.path)


def log_to(path: Path) -> Callable[[EpochRecord], None]:
    """Return what appends the record of an epoch to a file, so that it can be read at once."""

    def log(record: EpochRecord) -> None:
        with path.open("a", encoding="utf-8") as metrics:
            metrics.write(json.dumps(record.to_dict()) + "\n")

    return log


def hide(
    graphs: list[GeneGraph], hold_out: int | None, provenance: dict[str, Any]
) -> list[GeneGraph]:
    """Return the graphs as training sees them, and say in the provenance what is hidden."""
    if hold_out is None:
        return graphs
    provenance["hold_out"] = {
        "seed": hold_out,
        "edge_share": EDGE_SHARE,
        "name_share": NAME_SHARE,
    }
    return mask_graphs(graphs, draw_hold_out(graphs, hold_out))


def drop_later_epochs(metrics: Path, checkpoint: Path) -> int:
    """Cut the record of epochs to those that the checkpoint has seen; torn lines go too.

    Returns
    -------
    Number of epochs that the checkpoint has seen, 0 without one.
    """
    done = read_checkpoint(checkpoint).epoch if checkpoint.is_file() else 0
    if metrics.is_file():
        lines = metrics.read_bytes().splitlines()
        kept = {epoch: line for line in lines if 1 <= (epoch := _epoch_of(line)) <= done}
        with replacing(metrics) as temporary:
            temporary.write_bytes(b"".join(kept[epoch] + b"\n" for epoch in sorted(kept)))
    return done


def _epoch_of(line: bytes) -> int:
    """Read the epoch of a line; 0 when it is torn."""
    try:
        epoch = json.loads(line)["epoch"]
    except (ValueError, KeyError, TypeError):
        return 0
    return epoch if isinstance(epoch, int) else 0


def _check_folder(run_folder: Path) -> None:
    """Raise unless the folder is new, empty, or holds a run that ended without a result."""
    if not run_folder.exists():
        return
    if run_folder.is_dir():
        remove_leftovers(run_folder, (*UNFINISHED_FILES, RESULT_FOLDER))
        if {path.name for path in run_folder.iterdir()} <= UNFINISHED_FILES:
            return
    msg = f"Expected a new or empty folder for the run, found something in {run_folder}."
    raise InputError(msg, "Choose another folder with `-o`.")


def describe_training(
    graphs: list[GeneGraph], config: TrainingConfig, device: str, name: str
) -> dict[str, Any]:
    """Record what made the result."""
    species_joined = any(graph.provenance.get("names_from") for graph in graphs)
    return {
        "name": name,
        "model": "MuSe-GNN (Liu et al., NeurIPS 2023)",
        "config": config.to_dict(),
        "config_hash": config.hash,
        "seed": config.seed,
        "device": device,
        "threads": torch.get_num_threads(),  # sums are rounded in another order with each number
        "graph_presets": sorted({str(g.provenance.get("preset", "")) for g in graphs}),
        "species_joined_by": (
            "one-to-one orthologs" if species_joined else "nothing: no ortholog table was at hand"
        ),
        "datasets": [graph.name for graph in graphs],
        "versions": versions(),
    }
