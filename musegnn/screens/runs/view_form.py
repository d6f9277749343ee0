"""Form of a new run: from what was typed to a request, or to the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from musegnn.errors import InputError, MuseGNNError
from musegnn.launchers.devices import Gpu
from musegnn.runs.config import Executor, RunConfig
from musegnn.runs.forecast import Estimate, estimate
from musegnn.runs.graph_sources import GraphSource
from musegnn.runs.presets import list_presets, preset_settings
from musegnn.runs.record import RunRecord
from musegnn.runs.request import MOST_SEEDS, RunRequest, make_request
from musegnn.screens.runs import view_schema as runs_schema
from musegnn.screens.runs.view_schema import Value
from musegnn.screens.shell.words import digits, duration, memory
from musegnn.validation import format_list

Device = Literal["auto", "cpu", "cuda"]
DEVICES: Final[tuple[Device, ...]] = ("auto", "cpu", "cuda")
DEVICE_NAMES: Final[dict[Device, str]] = {
    "auto": "automatic",
    "cpu": "CPU",
    "cuda": "GPU",
}
_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class RunForm:
    """What was typed and chosen.

    Parameters
    ----------
    graphs
        Chosen gene graphs.
    name
        Name for people; "" lets `suggest_name` decide.
    preset
        Preset that the settings start from.
    values
        Settings by path, as in `musegnn.screens.runs.view_schema`; those of the preset where
        nothing was changed.
    epochs
        Rounds over all datasets.
    seeds
        Numbers and ranges such as `0-4, 7`.
    device, executor
        Where it computes, and what starts it.
    live_map_every
        Epochs between two frames of the live map; 0 makes none.
    hold_out
        Seed of what is hidden for a benchmark, or None.
    slurm
        Parameters for Slurm such as `partition=gpu, gres=gpu:1`.
    """

    graphs: tuple[GraphSource, ...] = ()
    name: str = ""
    preset: str = "default"
    values: Mapping[str, Value] = field(default_factory=dict)
    epochs: int = 40
    seeds: str = "0"
    device: Device = "auto"
    executor: Executor = "local"
    live_map_every: int = 5
    hold_out: int | None = None
    slurm: str = ""


@dataclass(frozen=True)
class Checked:
    """What became of a form.

    Parameters
    ----------
    request
        Ready to be submitted; None when something stands against it.
    problem
        What stands against it and what to do, one sentence; "" when nothing does.
    """

    request: RunRequest | None
    problem: str = ""


def check(form: RunForm, *, gpus: Sequence[Gpu] = ()) -> Checked:
    """Make a request of a form, or say why that cannot be.

    Parameters
    ----------
    form
        What was typed.
    gpus
        GPUs of this machine that may be used.
    """
    try:
        _check_graphs(form.graphs)
        if form.device == "cuda" and form.executor == "local" and not gpus:
            msg = "Expected a GPU on this machine, found none that may be used."
            raise InputError(msg, "Choose another device.")
        method, usual = runs_schema.preset_values(form.preset)
        values = {**usual, **form.values, "epochs": form.epochs}
        is_preset = all(values[path] == usual[path] for path in usual if path != "epochs")
        settings = runs_schema.make_settings(
            method, {k: v for k, v in values.items() if k != "seed"}
        )
        request = make_request(
            graphs=list(form.graphs),
            name=form.name.strip() or suggest_name(form.graphs),
            preset=form.preset if is_preset else None,
            settings=None if is_preset else settings,
            epochs=form.epochs,
            seeds=parse_seeds(form.seeds),
            device=form.device,
            live_map_every=form.live_map_every,
            hold_out=form.hold_out,
            slurm=parse_parameters(form.slurm) if form.executor == "slurm" else {},
        )
    except MuseGNNError as error:
        return Checked(None, str(error))
    return Checked(request)


def _check_graphs(graphs: Sequence[GraphSource]) -> None:
    """Raise `InputError` without a graph, or with two of the same name."""
    if not graphs:
        msg = "Expected at least one dataset, found none."
        raise InputError(msg, "Choose other tissues, species or techniques.")
    names = [graph.name for graph in graphs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"Expected each dataset once, found {format_list(twice, limit=3)} more often."
        raise InputError(msg, "Choose the datasets so that one of them is left out.")


def suggest_name(graphs: Sequence[GraphSource]) -> str:
    """Name a run after its tissues, or after the number of its datasets."""
    tissues = sorted({graph.tissue for graph in graphs if graph.tissue})
    if 1 <= len(tissues) <= 2:
        return " and ".join(tissues)[:80]
    return f"{len(graphs)} datasets"


def parse_seeds(text: str) -> list[int]:
    """Read seeds such as `0-4, 7`.

    Raises
    ------
    InputError
        If something is no whole number or range, a seed stands twice, or there are too many.
    """
    found: list[int] = []
    for part in re.split(r"[,;\s]+", text.strip()):
        match = re.fullmatch(r"(\d{1,10})(?:-(\d{1,10}))?", part)
        first = int(match[1]) if match else -1
        last = int(match[2]) if match and match[2] else first
        if not 0 <= first <= last <= _LARGEST_SEED:
            msg = f"Expected seeds such as `0-4, 7`, found {part[:20]!r}."
            raise InputError(msg, "Give whole numbers from 0.")
        if len(found) + last - first + 1 > MOST_SEEDS:
            msg = f"Expected at most {MOST_SEEDS} seeds, found more."
            raise InputError(msg, "Start the others later.")
        found += range(first, last + 1)
    if len(set(found)) < len(found):
        msg = f"Expected each seed once, found {text.strip()[:40]!r}."
        raise InputError(msg, "Leave the repeated ones out.")
    return found


def parse_parameters(text: str) -> dict[str, str | int]:
    """Read parameters such as `partition=gpu, time=60`.

    Raises
    ------
    InputError
        If a part has no name and value.
    """
    found: dict[str, str | int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = (piece.strip() for piece in part.partition("="))
        if not (name and sign and value):
            msg = f"Expected parameters such as `partition=gpu, time=60`, found {part[:40]!r}."
            raise InputError(msg, "Write a name, `=` and a value, with commas between them.")
        found[name] = int(value) if re.fullmatch(r"\d{1,9}", value) else value
    return found


@dataclass(frozen=True)
class Forecast:
    """What is to be said before the start.

    Parameters
    ----------
    sentence
        Time, memory, disk.
    source
        What the numbers rest on.
    warnings
        What speaks against starting.
    """

    sentence: str
    source: str
    warnings: tuple[str, ...] = ()


def forecast(
    request: RunRequest, *, root: Path, known: Sequence[RunRecord], gpus: Sequence[Gpu] = ()
) -> Forecast:
    """Say how long a request will take and what it needs.

    Parameters
    ----------
    request
        What is asked for.
    root
        Folder of all runs.
    known
        Runs that are there; finished ones set the pace.
    gpus
        GPUs that the device "auto" would take.
    """
    if request.device == "auto" and gpus:
        request = request.model_copy(update={"device": "cuda"})
    told: Estimate = estimate(request, root=root, known=known)
    runs = "1 run" if told.n_runs == 1 else f"{told.n_runs} runs, one for each seed"
    each = "" if told.n_runs == 1 else " each"
    sentence = (
        f"{runs}: {told.n_datasets} dataset{'s' if told.n_datasets > 1 else ''}, "
        f"{told.n_genes:,} genes in context, {told.epochs:,} epochs."
    )
    if told.seconds is not None:
        sentence += (
            f" About **{duration(told.seconds)}**{each} ({duration(told.shortest)} to "
            f"{duration(told.longest)}), **{memory(told.memory_mib)}** of memory, "
            f"{digits(told.disk_mib)} MiB on the disk{each}."
        )
        if told.n_runs > 1:
            sentence += f" One after the other: {duration(told.n_runs * told.seconds)}."
    return Forecast(sentence, told.source, told.warnings)


def form_values(config: RunConfig, *, name: str) -> dict[str, Value]:
    """Return what a form must hold to ask for a run like another one, graphs left out.

    Parameters
    ----------
    config
        Configuration of the run.
    name
        Its name for people.

    Returns
    -------
    Fields of `RunForm` by name, and settings by path under `setting:`.
    """
    method = config.kind
    settings = runs_schema.flatten(config.settings.model_dump(mode="python"))
    preset = config.preset
    if preset not in list_presets():
        preset = next(p for p in list_presets() if preset_settings(p).kind == method)
    values: dict[str, Value] = {
        "name": name,
        "preset": preset,
        "epochs": config.epochs,
        "seeds": str(config.seed),
        "device": config.device,
        "executor": "slurm" if config.executor == "slurm" else "local",
        "live_map_every": config.live_map_every,
        "hold_out": config.hold_out,
        "slurm": ", ".join(f"{key}={value}" for key, value in sorted(config.slurm.items())),
    }
    shown = {entry.path for entry in runs_schema.setting_fields(method)}
    return values | {f"setting:{path}": v for path, v in settings.items() if path in shown}
