"""The work of molecules: a context graph in; an encoder, vectors and a map out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from musegnn.border.documents import WrongDocument, parse_json
from musegnn.border.regular import hash_regular
from musegnn.border.tensors import check_tensors
from musegnn.embeddings.vector_set import write_vector_set
from musegnn.errors import DataFileError, InputError, MuseGNNError
from musegnn.model.molecule_encoder import MoleculeEncoder
from musegnn.molecules.context_graph import ContextGraph, read_context
from musegnn.molecules.encoder_inputs import (
    EncoderInputs,
    FeatureScale,
    descriptor_names,
    read_inputs,
)
from musegnn.molecules.forms import forms_digest
from musegnn.molecules.molecule_set import (
    CLUSTER,
    MODEL,
    SCAFFOLD,
    describe_molecules,
    molecule_set,
)
from musegnn.molecules.plain_encoder import check_made_here
from musegnn.runs.files import write_json
from musegnn.runs.identifiers import is_run_id
from musegnn.runs.kinds.molecules import CONTEXT, ENCODER_FILE, MOLECULES_FILE, MoleculeSettings
from musegnn.runs.presets import parse_settings
from musegnn.training.bottleneck import BottleneckObjective, encode_molecules, make_encoder
from musegnn.worker.provenance import describe_run, versions
from musegnn.worker.task import Done, Task
from musegnn.worker.without_graphs import train_without_graphs

_ROLE: Final = "an encoder of molecules (.safetensors)"
_SCALE: Final = "scale."


@dataclass(frozen=True)
class Encoder:
    """A trained encoder.

    Parameters
    ----------
    network
        With its weights.
    scale
        On which it reads descriptors.
    about
        What its file says of it: `settings`, `context`, `descriptors`, `forms`.
    """

    network: MoleculeEncoder
    scale: FeatureScale
    about: dict[str, Any]

    def encode(self, inputs: EncoderInputs) -> tuple[np.ndarray, np.ndarray]:
        """Codes `(M, C)` and bits kept `(M,)`; zeros for what could not be read."""
        return encode_molecules(self.network, inputs, self.scale, torch.device("cpu"))


def train_molecules(task: Task) -> Done:
    """Train, and write encoder, vectors and map."""
    settings = task.settings_of(MoleculeSettings)
    config, report, folder = task.config, task.report, task.folder
    torch.set_num_threads(config.threads)
    (path,) = task.files(CONTEXT)
    report.say(message="Reads the context and the structures of its molecules.")
    context = read_context(path)
    inputs = read_inputs(context.smiles)
    _check_molecules(context, inputs)
    scale = FeatureScale.of(inputs.descriptors)
    objective, last = _train(task, context, inputs, scale, hash_regular(path, links=True))
    run_id = folder.path.name
    own = {"run_id": run_id, "run_config_hash": config.config_hash} if is_run_id(run_id) else {}
    provenance: dict[str, Any] = {
        "name": config.name,
        "model": MODEL,
        "config": settings.to_dict(),
        "config_hash": settings.hash,
        "seed": settings.seed,
        "device": config.device,
        "threads": config.threads,
        "context": [block.label for block in context.blocks],
        "left out of the context": context.left_out,
        "versions": versions(),
        **own,
    }
    write_json(folder.provenance, {**describe_run(folder.path, config), **provenance})
    about = {"settings": settings.to_dict(), "context": provenance["context"]}
    write_encoder(task.result / ENCODER_FILE, objective.network.encoder, scale, about)
    report.say(message="Makes the map of the result.", seconds_left=None)
    task.console.say("map: nearest neighbours, clusters, UMAP")
    codes, bits = objective.codes()
    names = context.blocks[0].names
    table = describe_molecules(names, context.smiles, inputs.keys, inputs.scaffolds, bits)
    found = molecule_set(
        codes, table, seed=settings.seed, provenance=provenance, details=(SCAFFOLD, CLUSTER)
    )
    write_vector_set(found, task.result / MOLECULES_FILE, precision=np.float16)
    sentence = f"done: {len(codes):,} molecules, {bits.mean():.1f} bits each, in {folder.result}"
    return Done(sentence, {"provenance": provenance, "final_epoch": last})


def _check_molecules(context: ContextGraph, inputs: EncoderInputs) -> None:
    """Raise unless every structure of a context can be read."""
    unread = np.flatnonzero(~inputs.is_read)
    if len(unread):
        text = context.smiles[unread[0]][:60]
        msg = f"Expected structures in the context, found {len(unread):,} others such as {text!r}."
        raise InputError(msg, "Make the context again from structures that can be read.")


def _train(
    task: Task, context: ContextGraph, inputs: EncoderInputs, scale: FeatureScale, digest: str
) -> tuple[BottleneckObjective, dict[str, Any] | None]:
    """Train from the checkpoint, where there is one."""
    settings = task.settings_of(MoleculeSettings)
    device = torch.device(task.config.device)
    objective = BottleneckObjective(context, inputs, scale, settings, device)
    last = train_without_graphs(task, objective, settings, digest=digest, device=device)
    return objective, last


def write_encoder(
    path: Path,
    encoder: MoleculeEncoder,
    scale: FeatureScale,
    about: dict[str, Any],
    *,
    precision: torch.dtype = torch.float32,
) -> None:
    """Write an encoder with everything that is needed to use it."""
    tensors = {
        name: value.cpu().contiguous().to(precision if value.is_floating_point() else value.dtype)
        for name, value in encoder.state_dict().items()
    }
    tensors[f"{_SCALE}levels"] = torch.from_numpy(np.ascontiguousarray(scale.levels, np.float32))
    tensors[f"{_SCALE}medians"] = torch.from_numpy(np.ascontiguousarray(scale.medians, np.float32))
    told = {**about, "descriptors": list(descriptor_names()), "forms": forms_digest()}
    save_file(tensors, path, metadata={"musegnn": json.dumps(told, sort_keys=True)})


def read_encoder(path: Path) -> Encoder:
    """Read an encoder that a training wrote.

    Raises
    ------
    DataFileError
        If it is none, or learned of other descriptors or forms than molecules have here.
    """
    told = check_tensors(path, role=_ROLE)
    try:
        about = parse_json(told["musegnn"])
        settings = parse_settings(about["settings"])
        names = tuple(about["descriptors"])
        if not isinstance(settings, MoleculeSettings):
            raise TypeError
        with safe_open(str(path), framework="pt") as stream:
            tensors = {name: stream.get_tensor(name).float() for name in stream.keys()}  # noqa: SIM118 - no mapping
        scale = FeatureScale(
            tensors.pop(f"{_SCALE}levels").numpy(), tensors.pop(f"{_SCALE}medians").numpy()
        )
        network = make_encoder(settings, scale)
        network.load_state_dict(tensors)
    except (
        *(KeyError, TypeError, RuntimeError, WrongDocument, SafetensorError, MuseGNNError),
    ) as error:
        msg = f"Expected {_ROLE}, found something else in {path}."
        raise DataFileError(msg, "Take the one that ships, or that a training wrote.") from error
    check_made_here(about, names, path)
    return Encoder(network.eval(), scale, about)
