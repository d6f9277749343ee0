"""Benchmarks: how sure are the numbers, and what would have won without knowing anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.benchmarks.comparison import (
    BENCHMARK_FILE,
    RANK_COLUMNS,
    Comparison,
    Method,
    average_ranks,
    differences_by_dataset,
    paired_differences,
    summarise,
    to_json,
    unit_of,
)
from musegnn.benchmarks.measurements import Measurements, read_benchmark
from musegnn.benchmarks.metric import Group
from musegnn.benchmarks.registry import find_groups, find_metrics
from musegnn.io.spreadsheet import table_text
from musegnn.screens.benchmarks.view_group import BenchmarkView, GroupView, best_of, cell_text
from musegnn.screens.benchmarks.view_measured import build_measured
from musegnn.screens.shell.words import escaped
from musegnn.settings import REPOSITORY

SHIPPED = REPOSITORY / "data" / "benchmarks"


def available(result: Path | None) -> tuple[Path, ...]:
    """List benchmark files: the one in the opened result, then the shipped ones by name."""
    beside = [result / BENCHMARK_FILE] if result is not None else []
    shipped = sorted(SHIPPED.glob("*.json")) if SHIPPED.is_dir() else []
    return tuple(path for path in (*beside, *shipped) if path.is_file())


def label_of(path: Path, name: str) -> str:
    """Name a file in a choice; `name` is that of the opened result."""
    is_own = path.parent != SHIPPED
    return f"{name} (opened result)" if is_own else path.stem.replace("_", " ")


def build(path: Path) -> BenchmarkView:
    """Collect what the page shows about a file.

    Raises
    ------
    DataFileError
        If the file is missing, damaged, or no benchmark.
    """
    found = read_benchmark(path)
    if isinstance(found, Measurements):
        return build_measured(found, path)
    return _of_comparison(found, path)


def called(method: str) -> str:
    """Call a method as people write it; files and programs keep its name.

    >>> [called(name) for name in ("default_start", "procrustes_pca", "gene2vec")]
    ['default start', 'procrustes PCA', 'gene2vec']
    """
    return re.sub(r"\bpca\b", "PCA", method.replace("_", " "))


def _as_called(comparison: Comparison) -> Comparison:
    """Call all methods as people write them, unless two would then be called alike."""
    names = {method.name: called(method.name) for method in comparison.methods}
    if len(set(names.values())) < len(names):
        return comparison
    return replace(
        comparison,
        methods=tuple(replace(own, name=names[own.name]) for own in comparison.methods),
        runs=tuple(replace(run, method=names[run.method]) for run in comparison.runs),
        rival=names.get(comparison.rival, ""),
    )


def _of_comparison(stored: Comparison, path: Path) -> BenchmarkView:
    """Collect what the page shows about single runs."""
    comparison = _as_called(stored)
    means = summarise(comparison)
    groups = _groups_of(comparison)
    ranks = _ranks(comparison, groups)
    order = _order(comparison, ranks)
    unit = str(means["unit"].iloc[0]) if len(means) else "seed"
    differences = paired_differences(comparison) if comparison.rival else pd.DataFrame()
    by_dataset = differences_by_dataset(comparison) if comparison.rival else pd.DataFrame()
    return BenchmarkView(
        title=comparison.title,
        data=comparison.data,
        sentences=_sentences(comparison, means, differences),
        groups=tuple(
            _group(group, comparison, means, order)
            for group in groups
            if not set(means["metric"]).isdisjoint(_keys(group))
        ),
        ranks=ranks.assign(place=ranks["method"].map(order)).sort_values(
            "place", kind="stable", ignore_index=True
        ),
        ranks_caption=_ranks_caption(ranks, unit, groups, set(means["metric"])),
        differences=_in_words(differences),
        differences_caption=(
            f"Method minus {comparison.rival} within each {unit}: mean and 95 % interval (t over n "
            f"{unit}s); *better in* counts {unit}s. Where less is better, below 0 is better."
        ),
        by_dataset=_in_words(by_dataset),
        by_dataset_caption=(
            f"Method minus {comparison.rival} within each dataset, averaged over splits and seeds: "
            "mean and 95 % interval (t over n datasets), for measures that are means over "
            "datasets. Datasets of one tissue are not independent, so the intervals are rather too "
            "narrow."
        ),
        descriptions=tuple(
            f"**{escaped(shown.name)}** ({_code(shown, own)}{own.role})"
            f"{': ' if own.description else ''}{escaped(own.description)}"
            for shown, own in zip(comparison.methods, stored.methods, strict=True)
        ),
        tsv=_tsv(stored, summarise(stored)),
        json=to_json(stored).encode("utf-8"),
        path=path,
    )


def _code(shown: Method, own: Method) -> str:
    """Tell the name that files and programs use where it is another one."""
    return "" if shown.name == own.name else f"`{escaped(own.name)}` in files, "


def _groups_of(comparison: Comparison) -> list[Group]:
    """List the groups of the tasks that were measured."""
    tasks = {find_metrics()[key].group.task for run in comparison.runs for key in run.measured}
    return [group for group in find_groups() if group.task in tasks]


def _keys(group: Group) -> list[str]:
    """Keys of the metrics of a group."""
    return [key for key, metric in find_metrics().items() if metric.group == group]


def _ranks(comparison: Comparison, groups: Sequence[Group]) -> pd.DataFrame:
    """Average ranks in each group."""
    parts = [
        part.assign(group=group.name)
        for group in groups
        if len(part := average_ranks(comparison, _keys(group)))
    ]
    columns = [*RANK_COLUMNS, "group"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _order(comparison: Comparison, ranks: pd.DataFrame) -> dict[str, int]:
    """Place of each method: by its mean rank over all metrics that controls cannot win."""
    keys = [key for key, metric in find_metrics().items() if not metric.group.is_won_by_controls]
    honest = average_ranks(comparison, keys)
    mean = (
        honest.set_index("method")["rank"].to_dict()
        if len(honest)
        else ranks.groupby("method")["rank"].mean().to_dict()
    )
    names = [method.name for method in comparison.methods]
    places = sorted(names, key=lambda name: (mean.get(name, np.inf), names.index(name)))
    return {name: place for place, name in enumerate(places)}


def _ranks_caption(
    ranks: pd.DataFrame, unit: str, groups: Sequence[Group], measured: set[str]
) -> str:
    """Say how the ranks are made, and what was not measured at all."""
    if ranks.empty:
        return "No ranks: no metric was measured for all methods."
    counts = ranks.drop_duplicates("group")
    parts = ", ".join(f"{row.group}: {row.metrics}" for row in counts.itertuples())
    n = int(ranks["units"].max())
    interval = f"lines: 95 % interval (t over n = {n} {unit}s)" if n > 1 else f"one {unit}"
    hidden = " and ".join(group.name for group in groups if group.is_won_by_controls)
    absent = [group.name for group in groups if measured.isdisjoint(_keys(group))]
    return (
        f"Average rank among all entries, 1 is best; {interval}. Grey squares are controls, which "
        "know no biology. Methods stand in the order of their mean rank over all measures but "
        f"those that controls can win ({hidden}). Metrics measured for all methods: {parts}."
        + (f" Not measured: {', '.join(absent)}." if absent else "")
    )


def _group(
    group: Group, comparison: Comparison, means: pd.DataFrame, order: dict[str, int]
) -> GroupView:
    """Collect one group."""
    metrics, listed = find_metrics(), _keys(group)
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
    best = best_of(mean, is_control, metrics)
    shown = pd.DataFrame(
        {
            key: [
                cell_text(metrics[key], *numbers)
                for numbers in zip(mean[key], half[key], best[key], strict=True)
            ]
            for key in measured
        }
    )
    front = pd.DataFrame({"method": methods, "kind": [roles[method] for method in methods]})
    notes = dict(zip(values["metric"], values["note"], strict=True))
    missing: dict[str, list[str]] = {}
    for key in (key for key in listed if key not in measured):
        missing.setdefault(notes.get(key, "not asked"), []).append(metrics[key].label)
    reasons = "; ".join(f"{', '.join(labels)}: {reason}" for reason, labels in missing.items())
    return GroupView(
        name=group.name,
        meaning=group.meaning,
        metrics=tuple(metrics[key] for key in measured),
        table=pd.concat([front, mean.reset_index(drop=True)], axis=1),
        shown=pd.concat([front, shown], axis=1),
        is_control=is_control,
        best=best.reset_index(drop=True),
        points=values[values["metric"].isin(measured)].dropna(subset="value"),
        means=part,
        caption=_caption(part, values[values["metric"].isin(measured)]),
        not_measured=f"Not measured: {reasons}." if reasons else "",
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
    for key, metric in find_metrics().items():
        if key not in wide.index:
            continue
        row = wide.loc[key].dropna()
        if metric.better == "higher":
            row = -row
        own = row[[name for name in row.index if roles[name] != "control"]]
        controls = row[[name for name in row.index if roles[name] == "control"]]
        if len(own) > 1 and not metric.group.is_won_by_controls:
            name = str(own.idxmin())
            winners[roles[name]].append((key, name))
        if len(controls) and (own.empty or controls.min() <= own.min()):
            winners["control"].append((key, str(controls.idxmin())))
    sentences = (
        _who_wins(winners["method"], winners["baseline"]),
        _controls(winners["control"]),
        _against_rival(comparison, differences),
    )
    return tuple(filter(None, sentences))


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
    better, worse, units = [], [], []
    for row in differences.itertuples():
        metric = find_metrics()[row.metric]
        if row.role == "method" and not metric.group.is_won_by_controls and not np.isnan(row.low):
            above, below = row.low > 0, row.high < 0
            better.append(above if metric.better == "higher" else below)
            worse.append(below if metric.better == "higher" else above)
            units.append(row.units)
    if not units:
        return ""
    unit = unit_of(comparison)
    scope = "" if unit == "split" else " of one split, so that they say nothing of another draw"
    return (
        f"Against {escaped(comparison.rival)}, pair by pair, the trained models are better beyond "
        f"the 95 % interval in {sum(better)} of {len(units)} comparisons and worse in "
        f"{sum(worse)} (intervals over {max(units)} {unit}s{scope})."
    )


def _listed(wins: list[tuple[str, str]]) -> str:
    """Write the wins by method: "PCA (GO, Reactome); random (ASW)"."""
    by_name: dict[str, list[str]] = {}
    for key, name in wins:
        by_name.setdefault(name, []).append(find_metrics()[key].label)
    return "; ".join(f"{escaped(name)} ({', '.join(labels)})" for name, labels in by_name.items())


def _in_words(differences: pd.DataFrame) -> pd.DataFrame:
    """Write differences to the rival for people."""
    columns = ["measure", "method", "kind", "difference", "low", "high", "units", "better_in"]
    if differences.empty:
        return pd.DataFrame(columns=columns)
    labels = [find_metrics()[key].label for key in differences["metric"]]
    return differences.assign(measure=labels, kind=differences["role"])[columns]


def _tsv(comparison: Comparison, means: pd.DataFrame) -> bytes:
    """Means of all metrics in full precision, with what they mean."""
    metrics = [find_metrics()[key] for key in means["metric"]]
    table = means.assign(
        label=[metric.label for metric in metrics],
        group=[metric.group.name for metric in metrics],
        range=[metric.range_text for metric in metrics],
        better=[metric.better for metric in metrics],
        title=comparison.title,
        data=comparison.data,
    )
    return table_text(table, separator="\t").encode("utf-8")


def group_named(view: BenchmarkView, name: str | None) -> GroupView:
    """Return the group of that name, or the first."""
    chosen: Sequence[GroupView] = [group for group in view.groups if group.name == name]
    return chosen[0] if chosen else view.groups[0]
