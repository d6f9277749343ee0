"""Execute a training run: graphs in, a complete result folder out."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.torch import save_file

from musegnn import __version__, keys
from musegnn.embeddings.embedding_set import EmbeddingSet, write_embedding_set
from musegnn.embeddings.map_layout import compute_map
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph, write_gene_graph
from musegnn.graphs.hold_out import EDGE_SHARE, NAME_SHARE, draw_hold_out, mask_graphs
from musegnn.io.atomic import replacing
from musegnn.progress import Progress, Silent
from musegnn.training.checkpoint import read_checkpoint
from musegnn.training.config import TrainingConfig
from musegnn.training.distributed import join_team
from musegnn.training.loop import (
    Checkpointing,
    EpochRecord,
    TrainedModel,
    check_graphs,
    choose_device,
    train,
)

RESULT_FOLDER = "result"
CONFIG_FILE = "config.json"
PROVENANCE_FILE = "provenance.json"
METRICS_FILE = "metrics.jsonl"
CHECKPOINT_FILE = "checkpoint.safetensors"
BEST_FILE = "best.safetensors"
UNFINISHED_FILES = frozenset(
    {CONFIG_FILE, PROVENANCE_FILE, METRICS_FILE, CHECKPOINT_FILE, BEST_FILE}
)
PACKAGES = ("torch", "dgl", "numpy", "scipy", "scanpy", "umap-learn", "anndata")


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
        provenance = _provenance(graphs, config, str(chosen), name or run_folder.resolve().name)
        if team.size > 1:
            provenance["processes"] = team.size
        seen = graphs
        if hold_out is not None:
            seen = mask_graphs(graphs, draw_hold_out(graphs, hold_out))
            provenance["hold_out"] = {
                "seed": hold_out,
                "edge_share": EDGE_SHARE,
                "name_share": NAME_SHARE,
            }
        checkpointing = Checkpointing(run_folder / CHECKPOINT_FILE)
        if team.is_first:
            _prepare_folder(run_folder, config, provenance, checkpointing, resume=resume)
        team.wait()
        trained = train(
            seen,
            config,
            device=device,
            progress=progress if team.is_first else None,
            on_epoch=_log_to(run_folder / METRICS_FILE) if team.is_first else None,
            checkpointing=checkpointing,
            team=team,
        )
    if team.is_first:
        _finish(run_folder, graphs, trained, provenance, progress or Silent())
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
    _write_json(run_folder / CONFIG_FILE, config.to_dict())
    _write_json(run_folder / PROVENANCE_FILE, provenance)
    _drop_later_epochs(run_folder / METRICS_FILE, checkpointing.path)


def _log_to(path: Path) -> Callable[[EpochRecord], None]:
    """Return what appends the record of an epoch to a file, so that it can be read at once."""

    def log(record: EpochRecord) -> None:
        with path.open("a", encoding="utf-8") as metrics:
            metrics.write(json.dumps(record.to_dict()) + "\n")

    return log


def _finish(
    run_folder: Path,
    graphs: list[GeneGraph],
    trained: TrainedModel,
    provenance: dict[str, Any],
    progress: Progress,
) -> None:
    """Make the map and write the result folder at once."""
    if trained.best:
        provenance["best_validation"] = trained.best
    progress.say("map: nearest neighbours, clusters, UMAP")
    embedding = assemble(graphs, trained, provenance, seed=provenance["seed"])
    with replacing(run_folder / RESULT_FOLDER) as temporary:
        _write_result(temporary, embedding, graphs, trained)
    progress.say(
        f"done: {len(embedding.genes)} genes-in-context of {len(graphs)} datasets in "
        f"{run_folder / RESULT_FOLDER / keys.EMBEDDING_FILE}"
    )


def _drop_later_epochs(metrics: Path, checkpoint: Path) -> None:
    """Cut the record of epochs to those that the checkpoint has seen; a torn last line goes too."""
    if not metrics.is_file():
        return
    done = read_checkpoint(checkpoint).epoch if checkpoint.is_file() else 0
    lines = metrics.read_text(encoding="utf-8").splitlines()
    with replacing(metrics) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines[:done]), encoding="utf-8")


def _check_folder(run_folder: Path) -> None:
    """Raise unless the folder is new, empty, or holds a run that ended without a result."""
    if not run_folder.exists():
        return
    if run_folder.is_dir() and {path.name for path in run_folder.iterdir()} <= UNFINISHED_FILES:
        return
    msg = f"Expected a new or empty folder for the run, found something in {run_folder}."
    raise InputError(msg, "Choose another folder with `-o`.")


def assemble(
    graphs: list[GeneGraph], trained: TrainedModel, provenance: dict[str, Any], *, seed: int
) -> EmbeddingSet:
    """Join the vectors of all graphs into one embedding set with clusters and map."""
    vectors = np.concatenate(trained.vectors)
    layout = compute_map(vectors, seed=seed)
    tables = []
    for graph in graphs:
        table = graph.genes[
            [keys.GENE, keys.GENE_ID, keys.COMMON_GENE, keys.ORTHOLOG, keys.MEAN]
        ].copy()
        table[keys.DATASET] = graph.name
        table[keys.SPECIES_COLUMN] = graph.species
        table[keys.TISSUE] = graph.tissue
        table[keys.MODALITY] = graph.modality
        table[keys.DEGREE] = graph.degree
        tables.append(table)
    genes = pd.concat(tables, ignore_index=True)
    genes[keys.CLUSTER] = layout.clusters
    return EmbeddingSet(
        vectors=vectors,
        genes=genes,
        layout=layout.coordinates,
        neighbour_graph=layout.neighbour_graph,
        datasets=_dataset_table(graphs),
        provenance=provenance,
    )


def _dataset_table(graphs: list[GeneGraph]) -> pd.DataFrame:
    """Describe each context: size, density, origin."""
    rows = [
        {
            "dataset": graph.name,
            "species": graph.species,
            "tissue": graph.tissue,
            "modality": graph.modality,
            "technique": graph.provenance.get("source", {}).get("modality", graph.modality),
            "n_cells": graph.provenance.get("n_cells", 0),
            "n_genes": graph.n_genes,
            "n_edges": graph.n_edges,
            "density": graph.density,
            "source": graph.provenance.get("source", {}).get("source", ""),
            "licence": graph.provenance.get("source", {}).get("licence", ""),
            "publication": graph.provenance.get("source", {}).get("publication", ""),
        }
        for graph in graphs
    ]
    return pd.DataFrame(rows).set_index("dataset")


def _provenance(
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
        "graph_presets": sorted({str(g.provenance.get("preset", "")) for g in graphs}),
        "species_joined_by": (
            "one-to-one orthologs" if species_joined else "nothing: no ortholog table was at hand"
        ),
        "datasets": [graph.name for graph in graphs],
        "versions": {
            "musegnn": __version__,
            "python": platform.python_version(),
            **{package: _version(package) for package in PACKAGES},
        },
    }


def _version(package: str) -> str:
    """Installed version of a package, or "absent"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _write_result(
    folder: Path, embedding: EmbeddingSet, graphs: list[GeneGraph], trained: TrainedModel
) -> None:
    """Write all files of a result folder; the manifest comes last."""
    folder.mkdir()
    write_embedding_set(embedding, folder / keys.EMBEDDING_FILE)
    for graph in graphs:
        write_gene_graph(graph.compact(), folder / keys.GRAPHS_FOLDER / f"{graph.name}.h5ad")
    weights = {key: value.cpu().contiguous() for key, value in trained.network.state_dict().items()}
    save_file(weights, folder / keys.WEIGHTS_FILE)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    _write_json(
        folder / keys.MANIFEST_FILE,
        {
            "files": {str(path.relative_to(folder)): _sha256(path) for path in files},
            "provenance": embedding.provenance,
            "final_epoch": trained.history[-1].to_dict() if trained.history else None,
            "command": " ".join(["musegnn", *sys.argv[1:]]) if sys.argv else "",
        },
    )


def _sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON that reads well and never stands half-written."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
