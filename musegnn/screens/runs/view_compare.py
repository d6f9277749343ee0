"""Several runs beside each other: curves, what differs in their settings, benchmarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.benchmarks.comparison import BENCHMARK_FILE, read_comparison, summarise
from musegnn.benchmarks.registry import find_metrics
from musegnn.errors import MuseGNNError
from musegnn.runs.files import PROVENANCE, RESULT, read_json
from musegnn.runs.record import RunRecord
from musegnn.screens.runs.view_curves import (
    LOSS,
    MOST_POINTS,
    VALIDATION,
    CurveTable,
    Panel,
    learning_names,
    make_panels,
)
from musegnn.screens.runs.view_detail import decisive, plain
from musegnn.screens.shell.words import NOTHING, digits, duration, memory

POINTS_IN_ALL: Final = 40_000  # of one picture: more lines get fewer points each
LEAST_POINTS: Final = 60


@dataclass(frozen=True)
class RunComparison:
    """What the page shows of several runs.

    Parameters
    ----------
    labels
        Name of each run, made unique, in the order of the runs.
    panels
        Curves, one picture a quantity with a line for each run.
    summary
        One row a run: `run, state, epochs, best validation, best loss, last loss, time, memory,
        device`, as numbers.
    differences
        `setting` and a column a run: what is not the same in all.
    n_same
        Settings that are the same in all.
    benchmarks
        `run, method` and a column a metric with the mean; empty when no result has a benchmark.
    benchmark_notes
        Which data each benchmark is of, and what could not be read.
    """

    labels: tuple[str, ...]
    panels: tuple[Panel, ...]
    summary: pd.DataFrame
    differences: pd.DataFrame
    n_same: int
    benchmarks: pd.DataFrame
    benchmark_notes: tuple[str, ...]


def build(records: Sequence[RunRecord], curves: Mapping[str, CurveTable]) -> RunComparison:
    """Compare runs.

    Parameters
    ----------
    records
        Two runs or more.
    curves
        Their epochs, by id.
    """
    labels = unique_labels(records)
    tables = [(label, curves[r.run_id]) for label, r in zip(labels, records, strict=True)]
    names = learning_names([table for _, table in tables])
    most = int(np.clip(POINTS_IN_ALL // max(len(records), 1), LEAST_POINTS, MOST_POINTS))
    differences, n_same = diff_settings(records, labels)
    benchmarks, notes = benchmark_table(records, labels)
    return RunComparison(
        labels=labels,
        panels=make_panels(tables, names=names, most=most),
        summary=_summarise(records, tables),
        differences=differences,
        n_same=n_same,
        benchmarks=benchmarks,
        benchmark_notes=notes,
    )


def unique_labels(records: Sequence[RunRecord]) -> tuple[str, ...]:
    """Name runs; those of one name get their seed, and where that is the same too, their time."""
    labels = [record.name for record in records]
    for extend in (_with_seed, _with_time):
        labels = [
            extend(label, record) if labels.count(label) > 1 else label
            for label, record in zip(labels, records, strict=True)
        ]
    return tuple(
        record.run_id if labels.count(label) > 1 else label
        for label, record in zip(labels, records, strict=True)
    )


def _with_seed(label: str, record: RunRecord) -> str:
    return f"{label}, seed {record.seed}"


def _with_time(label: str, record: RunRecord) -> str:
    return f"{label}, {record.run_id[:16]}"


def _summarise(
    records: Sequence[RunRecord], tables: Sequence[tuple[str, CurveTable]]
) -> pd.DataFrame:
    """Return the numbers of each run."""
    rows = []
    for record, (label, table) in zip(records, tables, strict=True):
        validation, loss = table.best(VALIDATION), table.best(LOSS)
        rows.append(
            {
                "run": label,
                "state": record.state,
                "epochs": record.epoch,
                "best validation (AUROC)": validation[1] if validation else None,
                "best loss": loss[1] if loss else None,
                "last loss": table.last(LOSS),
                "training (s)": record.seconds,
                "memory (MiB)": record.memory_mib or None,
                "device": record.device,
                "run_id": record.run_id,
            }
        )
    return pd.DataFrame(rows)


def shown_summary(summary: pd.DataFrame) -> pd.DataFrame:
    """Write the numbers of a summary with units and three significant digits."""
    shown = summary.copy()
    for column in ("best validation (AUROC)", "best loss", "last loss"):
        shown[column] = [NOTHING if pd.isna(v) else digits(float(v)) for v in shown[column]]
    shown["training (s)"] = [duration(float(v)) for v in shown["training (s)"]]
    shown["memory (MiB)"] = [NOTHING if pd.isna(v) else memory(v) for v in shown["memory (MiB)"]]
    return shown.rename(columns={"training (s)": "training", "memory (MiB)": "memory"})


def diff_settings(records: Sequence[RunRecord], labels: Sequence[str]) -> tuple[pd.DataFrame, int]:
    """Return what is not the same in all runs, and how many settings are.

    Compared are all settings, the datasets with the hashes of their files, and the versions of the
    libraries that the runs name.

    Returns
    -------
    Columns `setting` and one for each label; a setting that a run does not have reads as nothing.
    """
    told = [{**decisive(r), **_datasets(r), **_versions(r)} for r in records]
    names = dict.fromkeys(name for values in told for name in values)
    rows, n_same = [], 0
    for name in names:
        texts = [plain(values[name]) if name in values else NOTHING for values in told]
        if len(set(texts)) > 1:
            rows.append((name, *texts))
        else:
            n_same += 1
    return pd.DataFrame(rows, columns=["setting", *labels]), n_same


def _datasets(record: RunRecord) -> dict[str, str]:
    """Datasets and files of a run with the beginning of the hash of their content."""
    graphs, files = (record.config.graphs, record.config.files) if record.config else ([], [])
    listed = {f"dataset {graph.name}": graph.sha256[:12] or "yes" for graph in graphs}
    listed |= {f"{file.role} {file.name}": file.sha256[:12] for file in files}
    return {"datasets": str(len(graphs)), **listed}


def _versions(record: RunRecord) -> dict[str, str]:
    """Versions that a run was made with."""
    versions = (read_json(record.folder / PROVENANCE) or {}).get("versions")
    if not isinstance(versions, dict):
        return {}
    return {f"version of {name}": str(text)[:100] for name, text in sorted(versions.items())}


def benchmark_table(
    records: Sequence[RunRecord], labels: Sequence[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Join the benchmarks that lie beside results.

    Returns
    -------
    `run, method` and a column a metric, its arrow for the better direction in the name; notes about
    the data of each, and about files that cannot be read. The first method of a file comes first.
    """
    metrics = find_metrics()
    rows, notes = [], []
    for record, label in zip(records, labels, strict=True):
        path = record.folder / RESULT / BENCHMARK_FILE
        if not path.is_file():
            continue
        try:
            comparison = read_comparison(path)
        except MuseGNNError as error:
            notes.append(f"{label}: {error}")
            continue
        notes.append(f"{label}: {comparison.data}.")
        means = summarise(comparison)
        for method in comparison.methods:
            part = means[means["method"] == method.name]
            values = dict(zip(part["metric"], part["mean"], strict=True))
            told = {metric.title: values[key] for key, metric in metrics.items() if key in values}
            rows.append({"run": label, "method": method.name, "kind": method.role, **told})
    return pd.DataFrame(rows), tuple(notes)
