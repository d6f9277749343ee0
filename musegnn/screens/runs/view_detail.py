"""One run in detail: numbers, settings, where it comes from, files to take away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from musegnn.io.spreadsheet import table_text
from musegnn.runs.files import PROVENANCE, read_json
from musegnn.runs.record import RunRecord
from musegnn.runs.usage import Usage
from musegnn.screens.runs.view_curves import LOSS, VALIDATION, CurveTable
from musegnn.screens.runs.view_list import STATE_MEANINGS
from musegnn.screens.runs.view_schema import flatten
from musegnn.screens.shell.words import (
    NOTHING,
    digits,
    duration,
    escaped,
    memory,
    moment,
    without_places,
)


@dataclass(frozen=True)
class Number:
    """A number at the top of the page.

    Parameters
    ----------
    label, text, meaning
        Its name with unit, the number, what it is.
    note
        Small text under it, or "".
    """

    label: str
    text: str
    meaning: str
    note: str = ""


@dataclass(frozen=True)
class RunDetail:
    """What is shown of one run beside its curves.

    Parameters
    ----------
    title, sentence
        Name, and what it does or what went wrong.
    hint
        What to do, or "".
    numbers
        What stands at the top.
    settings
        `setting, value`, one row a setting.
    graphs
        `dataset, species, tissue, technique, genes, file`.
    origin
        `fact, value`: hashes, versions, times.
    """

    title: str
    sentence: str
    hint: str
    numbers: tuple[Number, ...]
    settings: pd.DataFrame
    graphs: pd.DataFrame
    origin: pd.DataFrame


def build(record: RunRecord, curves: CurveTable) -> RunDetail:
    """Describe a run.

    Parameters
    ----------
    record
        What is known of it.
    curves
        All its epochs.
    """
    return RunDetail(
        title=record.name,
        sentence=_sentence(record),
        hint=record.hint,
        numbers=_numbers(record, curves),
        settings=settings_table(record),
        graphs=_graphs_table(record),
        origin=_origin_table(record),
    )


_SAID_ALREADY = {"Trains.", "Starts."}  # the state says so


def _sentence(record: RunRecord) -> str:
    """Say what a run does."""
    said = "" if record.message in _SAID_ALREADY else record.message.strip()
    meaning = f"**{record.state}**: {STATE_MEANINGS[record.state]}."
    return f"{meaning} {escaped(said)}" if said else meaning


def _numbers(record: RunRecord, curves: CurveTable) -> tuple[Number, ...]:
    """Collect the numbers at the top of the page."""
    unit = "epoch" if record.epochs else "step"
    done, of_all = record.counted
    learned = (
        _best(record, curves),
        Number(
            "last loss",
            digits(record.loss if record.loss is not None else curves.last(LOSS)),
            "Weighted sum of the terms in the last epoch; smaller is better",
        ),
    )
    return (
        Number(unit, f"{done:,} / {of_all:,}", f"{unit.title()}s done, and of all", record.stage),
        *(learned if record.epochs else ()),
        Number(
            "time left",
            duration(record.seconds_left),
            f"Estimate up to the last {unit}, from the time of the {unit}s so far",
            f"{duration(record.seconds)} of work" if record.seconds else "",
        ),
        Number(
            "memory",
            memory(record.memory_mib),
            "Largest so far: of the process on the CPU, of the device on a GPU",
        ),
        Number("device", record.device or NOTHING, "Where it computes", record.executor),
    )


def _best(record: RunRecord, curves: CurveTable) -> Number:
    """Return the best value: of the validation where there is one, else of the loss."""
    name = VALIDATION if curves.best(VALIDATION) else LOSS
    found = curves.best(name)
    label = "best validation" if name == VALIDATION else "best loss"
    meaning = (
        "AUROC of edges hidden from training, 0.5 (chance) to 1; larger is better"
        if name == VALIDATION
        else "Smallest loss; without validation it only says how far training has come"
    )
    if found is None:
        return Number(label, digits(record.best), meaning)
    epoch, value = found
    return Number(label, digits(value), meaning, f"in epoch {epoch:,}")


def settings_table(record: RunRecord) -> pd.DataFrame:
    """Return all that decides the result, `setting, value`; empty when it cannot be read."""
    rows = [(name, plain(value)) for name, value in decisive(record).items()]
    return pd.DataFrame(rows, columns=["setting", "value"])


def decisive(record: RunRecord) -> dict[str, Any]:
    """Return all that decides the result of a run, by name."""
    config = record.config
    if config is None:
        return {}
    return {
        "preset": config.preset or "own settings",
        **flatten(config.settings.to_dict()),
        "device": config.device,
        "threads": config.threads,
        "hold-out seed": config.hold_out,
    }


def plain(value: Any) -> str:
    """Write a value as people read it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _graphs_table(record: RunRecord) -> pd.DataFrame:
    """Return the datasets of a run."""
    graphs = record.config.graphs if record.config else []
    rows = [
        (g.name, g.species, g.tissue, g.modality, g.n_genes, without_places(g.path)) for g in graphs
    ]
    columns = ["dataset", "species", "tissue", "technique", "genes", "file"]
    return pd.DataFrame(rows, columns=columns)


