"""What the Benchmarks page shows about a benchmark, and the cells of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.benchmarks.metric import Metric

BEST: Final = " *"


@dataclass(frozen=True)
class GroupView:
    """One group of metrics.

    Parameters
    ----------
    name, meaning
        What the group asks.
    metrics
        Those with a number, in their order.
    table
        One row a method in the order of the ranks: `method`, `kind`, then a column a metric with
        the means; NaN where not measured.
    shown
        The same table as text: mean, half of the interval, mark of the best.
    is_control
        For each row, whether it is a control.
    best
        The same shape as the metric columns: best among methods and baselines.
    points
        Single runs: `metric, method, role, value, seed, split`; empty where only means are kept.
    means
        `metric, method, role, mean, low, high, units, unit`.
    caption
        n, unit of the intervals, marks.
    not_measured
        Why metrics are missing, or "".
    goals
        Metric -> ends of what was wished of it.
    """

    name: str
    meaning: str
    metrics: tuple[Metric, ...]
    table: pd.DataFrame
    shown: pd.DataFrame
    is_control: np.ndarray
    best: pd.DataFrame
    points: pd.DataFrame
    means: pd.DataFrame
    caption: str
    not_measured: str
    goals: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class BenchmarkView:
    """What the page shows about one file.

    Parameters
    ----------
    title, data
        Name, and which graphs.
    sentences
        Who wins, in words.
    groups
        Groups with a number, in the order of the list of metrics.
    ranks
        Average ranks: `group, method, role, rank, low, high, units, unit, metrics`.
    ranks_caption
        How ranks are made.
    differences
        Paired differences to the rival, or empty: `measure, method, kind, difference, low, high,
        units, better_in`.
    differences_caption
        Who the rival is and how pairs are made.
    by_dataset, by_dataset_caption
        The same within each dataset, for measures that are means over datasets.
    descriptions
        What each method is, one line each.
    tsv, json
        Files to take away.
    path
        The file.
    """

    title: str
    data: str
    sentences: tuple[str, ...]
    groups: tuple[GroupView, ...]
    ranks: pd.DataFrame
    ranks_caption: str
    differences: pd.DataFrame
    differences_caption: str
    by_dataset: pd.DataFrame
    by_dataset_caption: str
    descriptions: tuple[str, ...]
    tsv: bytes
    json: bytes
    path: Path


def best_of(
    mean: pd.DataFrame, is_control: np.ndarray, metrics: Mapping[str, Metric]
) -> pd.DataFrame:
    """Mark the best of each metric among methods and baselines.

    Parameters
    ----------
    mean
        A row a method, a column a metric.
    is_control
        `(rows,)` whether a row is a control.
    metrics
        Key -> its record.
    """
    found = pd.DataFrame(False, index=mean.index, columns=mean.columns)  # noqa: FBT003
    for key in mean.columns:
        own, better = mean.loc[~is_control, key].dropna(), metrics[str(key)].better
        if len(own) > 1 and better != "neither":
            target = own.max() if better == "higher" else own.min()
            found.loc[own.index[own == target], key] = True
    return found


def cell_text(metric: Metric, mean: float, half: float, is_best: bool) -> str:  # noqa: FBT001
    """Write a mean with half of its interval and the mark of the best."""
    if np.isnan(mean):
        return "\u2013"
    places = 1 if metric.unit == "rank" else 3
    text = f"{mean:,.{places}f}"
    if half > 0:  # equal numbers do not vary with what varies here: no interval
        text += (
            f" \u00b1 {half:,.{places}f}" if round(half, places) else f" \u00b1 <{10.0**-places:g}"
        )
    return text + (BEST if is_best else "")
