"""Folders of runs as processes leave them, made without training."""

from __future__ import annotations

import hashlib
import json
import math
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from musegnn import keys
from musegnn.launchers.processes import monotonic, start_mark, this_machine
from musegnn.runs import files
from musegnn.runs.config import RunConfig
from musegnn.runs.frames import INDEX_FILE, PANEL_FILE, frame_name
from musegnn.runs.graph_sources import GraphSource
from musegnn.runs.presets import preset_settings
from musegnn.runs.record import RunRecord, read_record
from musegnn.runs.submission import make_run

FIRST = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GRAPHS = (
    GraphSource(name="heart_a", path="/nowhere/heart_a.h5ad", sha256="a" * 64, species="human",
                tissue="heart", modality="scrna", n_genes=100),
    GraphSource(name="liver_b", path="/nowhere/liver_b.h5ad", sha256="b" * 64, species="mouse",
                tissue="liver", modality="spatial", n_genes=80),
)  # fmt: skip


def write_run(
    root: Path,
    state: str = "queued",
    *,
    name: str = "heart",
    number: int = 0,
    seed: int = 0,
    epochs: int = 40,
    done: int | None = None,
    graphs: tuple[GraphSource, ...] = GRAPHS,
    pid: int = 0,
    result: Path | None = None,
    **settings: Any,
) -> RunRecord:
    """Write the folder of a run in a state.

    Parameters
    ----------
    root
        Folder of all runs.
    state
        "queued", "running", "stopped", "failed", "finished" or "lost".
    name, number, seed, epochs, graphs, settings
        Of the configuration; it is asked for `number` minutes after the first.
    done
        Epochs that are done; by default all of a finished run, a third of another.
    pid
        Process of a running one.
    result
        A result folder to move into a finished run; by default a few bytes.
    """
    chosen = preset_settings("default").model_copy(
        update={"seed": seed, "epochs": epochs, **settings}
    )
    config = RunConfig(
        name=name,
        created=FIRST + timedelta(minutes=number),
        preset="default",
        settings=chosen,
        graphs=list(graphs),
        device="cpu",
        threads=1,
        executor="local",
    )
    folder = make_run(root, config)
    if state == "queued":
        return read_record(root, folder.name)
    done = done if done is not None else epochs if state == "finished" else epochs // 3
    write_metrics(folder, done, epochs, validate_every=5 if chosen.patience else 0)
    now = time.time()
    # a process that runs in tests was launched by nobody: it performs the run in itself
    starter = "inprocess" if state == "running" else "local"
    launch = {"attempt": 1, "executor": starter, "device": "CPU", "machine": this_machine(),
              "launched_time": now, "launched_steady": monotonic()}  # fmt: skip
    status = {
        "attempt": 1,
        "state": "running" if state in {"running", "lost"} else state,
        "machine": this_machine(),
        "started_time": config.created.timestamp(),
        "heartbeat_time": now,
        "heartbeat_steady": monotonic(),
        "epoch": done,
        "epochs": epochs,
        "loss": loss_at(done),
        "best": loss_at(done),
        "best_name": "loss",
        "best_epoch": done,
        "seconds": 0.5 * done,
        "seconds_left": 0.5 * (epochs - done),
        "memory_mib": 512.0,
        "message": "",
    }
    if state == "running":
        status |= {"pid": pid, "mark": start_mark(pid)}
    elif state == "lost":
        status |= {"pid": 2**22 + 1, "mark": "1"}  # no machine gives that number
    else:
        status |= {"ended_time": now}
    files.write_json(folder / files.LAUNCH, launch)
    files.write_json(folder / files.STATUS, status)
    if state == "failed":
        told = {"attempt": 1, "type": "TrainingError", "message": "Loss became nan at epoch 13.",
                "hint": "Start again with a lower learning rate."}  # fmt: skip
        files.write_json(folder / files.ERROR, told)
    if state == "finished":
        _write_result(folder, result)
    return read_record(root, folder.name)


def loss_at(epoch: int) -> float:
    """Loss of the made curves."""
    return 2.0 * math.exp(-epoch / 15) + 0.5


def write_metrics(folder: Path, done: int, epochs: int, *, validate_every: int = 0) -> None:
    """Write the curves of a run."""
    lines = [
        json.dumps(
            {
                "epoch": epoch,
                "seconds": 0.5 * epoch,
                "loss": loss_at(epoch),
                "graphs_per_second": 4.0,
                "seconds_left": 0.5 * (epochs - epoch),
                "memory_mib": 500.0 + epoch / 10,
                "validation_auroc": 0.9 - 0.4 / epoch
                if validate_every and epoch % validate_every == 0
                else None,
                "reconstruction": 1.5 * math.exp(-epoch / 15),
                "contrastive": 0.5 * math.exp(-epoch / 15) + 0.5,
            }
        )
        for epoch in range(1, done + 1)
    ]
    (folder / files.METRICS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / files.LOG).write_text(
        "".join(f"training: {n}/{epochs}\n" for n in range(1, done + 1)), encoding="utf-8"
    )


def _write_result(folder: Path, given: Path | None) -> None:
    """Put a result with a manifest into a run."""
    result = folder / files.RESULT
    if given is not None:
        given.rename(result)
    else:
        result.mkdir()
        (result / keys.EMBEDDING_FILE).write_bytes(b"not a real embedding")
    hashes = {
        path.relative_to(result).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(result.rglob("*"))
        if path.is_file()
    }
    files.write_json(result / keys.MANIFEST_FILE, {"files": hashes})


def write_frames(folder: Path, epochs: tuple[int, ...], *, n_points: int = 60) -> list[np.ndarray]:
    """Write a live map: a cloud that widens from frame to frame; return the frames."""
    rng = np.random.default_rng(0)
    target = folder / files.FRAMES
    target.mkdir(exist_ok=True)
    panel = {
        "gene": [f"G{i}" for i in range(n_points)],
        "dataset": ["heart_a" if i % 2 else "liver_b" for i in range(n_points)],
        "species": ["human" if i % 2 else "mouse" for i in range(n_points)],
        "tissue": ["heart" if i % 2 else "liver" for i in range(n_points)],
        "modality": ["scrna" if i % 2 else "spatial" for i in range(n_points)],
    }
    files.write_json(target / PANEL_FILE, panel)
    shape = rng.normal(size=(n_points, 2))
    made, lines = [], []
    for place, epoch in enumerate(epochs):
        points = (shape * (1 + place)).astype(np.float32)
        np.save(target / frame_name(epoch), points)
        made.append(points)
        rest = {"churn": 0.25, "residual": 0.1} if place else {"churn": None, "residual": None}
        lines.append(json.dumps({"epoch": epoch, "recall": 0.5, "seconds": 0.2, **rest}))
    (target / INDEX_FILE).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return made
