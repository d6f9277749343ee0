"""What the Benchmarks page shows about a benchmark that prints means with their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn.benchmarks.measurements import (
    Answer,
    Measure,
    Measurements,
    number_text,
    to_json,
)
from musegnn.benchmarks.metric import Group, Metric
from musegnn.io.spreadsheet import table_text
from musegnn.screens.benchmarks.view_group import BEST, BenchmarkView, GroupView, best_of
from musegnn.screens.shell.words import NOTHING, escaped

_MOST_LINES = 10  # questions that are answered one by one
_POINTS = ("metric", "method", "role", "value", "seed", "split")


def build_measured(measurements: Measurements, path: Path) -> BenchmarkView:
    """Collect what the page shows about measurements.

    Parameters
    ----------
    measurements
        What a benchmark printed.
    path
        The file it came from.
    """
    groups = tuple(
        _group(name, place, measurements)
        for place, name in enumerate(measurements.questions)
        if (measurements.table["question"] == name).any()
    )
    decimals = {measure.key: measure.decimals for measure in measurements.measures}
    return BenchmarkView(
        title=measurements.title,
        data=measurements.data,
        sentences=tuple(
            filter(
                None,
                (
                    _what_was_asked(groups),
                    _goals_in_words(measurements),
                    _who_leads(groups, decimals),
                ),
            )
        ),
        groups=groups,
        ranks=pd.DataFrame(),
        ranks_caption=f"Printed by `{measurements.command}`.",
        differences=pd.DataFrame(),
        differences_caption="",
        by_dataset=pd.DataFrame(),
        by_dataset_caption="",
        descriptions=tuple(
            f"**{escaped(method.name)}** ({method.role}): {escaped(method.description)}"
            for method in measurements.methods
        ),
        tsv=_tsv(measurements),
        json=to_json(measurements).encode("utf-8"),
        path=path,
    )


def _metric(measure: Measure, group: Group) -> Metric:
    """Return a measure as the record that tables and figures read."""

    def printed(_: object) -> str:
        return "printed by a benchmark"

    return Metric(
        key=measure.key,
        label=measure.label,
        group=group,
        meaning=measure.meaning,
        failure=measure.failure,
        measure=printed,
        chance=measure.chance,
        better=measure.better,
        low=measure.low,
        high=measure.high,
    )


def _group(name: str, place: int, measurements: Measurements) -> GroupView:
    """Collect one question; methods stand best first by the headline measure, where one is."""
    group = Group(name, measurements.questions[name], task="printed", place=place)
    part = measurements.table[measurements.table["question"] == name]
    keys = [measure.key for measure in measurements.measures if measure.key in set(part["measure"])]
    metrics = {
        measure.key: _metric(measure, group)
        for measure in measurements.measures
        if measure.key in keys
    }
    wide = {
        column: part.pivot(index="method", columns="measure", values=column)  # noqa: PD010
        for column in ("value", "low", "high")
    }
    headline, better = wide["value"][keys[0]], metrics[keys[0]].better
    if better == "neither":
        methods = [one.name for one in measurements.methods if one.name in headline.index]
    else:
        methods = headline.sort_values(
            ascending=better == "lower", kind="stable", na_position="last"
        ).index.tolist()
    mean, low, high = (wide[c].reindex(index=methods, columns=keys) for c in wide)
    roles = {method.name: method.role for method in measurements.methods}
    kinds = [roles[method] for method in methods]
    is_control = np.array([kind == "control" for kind in kinds], dtype=bool)
    best = best_of(mean, is_control, metrics)
    answers = {
        (answer.goal.method, answer.goal.measure): answer
        for answer in measurements.answers
        if answer.goal.question == name
    }
    decimals = {measure.key: measure.decimals for measure in measurements.measures}
    front = pd.DataFrame({"method": methods, "kind": kinds})
    shown = pd.DataFrame(
        {
            key: [
                _cell(
                    (mean.loc[method, key], low.loc[method, key], high.loc[method, key]),
                    decimals[key],
                    is_best=bool(best.loc[method, key]),
                    answer=answers.get((method, key)),
                )
                for method in methods
            ]
            for key in keys
        }
    )
    return GroupView(
        name=name,
        meaning=group.meaning,
        metrics=tuple(metrics.values()),
        table=pd.concat([front, mean.reset_index(drop=True)], axis=1),
        shown=pd.concat([front, shown], axis=1),
        is_control=is_control,
        best=best.reset_index(drop=True),
        points=pd.DataFrame(columns=list(_POINTS)),
        means=pd.DataFrame(
            {
                "metric": part["measure"],
                "method": part["method"],
                "role": part["method"].map(roles),
                "mean": part["value"],
                "low": part["low"],
                "high": part["high"],
            }
        ).reset_index(drop=True),
        caption=_caption(part, measurements),
        not_measured="",
        goals={key: _ends_of(answers.values(), key) for key in keys},
    )


def _ends_of(answers: Iterable[Answer], key: str) -> tuple[float, ...]:
    """List the ends of the goals of a measure, each once."""
    goals = [answer.goal for answer in answers if answer.goal.measure == key]
    ends = {end for goal in goals for end in (goal.low, goal.high) if end is not None}
    return tuple(sorted(ends))


def _caption(part: pd.DataFrame, measurements: Measurements) -> str:
    """Say what the numbers of a question are and stand on."""
    ends = f"Mean with the {measurements.ends} in brackets"
    if part["low"].isna().all():
        ends = "Means; the benchmark prints no intervals here"
    sizes = part.loc[part["n"] > 0, "n"]
    counted = ""
    if len(sizes):
        low, high = int(sizes.min()), int(sizes.max())
        n = f"{low:,} to {high:,}" if low < high else f"{high:,}"
        counted = f" n = {n} {measurements.counted}."
    directed = {measure.key for measure in measurements.measures if measure.better != "neither"}
    best = (
        "\\* best of methods and baselines; controls"
        if directed & set(part["measure"])
        else "Controls"
    )
    return f"{ends}. {best} are grey.{counted}"


def _cell(
    numbers: tuple[float, float, float],
    decimals: int,
    *,
    is_best: bool,
    answer: Answer | None,
) -> str:
    """Write a mean with its interval, its mark and whether its goal was met."""
    if np.isnan(numbers[0]):
        return NOTHING
    text = number_text(*numbers, decimals) + (BEST if is_best else "")
    return f"{text}, {answer.verdict}" if answer else text


def _what_was_asked(groups: tuple[GroupView, ...]) -> str:
    """Say what was asked: question by question where each is asked in a way of its own."""
    ways = list(dict.fromkeys(group.meaning for group in groups if group.meaning))
    if len(ways) > 1 and len(groups) <= _MOST_LINES:
        lines = "\n".join(
            f"- **{escaped(group.name)}**: {escaped(group.meaning)}" for group in groups
        )
        return f"Asked:\n{lines}"
    return f"Asked: {escaped(' '.join(ways))}" if ways else ""


def _goals_in_words(measurements: Measurements) -> str:
    """Say of each goal what came out and whether that meets it."""
    answers = measurements.answers
    if not answers:
        return ""
    met = sum(answer.verdict == "met" for answer in answers)
    lines = "\n".join(_goal_in_words(answer, measurements.counted) for answer in answers)
    return f"Goals, set before it was measured; met are {met} of {len(answers)}:\n{lines}"


def _goal_in_words(answer: Answer, counted: str) -> str:
    """Write a goal, what came out, and the verdict."""
    goal = answer.goal
    n = f", n = {answer.n:,} {counted}" if answer.n else ""
    return (
        f"- **{escaped(goal.question)}**, {escaped(goal.method)}, {escaped(answer.measure.label)}: "
        f"{answer.found}{escaped(n)}; wished {answer.wished}: **{answer.verdict}**."
    )


def _who_leads(groups: tuple[GroupView, ...], decimals: Mapping[str, int]) -> str:
    """Say what leads by the headline measure: question by question, or counted where many."""
    groups = tuple(group for group in groups if _are_rivals(group))
    if not groups:
        return ""
    labels = dict.fromkeys(escaped(group.metrics[0].label) for group in groups)
    label = " or ".join(labels)
    if len(groups) <= _MOST_LINES:
        lines = "\n".join(
            _leader_in_words(group, decimals[group.metrics[0].key], says_label=len(labels) > 1)
            for group in groups
        )
        return f"Who leads, by {label}:\n{lines}"
    leaders = pd.Series([str(_by_score(group)["method"].iloc[0]) for group in groups])
    counts = ", ".join(f"**{escaped(name)}** in {n}" for name, n in leaders.value_counts().items())
    return f"Who leads, by {label}, of {len(groups)} questions: {counts}."


def _are_rivals(group: GroupView) -> bool:
    """Tell whether there is something that could lead: two of which one is no control."""
    own = _by_score(group)
    return (
        group.metrics[0].better != "neither"
        and len(own) > 1
        and bool((own["role"] == "method").any())
    )


def _by_score(group: GroupView) -> pd.DataFrame:
    """Means of the headline measure, best first."""
    metric = group.metrics[0]
    own = group.means[group.means["metric"] == metric.key].dropna(subset="mean")
    return own.sort_values("mean", ascending=metric.better == "lower", kind="stable")


def _leader_in_words(group: GroupView, decimals: int, *, says_label: bool) -> str:
    """Say what leads, what comes next, and whether that is sure."""
    own = _by_score(group)

    def short(row: pd.Series) -> str:
        return f"{row['mean']:z.{decimals}f}"

    first, others = own.iloc[0], own.iloc[1:]
    text = f"- **{escaped(group.name)}**: {escaped(first['method'])} leads with {short(first)}"
    if says_label:
        text += f" ({escaped(group.metrics[0].label)})"
    if first["role"] == "control":
        return f"{text}, and is a control: by this measure nothing here knows anything."
    rival, simple = others.iloc[0], others[others["role"] == "baseline"]
    text += f", then {escaped(rival['method'])} with {short(rival)}: {_apart(first, rival)}"
    if first["role"] == "method" and rival["role"] != "baseline" and len(simple):
        name = escaped(simple["method"].iloc[0])
        text += f"; the best simple rival, {name}, has {short(simple.iloc[0])}: "
        text += _apart(first, simple.iloc[0])
    return f"{text}."


def _apart(first: pd.Series, second: pd.Series) -> str:
    """Say whether two intervals lie apart."""
    if pd.isna([first["low"], first["high"], second["low"], second["high"]]).any():
        return "without intervals"
    apart = first["low"] > second["high"] or first["high"] < second["low"]
    return "their intervals lie apart" if apart else "their intervals overlap"


def _tsv(measurements: Measurements) -> bytes:
    """All numbers in full precision, with what they mean."""
    roles = {method.name: method.role for method in measurements.methods}
    labels = {measure.key: measure.label for measure in measurements.measures}
    better = {measure.key: measure.better for measure in measurements.measures}
    table = measurements.table.assign(
        kind=measurements.table["method"].map(roles),
        label=measurements.table["measure"].map(labels),
        better=measurements.table["measure"].map(better),
        title=measurements.title,
        data=measurements.data,
        command=measurements.command,
    )
    return table_text(table, separator="\t").encode("utf-8")
