"""Benchmarks: how sure are the numbers, and what would have won without knowing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.benchmarks.comparison import (
    BENCHMARK_FILE,
    Comparison,
    average_ranks,
    differences_by_dataset,
    paired_differences,
    read_comparison,
    summarise,
    to_json,
    unit_of,
)
from musegnn.benchmarks.metric_list import GROUP_MEANINGS, GROUPS, METRICS, WON_BY_CONTROLS
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.settings import REPOSITORY

SHIPPED = REPOSITORY / "data" / "benchmarks"
BEST = " *"
_ARROWS = {"higher": "\u2191", "lower": "\u2193"}


@dataclass(frozen=True)
class MetricText:
    """How a metric is explained.

    Parameters
    ----------
    key, label
        Name in files, and for people, with an arrow for the better direction.
    meaning, failure
        What it measures, and how it misleads.
    scale
        Range, direction, value by chance.
    """

    key: str
    label: str
    meaning: str
    failure: str
    scale: str


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
        Single runs: `metric, method, role, value, seed, split`.
    means
        `metric, method, role, mean, low, high, units, unit`.
    caption
        n, unit of the intervals, marks.
    not_measured
        Why metrics are missing, or "".
    """

    name: str
    meaning: str
    metrics: tuple[MetricText, ...]
    table: pd.DataFrame
    shown: pd.DataFrame
    is_control: np.ndarray
    best: pd.DataFrame
    points: pd.DataFrame
    means: pd.DataFrame
    caption: str
    not_measured: str


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


def available(embedding: EmbeddingSet) -> tuple[Path, ...]:
    """List benchmark files: the one beside the opened result, then the shipped ones by name."""
    beside = [embedding.path.parent / BENCHMARK_FILE] if embedding.path else []
    shipped = sorted(SHIPPED.glob("*.json")) if SHIPPED.is_dir() else []
    return tuple(path for path in (*beside, *shipped) if path.is_file())


def label_of(path: Path, embedding: EmbeddingSet) -> str:
    """Name a file in a choice."""
    is_own = embedding.path is not None and path == embedding.path.parent / BENCHMARK_FILE
    return f"{embedding.name} (opened result)" if is_own else path.stem.replace("_", " ")


def build(path: Path) -> BenchmarkView:
    """Collect what the page shows about a file.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or no benchmark.
    """
    comparison = read_comparison(path)
    means = summarise(comparison)
    ranks = _ranks(comparison, means)
    order = _order(comparison, ranks)
    unit = str(means["unit"].iloc[0]) if len(means) else "seed"
    differences = _differences(comparison, paired_differences)
    by_dataset = _differences(comparison, differences_by_dataset)
    return BenchmarkView(
        title=comparison.title,
        data=comparison.data,
        sentences=_sentences(comparison, means, differences),
        groups=tuple(
            _group(name, comparison, means, order)
            for name in GROUPS
            if any(METRICS[key].group == name for key in means["metric"])
        ),
        ranks=ranks.assign(place=ranks["method"].map(order)).sort_values(
            "place", kind="stable", ignore_index=True
        ),
        ranks_caption=_ranks_caption(ranks, unit),
        differences=differences,
        differences_caption=(
            f"Method minus {comparison.rival} within each {unit}: mean and 95 % interval (t over n "
            f"{unit}s); *better in* counts {unit}s. Where less is better, below 0 is better."
        ),
        by_dataset=by_dataset,
        by_dataset_caption=(
            f"Method minus {comparison.rival} within each dataset, averaged over splits and seeds: "
            "mean and 95 % interval (t over n datasets), for measures that are means over "
            "datasets. Datasets of one tissue are not independent, so the intervals are rather too "
            "narrow."
        ),
        descriptions=tuple(
            f"**{_safe(method.name)}** ({method.role}){': ' if method.description else ''}"
            f"{_safe(method.description)}"
            for method in comparison.methods
        ),
        tsv=_tsv(comparison, means),
        json=to_json(comparison).encode("utf-8"),
        path=path,
    )


