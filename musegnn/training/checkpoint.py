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

from musegnn.border.documents import Bounds, WrongDocument, parse_json
from musegnn.border.tensors import check_tensors
from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing
from musegnn.training.objective import Objective

FORMAT_VERSION = 1
_AGAIN = "Start the run again in a new folder."
_BOUNDS = Bounds(1 << 20)
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
    return _checkpoint(_header(path), path)


def _header(path: Path) -> dict[str, Any]:
    """Read and check what a checkpoint says about itself, without its tensors."""
    texts = check_tensors(path, role="a checkpoint")
    try:
        header = parse_json(texts.get("checkpoint", ""), _BOUNDS, any_number=True)
    except WrongDocument as error:
        msg = f"Expected a checkpoint, found something else in {path} ({error})."
        raise DataFileError(msg, _AGAIN) from error
    if not isinstance(header, dict) or header.get("format_version") != FORMAT_VERSION:
        msg = f"Expected a checkpoint of format {FORMAT_VERSION}, found another in {path}."
        raise DataFileError(msg, _AGAIN)
    return header


def _checkpoint(header: dict[str, Any], path: Path) -> Checkpoint:
    """Take a header apart; it may have been written by anybody."""
    values: list[Any] = [header.get(name) for name in ("epoch", "seconds", "best")]
    epoch, seconds, best = values
    hashes: list[Any] = [header.get(name) for name in ("config_hash", "graphs_hash")]
    numbers: list[Any] = [seconds, *best.values()] if isinstance(best, dict) else [None]
    is_whole = (
        type(epoch) is int
        and 0 <= epoch < 2**31
        and all(isinstance(text, str) for text in hashes)
        and set(best or ()) in (set(), {"auroc", "epoch"})
        and all(type(value) in (int, float) and abs(value) < 1e15 for value in numbers)
        and isinstance(header.get("rng"), dict)
    )
    if not is_whole:
        msg = f"Expected a checkpoint, found one whose header says something else: {path}."
        raise DataFileError(msg, _AGAIN)
    return Checkpoint(epoch, hashes[0], hashes[1], float(seconds), dict(best))


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
        raise DataFileError(msg, _AGAIN)
    optimiser = objective.optimiser.state_dict()
    try:
        optimiser["state"] = _optimiser_state(tensors, objective)
        drawn = type(objective.rng.bit_generator)()
        drawn.state = header["rng"]  # on one of its own first: it may be that of another generator
        if objective.generator is not None:
            torch.Generator().set_state(tensors[GENERATOR])
    except (LookupError, ValueError, TypeError, RuntimeError, OverflowError) as error:
        msg = f"Expected the state of this training, found another in {path}."
        raise DataFileError(msg, _AGAIN) from error
    objective.network.load_state_dict(weights)
    objective.optimiser.load_state_dict(optimiser)
    objective.rng.bit_generator.state = header["rng"]
    if objective.generator is not None:
        objective.generator.set_state(tensors[GENERATOR])


def _optimiser_state(
    tensors: dict[str, torch.Tensor], objective: Objective
) -> dict[int, dict[str, torch.Tensor]]:
    """Return what the optimiser knows of each weight; `ValueError` when it fits no weight."""
    groups = objective.optimiser.param_groups
    shapes = [weight.shape for group in groups for weight in group["params"]]
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if not name.startswith(OPTIMISER):
            continue
        number, key = name.removeprefix(OPTIMISER).split(".", 1)
        if value.dim() and value.shape != shapes[int(number)]:
            msg = f"{name} of another shape"
            raise ValueError(msg)
        state.setdefault(int(number), {})[key] = value
    if any(not 0 <= number < len(shapes) for number in state):
        msg = "states of other weights"
        raise ValueError(msg)
    return state


def _open(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Read header and tensors of a checkpoint."""
    header = _header(path)
    _checkpoint(header, path)
    try:
        with safe_open(str(path), framework="pt") as stream:
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValueError, zlib.error) as error:
        msg = f"Expected a checkpoint, found something else in {path} ({error})."
        raise DataFileError(msg, _AGAIN) from error
    return header, tensors
