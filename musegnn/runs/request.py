"""A request for runs: checked against a schema before anything is written."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from musegnn.errors import InputError
from musegnn.launchers.batch_job import check_parameters
from musegnn.launchers.devices import count_threads, list_gpus, torch_uses_gpus
from musegnn.runs.config import Device, Executor, RunConfig
from musegnn.runs.graph_sources import (
    FileSource,
    GraphSource,
    choose_graphs,
    describe_graph,
    list_graphs,
    seal,
)
from musegnn.runs.kind import KindSettings, find_kind
from musegnn.runs.presets import change_settings, parse_settings, preset_settings, read_yaml
from musegnn.runs.schema_errors import explain

MOST_SEEDS = 100
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class RunRequest(BaseModel):
    """What a user asks for; one run for each seed comes of it.

    Parameters
    ----------
    graphs
        Gene graphs as `list_graphs` and `choose_graphs` return them.
    files
        What else the kind of run reads.
    name
        Name for people.
    preset
        Preset of `experiments/`; left out when there are settings.
    settings
        Settings of one's own; they know their kind.
    epochs, patience
        In place of those of the preset or settings.
    seeds
        One run for each.
    device
        "auto" takes a GPU where there is one.
    threads
        Of a run on the CPU; None takes what leaves room for the others.
    live_map_every
        Epochs from one frame of the live map to the next at least; 0 makes none.
    hold_out
        Seed of what is hidden for a benchmark; None hides nothing.
    slurm
        Parameters for sbatch, such as `{"partition": "gpu", "gres": "gpu:1"}`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    graphs: list[GraphSource] = Field(default_factory=list, max_length=1000)
    files: list[FileSource] = Field(default_factory=list, max_length=1000)
    name: str = Field("run", min_length=1, max_length=100)
    preset: str | None = Field(None, max_length=100)
    settings: KindSettings | None = None
    epochs: int | None = Field(None, ge=1, le=1_000_000)
    patience: int | None = Field(None, ge=0, le=100_000)
    seeds: Annotated[list[Seed], Field(min_length=1, max_length=MOST_SEEDS)] = [0]
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int | None = Field(None, ge=1, le=256)
    live_map_every: int = Field(5, ge=0, le=1_000_000)
    hold_out: int | None = Field(None, ge=0, lt=2**31)
    slurm: dict[str, str | int] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _check_name(cls, value: str) -> str:
        return clean_name(value)


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


def make_request(**values: Any) -> RunRequest:
    """Check values and make a request of them.

    Parameters
    ----------
    **values
        Fields of `RunRequest`; settings may be plain values that name their kind as `method`, in
        part: what is left out takes its default.

    Raises
    ------
    InputError
        If a key is unknown (the nearest known one is named) or a value cannot be used.
    """
    if values.get("settings") is not None:
        values["settings"] = parse_settings(values["settings"])
    try:
        request = RunRequest.model_validate(values)
    except ValidationError as error:
        raise InputError(*explain(error, RunRequest)) from error
    _check_inputs(request)
    return request


def _check_inputs(request: RunRequest) -> None:
    """Raise `InputError` unless there is all that the kind of run reads, and nothing else."""
    kind = find_kind(resolve_settings(request).kind)
    if kind.reads_graphs and not request.graphs:
        msg = "Expected a value for `graphs`, found none."
        raise InputError(msg, "Give a folder or a list of graph files.")
    if request.graphs and not kind.reads_graphs:
        msg = f"Expected no gene graphs for {kind.title}, found {len(request.graphs)}."
        raise InputError(msg, "Leave them out.")
    roles = [file.role for file in request.files]
    for need in kind.files:
        if not need.least <= roles.count(need.role) <= need.most:
            some = str(need.least) if need.least == need.most else f"{need.least} to {need.most}"
            msg = f"Expected {some} file(s) for {need.title}, found {roles.count(need.role)}."
            raise InputError(msg, f"Give them as `{need.role}`.")
    unknown = sorted(set(roles) - {need.role for need in kind.files})
    if unknown:
        msg = f"Expected only files that {kind.title} reads, found `{unknown[0]}`."
        raise InputError(msg, "Leave it out.")


