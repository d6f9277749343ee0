"""Train a method on gene graphs, epoch after epoch, with checkpoints and validation."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from musegnn import keys
from musegnn.errors import InputError, Stopped, TrainingError
from musegnn.graphs.gene_graph import GeneGraph, check_graphs
from musegnn.progress import Progress, Silent, peak_memory
from musegnn.runs.kind import find_kind, load
from musegnn.runs.kinds.training import TrainingSettings
from musegnn.training.checkpoint import Checkpoint, read_checkpoint, restore, write_checkpoint
from musegnn.training.distributed import ALONE, Team
from musegnn.training.epoch import EpochRecord
from musegnn.training.memory import explaining_memory
from musegnn.training.objective import LOSS, Objective
from musegnn.training.validation import Validation

Encode = Callable[[Sequence[int]], list[np.ndarray]]


@dataclass(frozen=True)
class TrainedModel:
    """Result of training.

    Parameters
    ----------
    vectors
        `(G, D)` float32 of each graph.
    network
        All weights.
    history
        Records of the epochs of this session.
    best
        `auroc` and `epoch` of the weights, when chosen by validation; else empty.
    """

    vectors: list[np.ndarray]
    network: nn.Module
    history: list[EpochRecord]
    best: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpointing:
    """Where and how often the state is kept.

    Parameters
    ----------
    path
        Checkpoint file; the best state by validation lies beside it as `best.safetensors`.
    every_seconds
        Least time between two checkpoints; 0 writes one after each epoch.
    """

    path: Path
    every_seconds: float = 30.0

    @property
    def best_path(self) -> Path:
        """State with the best validation."""
        return self.path.with_name("best.safetensors")


class Watch(Protocol):
    """What looks at a training between its epochs, and may stop it."""

    def is_stop_asked(self) -> bool:
        """True when the training is to end before the next epoch."""

    def after_epoch(self, record: EpochRecord, encode: Encode) -> None:
        """Look at an epoch; `encode` gives the vectors of some graphs and changes nothing."""


def choose_device(option: str) -> torch.device:
    """Return the device for "auto", "cpu" or "cuda".

    Raises
    ------
    InputError
        If a GPU is asked for where torch finds none.
    """
    available = torch.cuda.is_available()
    if option == "cuda" and not available:
        msg = "Expected a GPU for device `cuda`, found none that torch can use."
        raise InputError(msg, "Use `--device cpu`, or install a torch build with CUDA.")
    return torch.device("cuda" if option == "cuda" or (option == "auto" and available) else "cpu")


def train(
    graphs: list[GeneGraph],
    config: TrainingSettings,
    *,
    device: str = "auto",
    progress: Progress | None = None,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    checkpointing: Checkpointing | None = None,
    team: Team = ALONE,
    watch: Watch | None = None,
) -> TrainedModel:
    """Train on gene graphs and encode them.

    Parameters
    ----------
    graphs
        At least one, with distinct names. With a single graph only terms within a graph act.
    config
        All settings; their kind chooses the objective.
    device
        "auto", "cpu" or "cuda".
    progress
        Told about each epoch.
    on_epoch
        Called with the record of each epoch.
    checkpointing
        Where the state is kept. If a checkpoint lies there it is taken up, and the result is that
        of a training that was never stopped: byte for byte on the CPU.
    team
        The processes that train together; only the first writes checkpoints.
    watch
        Looks at each epoch, and may ask to stop; for a team of one.

    Raises
    ------
    Stopped
        If it was asked to stop; a checkpoint of the last epoch lies there then.
    InputError
        If there is no graph or two have the same name.
    DataFileError
        If a checkpoint is damaged or belongs to other graphs or settings.
    TrainingError
        If a loss term or a weight is not finite; the message names it, and the epoch whose state
        is kept.
    """
    check_graphs(graphs)
    progress = progress or Silent()
    chosen = choose_device(device)
    validation = Validation.of(graphs, config)
    seen = graphs if validation is None else validation.masked
    with explaining_memory(None, chosen):
        objective = make_objective(seen, config, chosen, team)
    session = _Session(config, hash_graphs(graphs), checkpointing, validation, team)
    history = _run(
        session,
        objective,
        size=len(graphs),
        device=chosen,
        progress=progress,
        on_epoch=on_epoch,
        watch=watch,
    )
    with explaining_memory(objective, chosen):
        vectors = objective.encode()
    return TrainedModel(vectors, objective.network, history, session.best)


def train_objective(
    objective: Objective,
    config: Epochal,
    *,
    digest: str,
    device: torch.device,
    progress: Progress | None = None,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    checkpointing: Checkpointing | None = None,
    watch: Watch | None = None,
) -> list[EpochRecord]:
    """Train what reads no gene graphs, as `train` does; the objective holds what came of it.

    Parameters
    ----------
    objective
        Weights, optimiser and draws at their start.
    config
        Its settings.
    digest
        Of what it reads: a checkpoint of other inputs is not taken up.
    device
        Where it computes.
    progress, on_epoch, checkpointing, watch
        As in `train`.

    Returns
    -------
    Records of the epochs of this session.

    Raises
    ------
    Stopped, InputError, DataFileError, TrainingError
        As `train` does.
    """
    session = _Session(config, digest, checkpointing, None, ALONE)
    return _run(
        session,
        objective,
        size=1,
        device=device,
        progress=progress or Silent(),
        on_epoch=on_epoch,
        watch=watch,
    )


def _run(
    session: _Session,
    objective: Objective,
    *,
    size: int,
    device: torch.device,
    progress: Progress,
    on_epoch: Callable[[EpochRecord], None] | None,
    watch: Watch | None,
) -> list[EpochRecord]:
    """Take up the checkpoint, and run the epochs that are left."""
    session.resume(objective)
    history: list[EpochRecord] = []
    progress.start("training", session.config.epochs)
    for _ in range(session.epoch):
        progress.advance("done before")
    while session.epoch < session.config.epochs and not session.is_finished:
        session.stop_if_asked(objective, watch)
        with explaining_memory(objective, device):
            record = session.run_epoch(objective, size, device)
        history.append(record)
        if on_epoch is not None:
            on_epoch(record)
        session.keep(objective)  # last: no epoch is taken as done whose record is missing
        if watch is not None:
            watch.after_epoch(record, objective.encode)
        progress.advance(f"loss {record.loss:.4f}")
    progress.finish()
    session.stop_if_asked(objective, watch)
    session.close(objective)
    return history


def make_objective(
    graphs: list[GeneGraph], config: TrainingSettings, device: torch.device, team: Team = ALONE
) -> Objective:
    """Make what the kind of the settings trains: weights, optimiser and random draws."""
    return load(find_kind(config.kind).objective)(graphs, config, device, team)


class Epochal(Protocol):
    """Settings of what goes on in epochs."""

    @property
    def epochs(self) -> int:
        """How many."""

    @property
    def hash(self) -> str:
        """Of all settings that decide the result."""


class _Session:
    """Epochs from where a checkpoint stands, or from the first."""

    def __init__(
        self,
        config: Epochal,
        graphs_hash: str,
        checkpointing: Checkpointing | None,
        validation: Validation | None,
        team: Team,
    ) -> None:
        self.config, self.graphs_hash, self.team = config, graphs_hash, team
        self.checkpointing, self.validation = checkpointing, validation
        self.epoch, self.seconds, self.best = 0, 0.0, dict[str, float]()
        self._written, self._kept_epoch = time.monotonic(), 0

    def resume(self, objective: Objective) -> None:
        """Take up the checkpoint, if there is one."""
        if self.checkpointing is None or not self.checkpointing.path.is_file():
            return
        found = read_checkpoint(self.checkpointing.path)
        expected = (self.config.hash, self.graphs_hash)
        if (found.config_hash, found.graphs_hash) != expected:
            where = self.checkpointing.path
            msg = f"Expected a checkpoint of the same settings and graphs, found others in {where}."
            raise InputError(msg, "Choose another folder with `-o`, or give what the run had.")
        restore(self.checkpointing.path, objective)
        self.epoch, self.seconds, self.best = found.epoch, found.seconds, found.best
        self._kept_epoch = found.epoch

    @property
    def is_finished(self) -> bool:
        """True when validation has not improved for as long as the settings allow."""
        if self.validation is None or not self.best:
            return False
        waited = (self.epoch - self.best["epoch"]) / self.validation.config.validate_every
        return waited >= self.validation.config.patience

    def run_epoch(self, objective: Objective, n_graphs: int, device: torch.device) -> EpochRecord:
        """Run one epoch, and validate if it is time."""
        started = time.monotonic()
        means = {name: float(value) for name, value in objective.run_epoch().items()}
        self.epoch += 1
        self._check_finite(means, objective.network)
        auroc = self._validate(objective)
        spent = time.monotonic() - started
        self.seconds += spent
        return EpochRecord(
            epoch=self.epoch,
            seconds=self.seconds,
            loss=means.pop(LOSS),
            terms=means,
            graphs_per_second=n_graphs / max(spent, 1e-9),
            seconds_left=self.seconds / self.epoch * (self.config.epochs - self.epoch),
            memory_mib=_peak_memory(device),
            validation_auroc=auroc,
        )

    def _check_finite(self, means: dict[str, float], network: nn.Module) -> None:
        """Raise `TrainingError` when a term or a weight is not finite: no such state is kept."""
        broken = [name for name, value in means.items() if not np.isfinite(value)]
        if not broken:
            # the last step of an epoch can break weights whose loss nobody has seen yet
            sums = torch.stack([weight.detach().sum() for weight in network.parameters()])
            if bool(sums.isfinite().all()):
                return
            found = f"Weights became infinite or NaN at epoch {self.epoch}."
        else:
            name = next((name for name in broken if name != LOSS), LOSS)
            found = f"Loss became {means[name]} at epoch {self.epoch} ({name} term)."
        if self.checkpointing is not None and self._kept_epoch:
            found += f" The state after epoch {self._kept_epoch} is kept as a checkpoint."
        raise TrainingError(found, "Start again with a lower learning rate.")

    def stop_if_asked(self, objective: Objective, watch: Watch | None) -> None:
        """Raise `Stopped` when the watch asks for it; the state is kept before."""
        if watch is None or not watch.is_stop_asked():
            return
        if self.epoch:
            self.keep(objective, at_once=True)
        msg = f"Stopped after epoch {self.epoch} of {self.config.epochs}, as was asked."
        raise Stopped(msg, "Resume it to go on from there.")

    def close(self, objective: Objective) -> None:
        """Take the best weights where validation chose them."""
        if self.team.is_first and self.best and self.checkpointing is not None:
            restore(self.checkpointing.best_path, objective)
        elif self.best and self.checkpointing is None and self.validation is not None:
            self.validation.restore_best(objective)
        for weight in objective.network.state_dict().values():
            self.team.take_from_first(weight)

    def _validate(self, objective: Objective) -> float | None:
        """Score hidden edges when it is time; remember the best state."""
        if self.validation is None:
            return None
        every = self.validation.config.validate_every
        if self.epoch % every and self.epoch != self.config.epochs:
            return None
        score = self.validation.score(objective) if self.team.is_first else 0.0
        auroc = self.team.agree(score, next(objective.network.parameters()).device)
        if not self.best or auroc > self.best["auroc"]:
            self.best = {"auroc": auroc, "epoch": float(self.epoch)}
            if self.checkpointing is None:
                self.validation.keep_best(objective)
            elif self.team.is_first:
                write_checkpoint(self.checkpointing.best_path, objective, self._state())
        return auroc

    def keep(self, objective: Objective, *, at_once: bool = False) -> None:
        """Write a checkpoint when enough time has passed, and after the last epoch."""
        if self.checkpointing is None or not self.team.is_first:
            return
        waited = time.monotonic() - self._written
        is_last = self.epoch == self.config.epochs
        is_time = waited >= self.checkpointing.every_seconds or is_last or self.epoch == 1
        if (is_time or at_once) and self._kept_epoch != self.epoch:
            write_checkpoint(self.checkpointing.path, objective, self._state())
            self._written, self._kept_epoch = time.monotonic(), self.epoch

    def _state(self) -> Checkpoint:
        """Describe where the training stands."""
        return Checkpoint(self.epoch, self.config.hash, self.graphs_hash, self.seconds, self.best)


def hash_graphs(graphs: list[GeneGraph]) -> str:
    """Digest of everything that training sees of the graphs."""
    digest = hashlib.sha256()
    for graph in graphs:
        names = graph.genes[keys.COMMON_GENE].tolist()
        digest.update(json.dumps([graph.name, graph.label, names]).encode())
        adjacency = graph.message_adjacency
        abundance = graph.genes[keys.MEAN].to_numpy(dtype=np.float64)
        for array in (adjacency.indptr, adjacency.indices, graph.features, abundance):
            digest.update(np.ascontiguousarray(array).tobytes())
        if graph.unknown is not None:
            digest.update(np.packbits(graph.unknown.toarray()).tobytes())
    return digest.hexdigest()


def _peak_memory(device: torch.device) -> float:
    """Largest memory so far in MiB: of the device on a GPU, else of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    return peak_memory()
