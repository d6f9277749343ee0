"""What a run is: its complete configuration, written before it starts and never changed."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    SerializeAsAny,
    ValidationError,
    computed_field,
)

from musegnn.errors import InputError, RunError
from musegnn.runs.files import CONFIG, read_json, write_json
from musegnn.runs.graph_sources import FileSource, GraphSource, Shown
from musegnn.runs.identifiers import RUN_ID
from musegnn.runs.kind import Inputs, KindSettings, find_kind
from musegnn.runs.presets import parse_settings
from musegnn.runs.schema_errors import explain

Executor = Literal["local", "slurm", "inprocess"]
Device = Literal["cpu", "cuda"]


def clean_name(value: str) -> str:
    """Return a name without spaces around it.

    Raises
    ------
    ValueError
        If it is empty, too long, or holds characters that move the cursor or turn the text around.
    """
    value = value.strip()
    if not 1 <= len(value) <= 100:
        msg = "a name has 1 to 100 characters"
        raise ValueError(msg)
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for sign in value):
        msg = "a name has no control characters"
        raise ValueError(msg)
    return value


class Asked(BaseModel):
    """What a request and the configuration of a run both say.

    Parameters
    ----------
    name
        Name for people at the start; a new name stands in `label.json`.
    graphs
        Gene graphs that are read, as `list_graphs` and `choose_graphs` return them; of a run sorted
        by name, each with the hash of its file.
    files
        What else is read; of a run each with the hash of its content.
    slurm
        Parameters for sbatch, such as `{"partition": "gpu", "gres": "gpu:1"}`.
    live_map_every
        Epochs from one frame of the live map to the next at least; 0 makes none.
    hold_out
        Seed of what is hidden for a benchmark; None hides nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: Annotated[str, AfterValidator(clean_name)] = "run"
    graphs: Annotated[list[GraphSource], FailFast()] = Field(default_factory=list, max_length=1000)
    files: Annotated[list[FileSource], FailFast()] = Field(default_factory=list, max_length=1000)
    slurm: dict[str, str | int] = Field(default_factory=dict, max_length=100)
    live_map_every: int = Field(5, ge=0, le=1_000_000)
    hold_out: int | None = Field(None, ge=0, lt=2**31)

    @property
    def inputs(self) -> Inputs:
        """Sizes of what is read; a file that is gone counts nothing."""
        paths = [Path(file.path) for file in self.files]
        sizes = tuple(path.stat().st_size if path.is_file() else 0 for path in paths)
        return Inputs(tuple(graph.n_genes for graph in self.graphs), sizes)


class RunConfig(Asked):
    """Content of `config.json`.

    Parameters
    ----------
    schema_version
        Of this file. In version 1, which is still read, settings named their `method`, and a run
        read nothing but graphs.
    created
        When the run was asked for, ISO 8601 in UTC.
    preset
        Preset the settings come from; "" for settings of one's own.
    settings
        All settings of the kind of run, seed and epochs included.
    device, threads
        Where it computes. The number of threads belongs to the result: sums are ordered by it.
    executor
        What starts it.
    """

    schema_version: Literal[2] = 2
    created: datetime
    preset: Shown = ""
    settings: SerializeAsAny[KindSettings]
    device: Device
    threads: int = Field(ge=1, le=4096)
    executor: Executor

    @computed_field  # type: ignore[prop-decorator]
    @property
    def kind(self) -> str:
        """Name of the kind of run."""
        return self.settings.kind

    @property
    def seed(self) -> int:
        """Seed of the settings; 0 where nothing is drawn."""
        return getattr(self.settings, "seed", 0)

    @property
    def epochs(self) -> int:
        """Epochs of the settings; 0 where the work does not go on in epochs."""
        return getattr(self.settings, "epochs", 0) if find_kind(self.kind).trains else 0

    @property
    def config_hash(self) -> str:
        """SHA-256 of all that decides the result: settings, inputs, device, threads, hold-out.

        Names, places of files and what starts the run are left out: two runs with the same hash
        give the same result, on the CPU byte for byte.
        """
        decisive = {
            "settings": self.settings.decisive(),
            "graphs": [[graph.name, graph.sha256] for graph in self.graphs],
            "device": self.device,
            "threads": self.threads,
            "hold_out": self.hold_out,
        }
        if self.files:
            decisive["files"] = [[file.role, file.name, file.sha256] for file in self.files]
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()


def make_config(**values: Any) -> RunConfig:
    """Check values and make a configuration of them, asked for now.

    Raises
    ------
    InputError
        If a value cannot be used.
    """
    try:
        return RunConfig(created=datetime.now(UTC), **values)
    except ValidationError as error:
        raise InputError(*explain(error, RunConfig)) from error


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
    told = RUN_ID.fullmatch(folder.name)  # none for a folder of one's own choice
    own = (str(config.seed), config.kind, config.config_hash[:6])
    if told is not None and (told["seed"], told["kind"], told["hash"]) != own:
        msg = f"Expected the configuration that {folder.name} was started with, found another."
        raise RunError(msg, "config.json was changed by hand. Put it back, or start a new run.")
    return config


def parse_run_config(values: Mapping[str, Any], *, where: str) -> RunConfig:
    """Check plain values against the schema, of this version or the one before.

    Raises
    ------
    RunError
        If a key is unknown or a value cannot be used.
    """
    rest = {key: value for key, value in values.items() if key not in {"kind", "settings"}}
    if rest.get("schema_version") == 1:
        rest["schema_version"] = 2
    try:
        settings = parse_settings(values.get("settings"), kind=values.get("kind"))
        return RunConfig.model_validate({**rest, "settings": settings})
    except (ValidationError, InputError) as error:
        message = explain(error, RunConfig)[0] if isinstance(error, ValidationError) else str(error)
        msg = f"{message.rstrip('.')}, in config.json of {where}."
        raise RunError(msg, "Delete this run, and start a new one.") from error
