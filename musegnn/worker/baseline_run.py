"""Fit a baseline to graph files and leave a result folder that opens like that of a training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from musegnn import keys
from musegnn.baselines.registry import BASELINES, fit_baseline
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.progress import Progress, Silent
from musegnn.training.config import TrainingConfig
from musegnn.training.loop import TrainedModel, check_graphs
from musegnn.validation import check_choice
from musegnn.worker.result import RESULT_FOLDER, finish, write_json
from musegnn.worker.training_run import CONFIG_FILE, PROVENANCE_FILE, describe_training, hide


def run_baseline(
    method: str,
    graph_paths: Sequence[Path],
    run_folder: Path,
    *,
    width: int = 32,
    seed: int = 0,
    epochs: int | None = None,
    name: str | None = None,
    hold_out: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fit a baseline to graph files and write everything a run leaves behind.

    Parameters
    ----------
    method
        Key of `musegnn.baselines.registry.BASELINES`.
    graph_paths
        Files written by `musegnn graph`.
    run_folder
        New or empty folder; gets `config.json`, `provenance.json` and, last and at once, `result/`
        with the embedding, compact graphs and a manifest of hashes. There are no weights.
    width
        Columns D of the vectors, at least 1.
    seed
        Of all draws and of the map, 0 or more.
    epochs
        Rounds of training, at least 1; None takes the default of the baseline.
    name
        Name of the embedding shown in the dashboard; default: name of the run folder.
    hold_out
        Seed of what is hidden from the baseline for a benchmark (`musegnn.graphs.hold_out`).
    progress
        Told about epochs and steps.

    Returns
    -------
    Path of `embedding.h5ad`.

    Raises
    ------
    InputError, DataFileError, TrainingError
        If something cannot be used; no half-written result stays.
    """
    check_choice(method, tuple(BASELINES), name="baseline")
    run_folder, progress = Path(run_folder), progress or Silent()
    if run_folder.exists() and not (run_folder.is_dir() and not any(run_folder.iterdir())):
        msg = f"Expected a new or empty folder for the run, found something in {run_folder}."
        raise InputError(msg, "Choose another folder with `-o`.")
    # sorted, so that the order on the command line changes nothing
    graphs = sorted((read_gene_graph(path) for path in graph_paths), key=lambda g: g.name)
    check_graphs(graphs)
    config = {"method": method, "width": width, "seed": seed, "epochs": epochs}
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    entry = BASELINES[method]
    reference = f" ({entry.reference})" if entry.reference else ""
    common = describe_training(
        graphs, TrainingConfig(seed=seed), "cpu", name or run_folder.resolve().name
    )
    provenance = {
        **common,
        "model": f"{method}: {entry.summary}{reference}",
        "config": config,
        "config_hash": digest[:12],
    }
    vectors = fit_baseline(
        method,
        hide(graphs, hold_out, provenance),
        width=width,
        seed=seed,
        epochs=epochs,
        progress=progress,
    )
    write_json(run_folder / CONFIG_FILE, config)
    write_json(run_folder / PROVENANCE_FILE, provenance)
    finish(run_folder, graphs, TrainedModel(vectors, nn.Module(), []), provenance, progress)
    return run_folder / RESULT_FOLDER / keys.EMBEDDING_FILE
