"""Folders of background runs on toy graphs, for tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from musegnn import runs
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.launchers.processes import monotonic, start_mark, this_machine
from musegnn.runs import files
from musegnn.runs.config import RunConfig
from musegnn.runs.inputs import keep
from musegnn.runs.record import RunRecord
from musegnn.runs.request import resolve
from musegnn.runs.submission import make_run
from musegnn.screens.parts.page_work import PageWork
from tests.toy_graphs import planted_graph


def write_graphs(folder: Path) -> Path:
    """Write two small graphs; return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(("first", "second")):
        graph = planted_graph(name, seed=number, module_size=12, n_cells=20)
        write_gene_graph(graph.compact(n_features=16), folder / f"{name}.h5ad")
    return folder


def small_settings(epochs: int = 8) -> dict[str, Any]:
    """Settings of the preset `default` with a small network."""
    return {
        **runs.preset_settings("default").to_dict(),
        "epochs": epochs,
        "n_components": 8,
        "network": {"width": 4, "heads": 2, "embedding_width": 8},
    }


def toy_request(graphs: Path, **changes: Any) -> runs.RunRequest:
    """Return a request for a run of a second."""
    values = {
        "graphs": runs.list_graphs(graphs),
        "name": "Toy",
        "settings": small_settings(changes.pop("epochs", 8)),
        "device": "cpu",
        "threads": 1,
        "live_map_every": 0,
    }
    return runs.make_request(**{**values, **changes})


def toy_config(graphs: Path, **changes: Any) -> RunConfig:
    """Return the configuration of one run."""
    return resolve(toy_request(graphs, **changes), executor="inprocess")[0]


def new_run(root: Path, graphs: Path, **changes: Any) -> Path:
    """Make the folder of a run that waits."""
    root.mkdir(parents=True, exist_ok=True)
    return make_run(root, toy_config(graphs, **changes))


def write_status(folder: Path, **values: Any) -> None:
    """Write what a run says, by default that it runs in this process and does so now."""
    usual = {
        "attempt": 1,
        "state": "running",
        "pid": os.getpid(),
        "mark": start_mark(os.getpid()),
        "machine": this_machine(),
        "heartbeat_time": 0.0,
        "heartbeat_steady": monotonic(),
        "epoch": 3,
        "epochs": 8,
    }
    (folder / files.STATUS).write_text(json.dumps({**usual, **values}))


def write_launch(folder: Path, **values: Any) -> None:
    """Write that a run was started, by default to be performed by this process itself."""
    usual = {
        "attempt": 1,
        "executor": "inprocess",
        "device": "CPU",
        "pid": os.getpid(),
        "mark": start_mark(os.getpid()),
        "machine": this_machine(),
        "launched_time": 0.0,
        "launched_steady": monotonic(),
    }
    (folder / files.LAUNCH).write_text(json.dumps({**usual, **values}))


def submit_waiting(root: Path, work: PageWork) -> RunRecord:
    """Ask for the work of a page as its button does; it waits for its turn for ever."""
    request = runs.make_request(
        settings=work.settings, files=keep(work.inputs), name=work.name, device="cpu"
    )
    idle = {"executor": "inprocess", "perform": lambda *_, **__: 0}
    return runs.submit(request, root=root, **idle)[0]