def _ranks(comparison: Comparison, means: pd.DataFrame) -> pd.DataFrame:
    """Average ranks in each group."""
    parts = []
    for group in GROUPS:
        measured = [key for key in METRICS if METRICS[key].group == group]
        part = average_ranks(comparison, [key for key in measured if key in set(means["metric"])])
        if len(part):
            parts.append(part.assign(group=group))
    columns = ["method", "role", "rank", "low", "high", "units", "unit", "metrics", "group"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _order(comparison: Comparison, ranks: pd.DataFrame) -> dict[str, int]:
    """Place of each method: by its mean rank over all metrics that controls cannot win."""
    keys = [key for key in METRICS if METRICS[key].group not in WON_BY_CONTROLS]
    honest = average_ranks(comparison, keys)
    mean = (
        honest.set_index("method")["rank"].to_dict()
        if len(honest)
        else (ranks.groupby("method")["rank"].mean().to_dict())
    )
    names = [method.name for method in comparison.methods]
    places = sorted(names, key=lambda name: (mean.get(name, np.inf), names.index(name)))
    return {name: place for place, name in enumerate(places)}


def _ranks_caption(ranks: pd.DataFrame, unit: str) -> str:
    """Say how the ranks are made."""
    if ranks.empty:
        return "No ranks: no metric was measured for all methods."
    counts = ranks.drop_duplicates("group")
    parts = ", ".join(f"{row.group}: {row.metrics}" for row in counts.itertuples())
    n = int(ranks["units"].max())
    interval = f"lines: 95 % interval (t over n = {n} {unit}s)" if n > 1 else f"one {unit}"
    hidden = " and ".join(WON_BY_CONTROLS)
    return (
        f"Average rank among all entries, 1 is best; {interval}. Grey squares are controls, which "
        "know no biology. Methods stand in the order of their mean rank over all measures but "
        f"those that controls can win ({hidden}). Metrics measured for all methods: {parts}."
    )


def _group(
    name: str, comparison: Comparison, means: pd.DataFrame, order: dict[str, int]
) -> GroupView:
    """Collect one group."""
    listed = [key for key in METRICS if METRICS[key].group == name]
    values = comparison.values()
    part = means[means["metric"].isin(listed)]
    measured = [key for key in listed if key in set(part["metric"])]
    wide = {
        c: part.pivot_table(index="method", columns="metric", values=c) for c in ("mean", "low")
    }
    methods = sorted(wide["mean"].index, key=order.__getitem__)
    mean = wide["mean"].reindex(index=methods, columns=measured)
    half = mean - wide["low"].reindex(index=methods, columns=measured)
    roles = {method.name: method.role for method in comparison.methods}
    is_control = np.array([roles[method] == "control" for method in methods], dtype=bool)
    best = _best(mean, is_control)
    shown = pd.DataFrame(
        {
            key: [
                _cell(key, *numbers)
                for numbers in zip(mean[key], half[key], best[key], strict=True)
            ]
            for key in measured
        }
    )
    front = pd.DataFrame({"method": methods, "kind": [roles[method] for method in methods]})
    notes = values[values["metric"].isin(listed) & values["value"].isna()]
    missing = [f"{METRICS[key].label}: {note}" for key, note in
               notes.drop_duplicates("metric")[["metric", "note"]].itertuples(index=False)
               if key not in measured]  # fmt: skip
    return GroupView(
        name=name,
        meaning=GROUP_MEANINGS[name],
        metrics=tuple(_text(key) for key in measured),
        table=pd.concat([front, mean.reset_index(drop=True)], axis=1),
        shown=pd.concat([front, shown], axis=1),
        is_control=is_control,
        best=best.reset_index(drop=True),
        points=values[values["metric"].isin(measured)].dropna(subset="value"),
        means=part,
        caption=_caption(part, values[values["metric"].isin(measured)]),
        not_measured="Not measured: " + "; ".join(missing) + "." if missing else "",
    )


def _best(mean: pd.DataFrame, is_control: np.ndarray) -> pd.DataFrame:
    """Mark the best of each metric among methods and baselines."""
    found = pd.DataFrame(False, index=mean.index, columns=mean.columns)  # noqa: FBT003
    for key in mean.columns:
        own = mean.loc[~is_control, key].dropna()
        if len(own) > 1:
            target = own.max() if METRICS[str(key)].better == "higher" else own.min()
            found.loc[own.index[own == target], key] = True
    return found


def _cell(key: str, mean: float, half: float, is_best: bool) -> str:  # noqa: FBT001
    """Write a mean with its interval and mark."""
    if np.isnan(mean):
        return "\u2013"
    places = 3 if METRICS[key].high is not None else 1  # ranks have no fixed end
    text = f"{mean:,.{places}f}"
    if half > 0:  # equal numbers do not vary with what varies here: no interval
        text += (
            f" \u00b1 {half:,.{places}f}" if round(half, places) else f" \u00b1 <{10.0**-places:g}"
        )
    return text + (BEST if is_best else "")


def _text(key: str) -> MetricText:
    """Explain a metric."""
    metric = METRICS[key]
    return MetricText(
        key,
        f"{metric.label} {_ARROWS[metric.better]}",
        metric.meaning,
        metric.failure,
        f"{metric.range_text}, {metric.better} is better; by chance {metric.chance}",
    )


def _caption(means: pd.DataFrame, values: pd.DataFrame) -> str:
    """Say what the numbers of a group stand on."""
    unit, n = str(means["unit"].iloc[0]), means["units"]
    counts = f"{n.min()} to {n.max()}" if n.min() < n.max() else f"{n.max()}"
    interval = (
        f"mean \u00b1 half of the 95 % interval (t over n = {counts} {unit}s), none where equal"
        if n.max() > 1
        else f"one {unit}, no interval"
    )
    sizes = values[values["n"] > 0].groupby("counted", sort=False)["n"].agg(["min", "max"])
    counted = [
        (f"{row.min:,} to {row.max:,}" if row.min < row.max else f"{row.max:,}") + f" {row.Index}"
        for row in sizes.itertuples()
    ]
    notes = [str(note) for note in dict.fromkeys(values["note"]) if note and values["n"].max() > 0]
    return (
        f"{len(values):,} single numbers; {interval}. \\* best of methods and baselines; controls "
        f"are grey. Counted in a run: {'; '.join(counted)}."
        + (f" Note: {'; '.join(notes)}." if notes else "")
    )


def _sentences(
    comparison: Comparison, means: pd.DataFrame, differences: pd.DataFrame
) -> tuple[str, ...]:
    """Say who wins, and whether that means anything."""
    wide = means.pivot_table(index="metric", columns="method", values="mean")
    roles = {method.name: method.role for method in comparison.methods}
    winners: dict[str, list[tuple[str, str]]] = {"method": [], "baseline": [], "control": []}
    for key in (key for key in METRICS if key in wide.index):
        row = wide.loc[key].dropna()
        if METRICS[key].better == "higher":
            row = -row
        own = row[[name for name in row.index if roles[name] != "control"]]
        controls = row[[name for name in row.index if roles[name] == "control"]]
        if len(own) > 1 and METRICS[key].group not in WON_BY_CONTROLS:
            name = str(own.idxmin())
            winners[roles[name]].append((key, name))
        if len(controls) and (own.empty or controls.min() <= own.min()):
            winners["control"].append((key, str(controls.idxmin())))
    found = [_who_wins(winners["method"], winners["baseline"]), _controls(winners["control"])]
    if len(differences) and "method" in set(differences["kind"]):
        found.append(_against_rival(comparison, differences))
    return tuple(filter(None, found))


def _who_wins(models: list[tuple[str, str]], baselines: list[tuple[str, str]]) -> str:
    """Count the wins of trained models and of baselines."""
    total = len(models) + len(baselines)
    if not total:
        return ""
    text = (
        f"Of {total} measures of hidden or external truth, a trained model is best in "
        f"**{len(models)}**, a baseline in **{len(baselines)}**."
    )
    return f"{text} Baselines win {_listed(baselines)}." if baselines else text


def _controls(wins: list[tuple[str, str]]) -> str:
    """Say where something without any biology is as good as the best."""
    if not wins:
        return ""
    return (
        f"**A control, which knows no biology, is as good as the best or better in {len(wins)}**: "
        f"{_listed(wins)}. These numbers alone say nothing about quality."
    )


def _against_rival(comparison: Comparison, differences: pd.DataFrame) -> str:
    """Count the differences to the rival that their interval tells from zero."""
    honest = [METRICS[key].label for key in METRICS if METRICS[key].group not in WON_BY_CONTROLS]
    part = differences[(differences["kind"] == "method") & differences["measure"].isin(honest)]
    tested = part.dropna(subset="low")
    if tested.empty:
        return ""
    lower = {metric.label for metric in METRICS.values() if metric.better == "lower"}
    sign = np.where(tested["measure"].isin(lower), -1, 1)
    better = ((sign > 0) & (tested["low"] > 0)) | ((sign < 0) & (tested["high"] < 0))
    worse = ((sign > 0) & (tested["high"] < 0)) | ((sign < 0) & (tested["low"] > 0))
    n, unit = int(tested["units"].max()), unit_of(comparison)
    scope = "" if unit == "split" else " of one split, so that they say nothing of another draw"
    return (
        f"Against {_safe(comparison.rival)}, pair by pair, the trained models are better beyond "
        f"the 95 % interval in {int(better.sum())} of {len(tested)} comparisons and worse in "
        f"{int(worse.sum())} (intervals over {n} {unit}s{scope})."
    )


def _listed(wins: list[tuple[str, str]]) -> str:
    """Write the wins by method: "PCA (GO, Reactome); random (ASW)"."""
    by_name: dict[str, list[str]] = {}
    for key, name in wins:
        by_name.setdefault(name, []).append(METRICS[key].label)
    return "; ".join(f"{_safe(name)} ({', '.join(labels)})" for name, labels in by_name.items())


def _differences(
    comparison: Comparison, differ: Callable[[Comparison], pd.DataFrame]
) -> pd.DataFrame:
    """Paired differences to the rival with words for people."""
    columns = ["measure", "method", "kind", "difference", "low", "high", "units", "better_in"]
    if not comparison.rival:
        return pd.DataFrame(columns=columns)
    table = differ(comparison)
    labels = [METRICS[key].label for key in table["metric"]]
    return table.assign(measure=labels, kind=table["role"])[columns]


def _tsv(comparison: Comparison, means: pd.DataFrame) -> bytes:
    """Means of all metrics in full precision, with what they mean."""
    table = means.assign(
        label=[METRICS[key].label for key in means["metric"]],
        group=[METRICS[key].group for key in means["metric"]],
        range=[METRICS[key].range_text for key in means["metric"]],
        better=[METRICS[key].better for key in means["metric"]],
        title=comparison.title,
        data=comparison.data,
    )
    return table.to_csv(sep="\t", index=False, lineterminator="\n").encode("utf-8")


def _safe(text: str) -> str:
    """Keep names from a file from being read as Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()<>#$|~" else sign for sign in text)


def group_named(view: BenchmarkView, name: str | None) -> GroupView:
    """Return the group of that name, or the first."""
    chosen: Sequence[GroupView] = [group for group in view.groups if group.name == name]
    return chosen[0] if chosen else view.groups[0]
