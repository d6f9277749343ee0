"""The work of fusions: vectors of modalities in, one fused vector a gene out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from musegnn import keys
from musegnn.border.regular import hash_regular
from musegnn.embeddings.embedding_set import read_embedding_set, write_embedding_set
from musegnn.fusion.fused_set import fused_set, stacked
from musegnn.fusion.joining import Joined, join_by_svd
from musegnn.runs.files import write_json
from musegnn.runs.identifiers import is_run_id
from musegnn.runs.kinds.fusion import ATTENTION_FILE, MODALITIES, FusionSettings
from musegnn.training.fusion import FusionObjective
from musegnn.worker.here import perform_on_files
from musegnn.worker.provenance import describe_run, versions
from musegnn.worker.task import Done, Task
from musegnn.worker.without_graphs import train_without_graphs

_MODELS: Final = {
    "svd": "leading directions of modalities side by side",
    "attention": "masked attention over modalities (after Kidder, bioRxiv 2026.02.13.689089)",
}


def fuse(task: Task) -> Done:
    """Fuse, and write the set and what each modality does to each gene."""
    settings = task.settings_of(FusionSettings)
    config, report, folder = task.config, task.report, task.folder
    report.say(message="Reads the modalities.")
    torch.set_num_threads(config.threads)
    (path,) = task.files(MODALITIES)
    modalities = read_embedding_set(path)
    genes, vectors, present, contexts = stacked(modalities)
    run_id = folder.path.name
    own = {"run_id": run_id, "run_config_hash": config.config_hash} if is_run_id(run_id) else {}
    provenance: dict[str, Any] = {
        "name": config.name,
        "model": _MODELS[settings.joining],
        "config": settings.to_dict(),
        "config_hash": settings.hash,
        "seed": settings.seed,
        "device": config.device,
        "threads": config.threads,
        "fused": contexts,
        "versions": versions(),
        **own,
    }
    write_json(folder.provenance, {**describe_run(folder.path, config), **provenance})
    last = None
    if settings.joining == "svd":
        report.say(state="running", message="Joins the modalities.")
        joined = join_by_svd(vectors, present, settings.fused_width)
    else:
        joined, last = _train(task, vectors, present, path)
    report.say(message="Makes the map of the result.", seconds_left=None)
    task.console.say("map: nearest neighbours, clusters, UMAP")
    found = fused_set(
        modalities,
        joined.fused,
        genes,
        seed=settings.seed,
        provenance=provenance,
        width=settings.context_width,
    )
    write_embedding_set(found, task.result / keys.EMBEDDING_FILE)
    attention_table(genes, contexts, joined, present).to_parquet(
        task.result / ATTENTION_FILE, index=False, compression="zstd"
    )
    sentence = f"done: {len(genes)} genes of {len(contexts)} modalities in {folder.result}"
    return Done(sentence, {"provenance": found.provenance, "final_epoch": last})


def _train(
    task: Task, vectors: np.ndarray, present: np.ndarray, path: Path
) -> tuple[Joined, dict[str, Any] | None]:
    """Train attention, from its checkpoint where there is one, and write its weights."""
    settings, config = task.settings_of(FusionSettings), task.config
    device = torch.device(config.device)
    objective = FusionObjective(vectors, present, settings, device)
    last = train_without_graphs(
        task, objective, settings, digest=hash_regular(path, links=True), device=device
    )
    weights = objective.network.state_dict().items()
    plain = {key: value.cpu().contiguous() for key, value in weights}
    save_file(plain, task.result / keys.WEIGHTS_FILE)
    fused, shares = objective.fuse()
    joined = Joined(fused, shares, leave_one_out(objective, present))
    return joined, last


def leave_one_out(objective: FusionObjective, present: np.ndarray) -> np.ndarray:
    """Tell how much the fused vector of each gene turns when a modality is left out.

    Returns
    -------
    `(G, M)` float32, 1 minus the cosine; NaN where the modality is missing, or is the only one.
    """
    whole, _ = objective.fuse()
    whole = whole / np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-12)
    changes = np.full(present.shape, np.nan, dtype=np.float32)
    for number in range(present.shape[1]):
        part, _ = objective.fuse(number)
        part = part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-12)
        asked = present[:, number] & (present.sum(axis=1) > 1)
        changes[asked, number] = 1 - np.einsum("gd,gd->g", whole, part)[asked]
    return changes


def attention_table(
    genes: Sequence[str], contexts: Sequence[str], joined: Joined, present: np.ndarray
) -> pd.DataFrame:
    """Put share and change of each gene and modality into one table.

    Returns
    -------
    `gene`, then `weight of MODALITY` (sum 1 over those that a gene has) and `change without
    MODALITY` (0 to 2), empty where a gene lacks the modality.
    """
    columns: dict[str, Any] = {"gene": [str(gene) for gene in genes]}
    for number, name in enumerate(contexts):
        there = present[:, number]
        columns[f"weight of {name}"] = np.where(there, joined.shares[:, number], np.nan)
        columns[f"change without {name}"] = joined.changes[:, number]
    table = pd.DataFrame(columns)
    return table.astype(dict.fromkeys(table.columns[1:], np.float32)).round(4)


def fuse_here(folder: Path, modalities: Path, settings: FusionSettings, **asked: Any) -> None:
    """Fuse in this process, in a folder of one's own choice.

    Parameters
    ----------
    folder
        New or empty, or of a run that was stopped.
    modalities
        Embedding set with a context for each modality.
    settings
        All settings.
    **asked
        device, name, is_resumed, console as in `musegnn.worker.here.perform_on_files`.

    Raises
    ------
    InputError, DataFileError, TrainingError
        If something cannot be used; no half-written result stays.
    """
    perform_on_files(folder, settings, {MODALITIES: modalities}, **asked)
