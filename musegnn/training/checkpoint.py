"""State of a training that can be taken up again, bit for bit on the CPU."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing
from musegnn.training.objective import Objective

FORMAT_VERSION = 1
WEIGHT, OPTIMISER, GENERATOR = "network.", "optimiser.", "generator"


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands.

    Parameters
    ----------
    epoch
        Epochs that are done.
    config_hash, graphs_hash
        Of the settings and of the graphs; a checkpoint fits no others.
    seconds
        Time spent in these epochs.
    best
        Best validation so far (`auroc`, `epoch`), empty without validation.
    """

    epoch: int
    config_hash: str
    graphs_hash: str
    seconds: float
    best: dict[str, float]


def write_checkpoint(path: Path, objective: Objective, checkpoint: Checkpoint) -> None:
    """Write weights, optimiser state and random states as one safetensors file, at once.

    Raises
    ------
    DataFileError
        If it cannot be written; the checkpoint before stays.
    """
    tensors = {
        f"{WEIGHT}{name}": value.detach().cpu().contiguous().clone()
        for name, value in objective.network.state_dict().items()
    }
    for number, state in objective.optimiser.state_dict()["state"].items():
        for name, value in state.items():
            tensors[f"{OPTIMISER}{number}.{name}"] = torch.as_tensor(value).detach().cpu().clone()
    if objective.generator is not None:
        tensors[GENERATOR] = objective.generator.get_state().cpu().clone()
    header = {
        "format_version": FORMAT_VERSION,
        "epoch": checkpoint.epoch,
        "config_hash": checkpoint.config_hash,
        "graphs_hash": checkpoint.graphs_hash,
        "seconds": checkpoint.seconds,
        "best": checkpoint.best,
        "rng": objective.rng.bit_generator.state,
    }
    with replacing(path) as temporary:
        try:
            save_file(tensors, temporary, metadata={"checkpoint": json.dumps(header)})
        except SafetensorError as error:  # it does not say in numbers that the disk is full
            msg = f"Expected to be able to write {path}, found: {error}."
            hint = "Check the folder, its permissions and the free space."
            raise DataFileError(msg, hint) from error


def read_checkpoint(path: Path) -> Checkpoint:
    """Read what a checkpoint says about itself.

    Raises
    ------
    DataFileError
        If the file is missing, damaged or of another kind.
    """
    header = _open(path)[0]
    return Checkpoint(
        int(header["epoch"]),
        str(header["config_hash"]),
        str(header["graphs_hash"]),
        float(header["seconds"]),
        dict(header["best"]),
    )


def restore(path: Path, objective: Objective) -> None:
    """Put weights, optimiser state and random states back.

    Raises
    ------
    DataFileError
        If the file cannot be used for this objective; nothing is changed then.
    """
    header, tensors = _open(path)
    weights = {
        name.removeprefix(WEIGHT): value
        for name, value in tensors.items()
        if name.startswith(WEIGHT)
    }
    expected = objective.network.state_dict()
    if {name: value.shape for name, value in weights.items()} != {
        name: value.shape for name, value in expected.items()
    }:
        msg = f"Expected the weights of this network, found others in {path}."
        raise DataFileError(msg, "Start the run again in a new folder.")
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith(OPTIMISER):
            number, key = name.removeprefix(OPTIMISER).split(".", 1)
            state.setdefault(int(number), {})[key] = value
    optimiser = objective.optimiser.state_dict()
    optimiser["state"] = state
    objective.network.load_state_dict(weights)
    objective.optimiser.load_state_dict(optimiser)
    objective.rng.bit_generator.state = header["rng"]
    if objective.generator is not None:
        objective.generator.set_state(tensors[GENERATOR])


def _open(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Read header and tensors of a checkpoint."""
    try:
        with safe_open(str(path), framework="pt") as stream:
            header = json.loads((stream.metadata() or {})["checkpoint"])
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValueError, zlib.error) as error:
        msg = f"Expected a checkpoint, found something else in {path} ({error})."
        raise DataFileError(msg, "Start the run again in a new folder.") from error
    if header.get("format_version") != FORMAT_VERSION:
        msg = f"Expected a checkpoint of format {FORMAT_VERSION}, found another in {path}."
        raise DataFileError(msg, "Start the run again in a new folder.")
    return header, tensors
