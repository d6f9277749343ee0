"""Form of a new run: from what was typed to a request, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from musegnn.errors import InputError, MuseGNNError
from musegnn.launchers.batch_job import read_parameters
from musegnn.launchers.devices import Gpu
from musegnn.runs.config import Executor, RunConfig
from musegnn.runs.forecast import Estimate, estimate
from musegnn.runs.graph_sources import GraphSource
from musegnn.runs.kind import find_kind
from musegnn.runs.presets import list_presets, parse_settings, preset_settings
from musegnn.runs.record import RunRecord
from musegnn.runs.request import LARGEST_SEED, RunRequest, make_request, parse_seeds
from musegnn.screens.runs import view_schema as runs_schema
from musegnn.screens.runs.view_schema import SettingField, Value
from musegnn.screens.shell.words import digits, duration, memory

Device = Literal["auto", "cpu", "cuda"]
DEVICES: Final[tuple[Device, ...]] = ("auto", "cpu", "cuda")
DEVICE_NAMES: Final[dict[Device, str]] = {
    "auto": "automatic",
    "cpu": "CPU",
    "cuda": "GPU",
}


LIVE_MAP: Final = SettingField(
    "live_map_every",
    "Live map every ... epochs",
    "At least so many epochs lie between two frames; 0 makes no live map",
    *("whole", 5, 0, 1_000_000),
)
HOLD_OUT: Final = SettingField(
    "hold_out",
    "Hold-out seed",
    "Hides edges and names from training, so that `musegnn benchmark` can ask for them",
    *("optional", None, 0, LARGEST_SEED),
)


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
        if form.device == "cuda" and form.executor == "local" and not gpus:
            msg = "Expected a GPU on this machine, found none that may be used."
            raise InputError(msg, "Choose another device.")
        usual = preset_settings(form.preset, epochs=form.values.get("epochs"))
        values = {**runs_schema.flatten(usual.model_dump()), **form.values}
        settings = parse_settings(runs_schema.nest(values), kind=usual.kind)
        request = make_request(
            graphs=list(form.graphs),
            name=form.name.strip() or suggest_name(form.graphs),
            preset=form.preset if settings == usual else None,
            settings=None if settings == usual else settings,
            epochs=getattr(usual, "epochs", None),
            seeds=parse_seeds(form.seeds),
            device=form.device,
            live_map_every=form.live_map_every,
            hold_out=form.hold_out,
            slurm=read_parameters(split_list(form.slurm)) if form.executor == "slurm" else {},
        )
    except MuseGNNError as error:
        return Checked(None, str(error))
    return Checked(request)


def suggest_name(graphs: Sequence[GraphSource]) -> str:
    """Name a run after its tissues, or after the number of its datasets."""
    tissues = sorted({graph.tissue for graph in graphs if graph.tissue})
    if 1 <= len(tissues) <= 2:
        return " and ".join(tissues)[:80]
    return f"{len(graphs)} datasets"


def split_list(text: str) -> list[str]:
    """Split at commas, such as `partition=gpu, time=60`."""
    return [part.strip() for part in text.split(",") if part.strip()]


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
    epochs = f", {told.epochs:,} epochs" if told.epochs else ""
    sentence = (
        f"{runs}: {told.n_datasets} dataset{'s' if told.n_datasets > 1 else ''}, "
        f"{told.n_genes:,} genes in context{epochs}."
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


def form_presets() -> tuple[str, ...]:
    """Presets of the kinds that the form can ask for: those that read gene graphs and no more."""
    kinds = {name: find_kind(preset_settings(name).kind) for name in list_presets()}
    return tuple(name for name, kind in kinds.items() if kind.reads_graphs and not kind.files)


def form_values(config: RunConfig, *, name: str) -> dict[str, Value] | None:
    """Return what a form must hold to ask for a run like another one, graphs left out.

    Parameters
    ----------
    config
        Configuration of the run.
    name
        Its name for people.

    Returns
    -------
    Fields of `RunForm` by name, and settings by path under `setting:`; None when the form cannot
    ask for this kind of run.
    """
    presets = [p for p in form_presets() if preset_settings(p).kind == config.kind]
    if not presets:
        return None
    values: dict[str, Value] = {
        "name": name,
        "preset": config.preset if config.preset in presets else presets[0],
        "seeds": str(config.seed),
        "device": config.device,
        "executor": "slurm" if config.executor == "slurm" else "local",
        "live_map_every": config.live_map_every,
        "hold_out": config.hold_out,
        "slurm": ", ".join(f"{key}={value}" for key, value in sorted(config.slurm.items())),
    }
    settings = runs_schema.flatten(config.settings.model_dump())
    asked = {path: settings[path] for path in settings if path not in runs_schema.ASKED_ELSEWHERE}
    return values | {f"setting:{path}": value for path, value in asked.items()}
