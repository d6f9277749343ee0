"""A request for runs: checked against a schema before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from musegnn.errors import InputError
from musegnn.launchers.batch_job import check_parameters
from musegnn.launchers.devices import count_threads, list_gpus, torch_uses_gpus
from musegnn.runs.config import Asked, Device, Executor, RunConfig, make_config
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
from musegnn.validation import format_list

MOST_SEEDS = 100
LARGEST_SEED = 2**31 - 1
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]


class RunRequest(Asked):
    """What a user asks for; one run for each seed comes of it.

    Parameters
    ----------
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
    """

    model_config = ConfigDict(strict=True)

    preset: str | None = Field(None, max_length=100)
    settings: KindSettings | None = None
    epochs: int | None = Field(None, ge=1, le=1_000_000)
    patience: int | None = Field(None, ge=0, le=100_000)
    seeds: list[Seed] = Field(default=[0], min_length=1, max_length=MOST_SEEDS)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int | None = Field(None, ge=1, le=256)


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
    names = [graph.name for graph in request.graphs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        msg = f"Expected each dataset once, found {format_list(repeated, limit=3)} more often."
        raise InputError(msg, "Choose the datasets so that one of them is left out.")
    if kind.reads_graphs and not names:
        msg = "Expected at least one dataset, found none."
        raise InputError(msg, "Give gene graphs as `graphs`; choose other tissues or techniques.")
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
    values = {name: getattr(request, name) for name in Asked.model_fields}
    values |= {"graphs": graphs, "files": files, "device": device, "executor": executor}
    values["preset"] = request.preset or ("" if request.settings else "default")
    values["threads"] = request.threads or count_threads()
    many = len(request.seeds) > 1
    return [
        make_config(
            **values | ({"name": f"{request.name}, seed {seed}"[:100]} if many else {}),
            settings=change_settings(settings, seed=seed if has_seed else None),
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
        and folders, and `files` a path for each role, relative to the file; or a file of settings
        such as those in `experiments/`, known by its `method`.
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
    if options.get("files") is None and "files" in values:
        values["files"] = find_files(values["files"], Path(path).parent)
    return make_request(**values)


def find_graphs(entries: Any, base: Path) -> list[GraphSource]:
    """Return the graphs that a file names: a folder, a file, or a list of them.

    Raises
    ------
    InputError, DataFileError
        If an entry is no path, or there is no graph.
    """
    found: list[GraphSource] = []
    for path in _paths(entries, base, name="graphs"):
        found += list_graphs(path) if path.is_dir() else [describe_graph(path)]
    return choose_graphs(found)


def find_files(entries: Any, base: Path) -> list[FileSource]:
    """Return the other files that a file names: under each role a path, or a list of them."""
    if not isinstance(entries, Mapping):
        msg = f"Expected `files` to name what each file is, found {str(entries)[:80]!r}."
        raise InputError(msg, "Write for example `files: {counts: data/heart.h5ad}`.")
    return [
        FileSource(role=str(role)[:40], name=path.stem[:100], path=str(path))
        for role, given in entries.items()
        for path in _paths(given, base, name=str(role))
    ]


def _paths(entries: Any, base: Path, *, name: str) -> list[Path]:
    """Return a path or a list of paths that a file names, relative to its folder."""
    listed = [entries] if isinstance(entries, str) else entries
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        msg = f"Expected `{name}` to be a path or a list of paths, found {str(entries)[:80]!r}."
        raise InputError(msg, f"Write for example `{name}: data/atlas`.")
    return [(base / entry).resolve() for entry in listed]


def parse_seeds(text: str, *, most: int = MOST_SEEDS) -> list[int]:
    """Read seeds such as `0-4, 7`.

    Raises
    ------
    InputError
        If something is no whole number or range, a seed stands twice, or there are too many.
    """
    seeds: list[int] = []
    for part in re.split(r"[,;\s]+", text.strip()):
        match = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part)
        first = int(match[1]) if match else -1
        last = int(match[2]) if match and match[2] else first
        if not 0 <= first <= last <= LARGEST_SEED:
            msg = f"Expected seeds such as `0-4, 7`, found {part[:20]!r}."
            raise InputError(msg, "Give whole numbers from 0.")
        if len(seeds) + last - first + 1 > most:
            msg = f"Expected at most {most} seeds, found more."
            raise InputError(msg, "Start the others later.")
        seeds += range(first, last + 1)
    if len(set(seeds)) < len(seeds):
        msg = f"Expected each seed once, found {text.strip()[:40]!r}."
        raise InputError(msg, "Leave the repeated ones out.")
    return seeds


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