def _origin_table(record: RunRecord) -> pd.DataFrame:
    """Return what is known of where a run comes from."""
    provenance = read_json(record.folder / PROVENANCE) or {}
    versions = provenance.get("versions")
    facts: dict[str, str] = {
        "id": record.run_id,
        "folder": str(record.folder),
        "configuration (SHA-256)": record.config_hash,
        "asked for": moment(record.created),
        "last attempt began": moment(record.started),
        "ended": moment(record.ended),
        "attempts": str(record.attempt),
        "belongs to": record.owner_name,
        **({"made by": record.made_by} if record.made_by else {}),
    }
    for file in record.config.files if record.config else ():
        facts[f"{file.role}: {file.name}"] = f"{file.path} (SHA-256 {file.sha256})"
    if isinstance(versions, dict):
        facts |= {f"version of {name}": str(text)[:100] for name, text in sorted(versions.items())}
    return pd.DataFrame(list(facts.items()), columns=["fact", "value"])


def config_json(record: RunRecord) -> str:
    """Return the configuration as JSON."""
    content = record.config.model_dump(mode="json") if record.config else {}
    return json.dumps(content, indent=2, sort_keys=True)


def file_name(record: RunRecord, what: str, suffix: str) -> str:
    """Name a download after the run, whose id carries date, settings and seed."""
    return f"{record.run_id}_{what}.{suffix}"


def csv_bytes(table: pd.DataFrame, **facts: str) -> bytes:
    """Write a table in full precision, with facts such as the id of the run in each row."""
    return table_text(table.assign(**facts)).encode("utf-8")


@dataclass
class LoadMeter:
    """Load of a process between two looks.

    Parameters
    ----------
    clock
        Source of the time in seconds; replaced in tests.
    """

    clock: Callable[[], float] = time.monotonic
    _before: tuple[float, float] | None = None

    def read(self, usage: Usage) -> str:
        """Say in one line what a run takes of the machine now."""
        now = self.clock()
        parts = []
        if self._before is not None and now > self._before[0]:
            cores = (usage.cpu_seconds - self._before[1]) / (now - self._before[0])
            parts.append(f"**{max(cores, 0):.1f}** CPU cores busy")
        self._before = (now, usage.cpu_seconds)
        parts.append(f"**{memory(usage.memory_mib)}** in memory")
        if usage.gpu:
            parts.append(
                f"{usage.gpu}: **{usage.gpu_busy_percent} %** busy, "
                f"**{memory(usage.gpu_used_mib)}** of {memory(usage.gpu_memory_mib)}"
            )
        return ", ".join(parts) + "."
