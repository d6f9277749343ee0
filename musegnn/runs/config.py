"""What a run is: its complete configuration, written before it starts and never changed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from musegnn.errors import RunError
from musegnn.runs.files import CONFIG, read_json, write_json
from musegnn.runs.graph_sources import GraphSource
from musegnn.runs.identifiers import RUN_ID
from musegnn.runs.schema_errors import explain
from musegnn.runs.settings_forms import TrainingSettings

Executor = Literal["local", "slurm", "inprocess"]
Device = Literal["cpu", "cuda"]


class RunConfig(BaseModel):
    """Content of `config.json`.

    Parameters
    ----------
    schema_version
        Of this file.
    name
        Name for people at the start; a new name stands in `label.json`.
    created
        When the run was asked for, ISO 8601 in UTC.
    preset
        Preset the settings come from; "" for settings of one's own.
    settings
        All settings of the training, seed and epochs included.
    graphs
        What is trained on, sorted by name, each with the hash of its file.
    device, threads
        Where it computes. The number of threads belongs to the result: sums are ordered by it.
    executor
        What starts it.
    slurm
        Parameters for sbatch.
    live_map_every
        Epochs from one frame of the live map to the next at least; 0 makes none.
    hold_out
        Seed of what is hidden for a benchmark; None hides nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    schema_version: Literal[1] = 1
    name: str = Field(min_length=1, max_length=100)
    created: datetime
    preset: str = Field("", max_length=100)
    settings: TrainingSettings
    graphs: Annotated[list[GraphSource], Field(min_length=1, max_length=1000)]
    device: Device
    threads: int = Field(ge=1, le=256)
    executor: Executor
    slurm: dict[str, str | int] = Field(default_factory=dict)
    live_map_every: int = Field(5, ge=0, le=1_000_000)
    hold_out: int | None = Field(None, ge=0, lt=2**31)

    @property
    def config_hash(self) -> str:
        """SHA-256 of all that decides the result: settings, graphs, device, threads, hold-out.

        Names, places of files and what starts the run are left out: two runs with the same hash
        give the same embedding, on the CPU byte for byte.
        """
        decisive = {
            "settings": self.settings.model_dump(mode="json"),
            "graphs": [[graph.name, graph.sha256] for graph in self.graphs],
            "device": self.device,
            "threads": self.threads,
            "hold_out": self.hold_out,
        }
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    @property
    def n_genes(self) -> int:
        """Genes in context: rows of the embedding that will come out."""
        return sum(graph.n_genes for graph in self.graphs)


def write_run_config(folder: Path, config: RunConfig) -> None:
    """Write `config.json`."""
    write_json(folder / CONFIG, config.model_dump(mode="json"))


def read_run_config(folder: Path) -> RunConfig:
    """Read `config.json` of a run and check that nobody has changed it.

    Raises
    ------
    RunError
        If it is missing or cannot be used, or does not fit the id of the run, which carries the
        first digits of its hash.
    """
    values = read_json(folder / CONFIG)
    if values is None:
        msg = f"Expected the configuration of a run, found none that can be read in {folder.name}."
        raise RunError(msg, "Delete this run, and start a new one.")
    config = parse_run_config(values, where=folder.name)
    found = RUN_ID.fullmatch(folder.name)
    seed, method = str(config.settings.seed), config.settings.method
    is_own = found is not None and (found["seed"], found["method"]) == (seed, method)
    if found is None or not is_own or found["hash"] != config.config_hash[:6]:
        msg = f"Expected the configuration that {folder.name} was started with, found another."
        raise RunError(msg, "config.json was changed by hand. Put it back, or start a new run.")
    return config


def parse_run_config(values: dict[str, Any], *, where: str) -> RunConfig:
    """Check plain values against the schema.

    Raises
    ------
    RunError
        If a key is unknown or a value cannot be used.
    """
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        message, _ = explain(error, RunConfig)
        msg = f"{message.rstrip('.')}, in config.json of {where}."
        raise RunError(msg, "Delete this run, and start a new one.") from error