def resolve(request: RunRequest, *, executor: Executor) -> list[RunConfig]:
    """Turn a request into the configuration of each of its runs.

    Graph files are hashed here, and the device is chosen.

    Raises
    ------
    InputError, DataFileError
        If the preset does not exist, two graphs have the same name, a graph file cannot be read, or
        a GPU is asked for where there is none.
    """
    settings = resolve_settings(request)
    names = [graph.name for graph in request.graphs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        msg = f"Expected each dataset once, found {repeated[0]!r} more often."
        raise InputError(msg, "Leave one of them out.")
    repeated_seeds = len(set(request.seeds)) < len(request.seeds)
    if repeated_seeds:
        msg = f"Expected each seed once, found {request.seeds}."
        raise InputError(msg, "Leave the repeated ones out.")
    has_seed = "seed" in type(settings).model_fields
    if not has_seed and request.seeds != [0]:
        msg = f"Expected no seeds, as nothing is drawn, found {request.seeds}."
        raise InputError(msg, "Leave them out.")
    check_parameters(request.slurm)
    graphs = sorted((seal(graph) for graph in request.graphs), key=lambda graph: graph.name)
    files = [seal(file) for file in request.files]
    device = _choose_device(request, executor)
    return [
        RunConfig(
            name=request.name if len(request.seeds) == 1 else f"{request.name}, seed {seed}"[:100],
            created=datetime.now(UTC),
            preset=request.preset or ("" if request.settings else "default"),
            settings=change_settings(settings, **({"seed": seed} if has_seed else {})),
            graphs=graphs,
            files=files,
            device=device,
            threads=request.threads or count_threads(),
            executor=executor,
            slurm=request.slurm,
            live_map_every=request.live_map_every,
            hold_out=request.hold_out,
        )
        for seed in request.seeds
    ]


def resolve_settings(request: RunRequest) -> KindSettings:
    """Return the settings of a request with epochs and patience put in.

    Raises
    ------
    InputError
        If both preset and settings are given, or the preset does not exist.
    """
    if request.preset is not None and request.settings is not None:
        msg = "Expected either a preset or settings, found both."
        raise InputError(msg, "Leave one of them out.")
    settings = request.settings or preset_settings(request.preset or "default")
    return change_settings(settings, epochs=request.epochs, patience=request.patience)


def read_request(path: Path, **options: Any) -> RunRequest:
    """Read a request from a YAML file.

    Parameters
    ----------
    path
        A file with the fields of `RunRequest`, where `graphs` is a folder, or a list of graph files
        and folders, relative to the file; or a file of settings such as those in `experiments/`,
        known by its `method`.
    **options
        Fields in place of those of the file; None leaves what the file says.

    Raises
    ------
    InputError, DataFileError
        If the file cannot be read, is no YAML, or something in it cannot be used.
    """
    values = read_yaml(Path(path))
    if not isinstance(values, Mapping):
        msg = f"Expected a request with `graphs` and a preset, found something else in {path}."
        raise InputError(msg, "Write `graphs: FOLDER` and `preset: default`, one a line.")
    values = {str(key): value for key, value in values.items()}
    if "method" in values:
        values = {"settings": values}
    values |= {key: value for key, value in options.items() if value is not None}
    if "settings" in values and options.get("preset") is not None:
        del values["settings"]
    if options.get("graphs") is None and "graphs" in values:
        values["graphs"] = find_graphs(values["graphs"], Path(path).parent)
    return make_request(**values)


def find_graphs(entries: Any, base: Path) -> list[GraphSource]:
    """Return the graphs that a file names: a folder, a file, or a list of them.

    Raises
    ------
    InputError, DataFileError
        If an entry is no path, or there is no graph.
    """
    listed = [entries] if isinstance(entries, str) else entries
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        msg = f"Expected `graphs` to be a folder or a list of files, found {str(entries)[:80]!r}."
        raise InputError(msg, "Write for example `graphs: data/atlas`.")
    found: list[GraphSource] = []
    for entry in listed:
        path = (base / entry).resolve()
        found += list_graphs(path) if path.is_dir() else [describe_graph(path)]
    return choose_graphs(found)


def _choose_device(request: RunRequest, executor: Executor) -> Device:
    """Decide where the runs compute, so that taking one up again decides nothing."""
    if request.device == "cpu":
        return "cpu"
    if executor == "slurm":
        wants_gpu = any("gpu" in f"{key}={value}" for key, value in request.slurm.items())
        return "cuda" if request.device == "cuda" or wants_gpu else "cpu"
    if list_gpus() and torch_uses_gpus():
        return "cuda"
    if request.device == "cuda":
        msg = "Expected a GPU for device `cuda`, found none that may be used."
        hint = "Choose `cpu`, or look at CUDA_VISIBLE_DEVICES and at the build of torch."
        raise InputError(msg, hint)
    return "cpu"
