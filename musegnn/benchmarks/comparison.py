"""Many runs of several methods: means with intervals, ranks, paired differences."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from musegnn.benchmarks.metric import Measured
from musegnn.benchmarks.registry import find_metrics
from musegnn.benchmarks.written import read_benchmark_text, take_out
from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import replacing
from musegnn.validation import check_choice, format_list

FORMAT, FORMAT_VERSION = "musegnn benchmark", 1
BENCHMARK_FILE: Final = "benchmark.json"
_COMMAND: Final = "`musegnn benchmark ... --json`"
LEVEL = 0.95
DIGITS = 5  # of the numbers of single datasets in a file
Role = Literal["method", "baseline", "control"]
ROLES: Final[tuple[str, ...]] = get_args(Role)

SUMMARY_COLUMNS = ("method", "role", "metric", "mean", "low", "high", "runs", "units", "unit", "n")
RANK_COLUMNS = ("method", "role", "rank", "low", "high", "units", "unit", "metrics")
DIFFERENCE_COLUMNS = (
    *("method", "role", "metric", "rival", "difference", "low", "high", "units", "unit"),
    "better_in",
)


@dataclass(frozen=True)
class Method:
    """What is compared.

    Parameters
    ----------
    name
        Unique name.
    role
        "method"; "baseline" is a simple rival that could win honestly; "control" knows nothing of
        biology and shows what a metric is worth.
    description
        One sentence, or "".
    """

    name: str
    role: str = "method"
    description: str = ""


@dataclass(frozen=True)
class Run:
    """Metrics of one method with one seed on one split.

    Parameters
    ----------
    method
        Name of the method.
    seed
        Of the training; None for a method without chance in it.
    split
        Number of the hold-out draw; None when nothing was hidden.
    measured
        Metric key -> value, n and note.
    """

    method: str
    seed: int | None
    split: int | None
    measured: Mapping[str, Measured]


@dataclass(frozen=True)
class Comparison:
    """Runs that were measured on the same graphs in the same way.

    Parameters
    ----------
    title
        Name in a few words.
    data
        Which graphs, one sentence.
    methods
        In the order in which they are to be listed; names are unique.
    runs
        Each method, seed and split once.
    rival
        Method that differences are taken to, or "".
    provenance
        Command, versions, hold-out: JSON-ready.
    """

    title: str
    data: str
    methods: tuple[Method, ...]
    runs: tuple[Run, ...]
    rival: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [method.name for method in self.methods]
        _check_unique(names, "methods")
        for method in self.methods:
            check_choice(method.role, ROLES, name="role")
        for run in self.runs:
            check_choice(run.method, names, name="method")
        _check_unique([(run.method, run.seed, run.split) for run in self.runs], "runs")
        if self.rival:
            check_choice(self.rival, names, name="rival")
        unknown = sorted({key for run in self.runs for key in run.measured} - set(find_metrics()))
        if unknown:
            msg = f"Expected metrics of this version, found {format_list(unknown)}."
            hint = "Update the program, install the package that measured them, or measure again."
            raise InputError(msg, hint)

    def values(self) -> pd.DataFrame:
        """List all numbers: `method, role, seed, split, metric, value, n, counted, note`."""
        roles = {method.name: method.role for method in self.methods}
        rows = [
            (
                *(run.method, roles[run.method], run.seed, run.split, key),
                *(found.value, found.n, found.counted, found.note),
            )
            for run in self.runs
            for key in find_metrics()
            for found in [run.measured.get(key)]
            if found is not None
        ]
        table = pd.DataFrame(
            rows,
            columns=["method", "role", "seed", "split", "metric", "value", "n", "counted", "note"],
        )
        return table.astype({"seed": "Int64", "split": "Int64", "value": "float64"})


def _check_unique(names: Sequence[object], what: str) -> None:
    """Raise `InputError` when something stands twice."""
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        msg = f"Expected {what} of different names, found {twice[0]!r} more than once."
        raise InputError(msg, "Give each one once.")


def summarise(comparison: Comparison) -> pd.DataFrame:
    """Compute mean and 95 % interval of each method and metric.

    With two splits or more the seeds of a split are averaged and the interval is taken over
    splits, because seeds of one split are not independent; else over seeds. The interval is
    `mean +- t(.975, n - 1) s / sqrt(n)` over these n units; NaN for one unit.

    Returns
    -------
    Columns `SUMMARY_COLUMNS`, in the order of methods and metrics; `runs` numbers averaged, `units`
    is the n of the interval, `n` the smallest number of things counted in a run. Metrics without
    any number are left out.
    """
    values = comparison.values().dropna(subset="value")
    unit = unit_of(comparison)
    parts = dict(iter(values.groupby(["method", "metric"])))
    rows = []
    for method in comparison.methods:
        for key in (key for key in find_metrics() if (method.name, key) in parts):
            part = parts[method.name, key]
            numbers = part.groupby(unit, dropna=False)["value"].mean().to_numpy()
            counts = (len(part), len(numbers), unit, int(part["n"].min()))
            rows.append((method.name, method.role, key, *interval(numbers), *counts))
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def interval(numbers: np.ndarray) -> tuple[float, float, float]:
    """Mean, lower and upper end of its 95 % interval by Student's t; NaN ends for one number."""
    mean = float(np.mean(numbers))
    if len(numbers) < 2:
        return mean, math.nan, math.nan
    half = stats.t.ppf((1 + LEVEL) / 2, len(numbers) - 1) * stats.sem(numbers)
    return mean, mean - float(half), mean + float(half)


def average_ranks(comparison: Comparison, metrics: Sequence[str]) -> pd.DataFrame:
    """Rank all methods, controls included, by each metric, and average over metrics.

    1 is the best; equal values share the mean of their ranks. Only metrics that every method has
    count. Ranks are taken within a split, or within a seed when there is one split, and averaged
    over metrics there; mean and interval are over these units. A method without seed takes part in
    each.

    Returns
    -------
    Columns `RANK_COLUMNS`, best first; empty when no metric was measured for all methods.
    """
    unit = unit_of(comparison)
    wide = _by_unit(comparison, metrics)
    names = [method.name for method in comparison.methods]
    usable = [key for key in metrics if key in wide and wide[key].notna().all(axis=None)]
    if not usable:
        return pd.DataFrame(columns=list(RANK_COLUMNS))
    ranks = sum(
        wide[key].rank(axis=1, ascending=find_metrics()[key].better == "lower") for key in usable
    ) / len(usable)
    rows = [
        (method.name, method.role, *interval(ranks[method.name].to_numpy()), len(ranks), unit,
         len(usable))
        for method in comparison.methods
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(RANK_COLUMNS))
    order = sorted(range(len(names)), key=lambda i: (table["rank"].iloc[i], i))
    return table.iloc[order].reset_index(drop=True)


def paired_differences(comparison: Comparison, rival: str | None = None) -> pd.DataFrame:
    """Take each method minus a rival within each split, or seed when there is one split.

    Parameters
    ----------
    comparison
        The runs.
    rival
        Name of a method; None takes the rival of the comparison.

    Returns
    -------
    Columns `DIFFERENCE_COLUMNS`; `better_in` is the number of units in which the method is strictly
    better. Pairs without a common unit are left out.
    """
    layouts = _by_unit(comparison, tuple(find_metrics()), is_complete=False)
    return _differences(comparison, rival, layouts, _rows_of_all, unit_of(comparison))


def differences_by_dataset(comparison: Comparison, rival: str | None = None) -> pd.DataFrame:
    """Take each method minus a rival within each dataset, averaged over splits and seeds.

    Only metrics that are means over datasets have such numbers. The interval, by Student's t, is
    over datasets: it says whether another dataset can be expected to tell the same.

    Parameters
    ----------
    comparison
        The runs.
    rival
        Name of a method; None takes the rival of the comparison.

    Returns
    -------
    Columns `DIFFERENCE_COLUMNS`, the unit is "dataset". Splits that the two do not have in common
    are left out, unless they have none.
    """
    table = pd.DataFrame(
        [
            (run.method, -1 if run.split is None else run.split, key, dataset, value)
            for run in comparison.runs
            for key, measured in run.measured.items()
            for dataset, value in measured.by_dataset.items()
        ],
        columns=["method", "split", "metric", "dataset", "value"],
    )
    layouts = {
        key: table[table["metric"] == key].pivot_table(
            index=["split", "dataset"], columns="method", values="value"
        )
        for key in find_metrics()
        if key in set(table["metric"])
    }

    def means(pair: pd.DataFrame) -> pd.DataFrame:
        both = pair.dropna()
        return (both if len(both) else pair).groupby("dataset").mean()

    return _differences(comparison, rival, layouts, means, "dataset")


def _differences(
    comparison: Comparison,
    rival: str | None,
    layouts: Mapping[str, pd.DataFrame],
    in_common: Callable[[pd.DataFrame], pd.DataFrame],
    unit: str,
) -> pd.DataFrame:
    """Take each method minus a rival, metric by metric.

    A layout has a column a method. Of the two that are compared `in_common` makes a row a unit: a
    third method that was measured less often takes nothing away from them.
    """
    rival = rival or comparison.rival
    check_choice(rival, [method.name for method in comparison.methods], name="rival")
    rows = []
    for method in (method for method in comparison.methods if method.name != rival):
        for key, layout in layouts.items():
            numbers = in_common(layout.reindex(columns=[method.name, rival]))
            difference = (numbers[method.name] - numbers[rival]).dropna().to_numpy()
            if not len(difference):
                continue
            sign = 1 if find_metrics()[key].better == "higher" else -1
            counts = (len(difference), unit, int((sign * difference > 0).sum()))
            rows.append((method.name, method.role, key, rival, *interval(difference), *counts))
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def unit_of(comparison: Comparison) -> str:
    """What varies: "split" when there are two or more, else "seed"."""
    return "split" if len({run.split for run in comparison.runs}) > 1 else "seed"


def _by_unit(
    comparison: Comparison, metrics: Sequence[str], *, is_complete: bool = True
) -> dict[str, pd.DataFrame]:
    """Lay out each of some metrics: a row a split or seed, a column a method; NaN if not measured.

    A complete layout keeps the rows in which every method stands, as ranks need them.
    """
    unit = unit_of(comparison)
    values = comparison.values().dropna(subset="value")
    names = [method.name for method in comparison.methods]
    found = {}
    for key in find_metrics():
        part = values[values["metric"] == key] if key in metrics else values[:0]
        if part.empty:
            continue
        has_unit = part[unit].notna()
        table = part[has_unit].pivot_table(index=unit, columns="method", values="value")
        if table.empty:
            table = pd.DataFrame(index=pd.Index([0], name=unit))
        constant = part[~has_unit].groupby("method")["value"].mean()
        for name, value in constant.items():
            table[name] = value
        found[key] = table.reindex(columns=names)
    return {key: _rows_of_all(table) for key, table in found.items()} if is_complete else found


def _rows_of_all(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the units in which all methods were measured that were measured at all.

    When there are none, such as seeds 0 to 4 of one method and 5 to 9 of the other, the means over
    units stand as one unit.
    """
    measured = table.columns[table.notna().any()]
    complete = table[table[measured].notna().all(axis=1)]
    return complete if len(complete) else table.mean().to_frame().T


def extend(known: Comparison, more: Comparison) -> Comparison:
    """Put newer runs of the same benchmark into a comparison.

    A run of the same method, seed and split keeps what was not measured again: a number that does
    not exist takes the place of none. New methods stand last. What made the numbers is listed under
    `commands` of the provenance.

    Raises
    ------
    InputError
        If the data differ.
    """
    if known.data != more.data:
        msg = f"Expected runs on the same data, found {known.data!r} and {more.data!r}."
        raise InputError(msg, "Extend a benchmark of the same graphs only.")
    runs = {(run.method, run.seed, run.split): run for run in known.runs}
    for run in more.runs:
        key = (run.method, run.seed, run.split)
        before = runs[key].measured if key in runs else {}
        newer = {
            metric: found
            for metric, found in run.measured.items()
            if metric not in before or not math.isnan(found.value)
        }
        runs[key] = replace(run, measured={**before, **newer})
    methods = {method.name: method for method in known.methods}
    methods |= {method.name: method for method in more.methods}
    commands = [*known.provenance.get("commands", []), *more.provenance.get("commands", [])]
    return replace(
        more,
        methods=tuple(methods.values()),
        runs=tuple(runs.values()),
        rival=more.rival or known.rival,
        provenance={**known.provenance, **more.provenance, "commands": commands},
    )


def write_comparison(comparison: Comparison, path: Path) -> None:
    """Write `benchmark.json`: all single numbers; means and ranks are computed on reading."""
    with replacing(path) as temporary:
        temporary.write_text(to_json(comparison), encoding="utf-8")


def to_json(comparison: Comparison) -> str:
    """Return the text of `benchmark.json`; a number that does not exist is null."""
    content = {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(comparison)}
    for run in content["runs"]:
        run["measured"] = [
            {"metric": key, **entry, "value": _or_none(entry["value"])}
            for key, entry in run["measured"].items()
        ]
        for entry in run["measured"]:
            parts = entry.pop("by_dataset")
            if parts:
                entry["by_dataset"] = {name: round(value, DIGITS) for name, value in parts.items()}
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _or_none(value: float) -> float | None:
    """Return None for NaN, which JSON does not have."""
    return None if math.isnan(value) else value


def read_comparison(path: Path) -> Comparison:
    """Read a file written by `write_comparison`.

    Raises
    ------
    DataFileError
        If it is missing, damaged, or of another kind or version.
    """
    return comparison_from(read_benchmark_text(path), Path(path))


def comparison_from(content: dict[str, Any], path: Path) -> Comparison:
    """Take a comparison out of the JSON that was read from a file.

    Raises
    ------
    DataFileError
        If it is damaged, or of another kind or version.
    """
    if content.get("format") != FORMAT:
        msg = f"Expected a benchmark, found another kind of JSON in {path}."
        raise DataFileError(msg, f"Make one with {_COMMAND}.")
    return take_out(
        content, path, _parse, role="a benchmark", version=FORMAT_VERSION, command=_COMMAND
    )


def _parse(content: Mapping[str, Any]) -> Comparison:
    """Take a comparison out of its JSON."""
    return Comparison(
        title=str(content["title"]),
        data=str(content["data"]),
        methods=tuple(
            Method(str(item["name"]), str(item["role"]), str(item.get("description", "")))
            for item in content["methods"]
        ),
        runs=tuple(_parse_run(item) for item in content["runs"]),
        rival=str(content.get("rival", "")),
        provenance=dict(content.get("provenance", {})),
    )


def _finite(value: Any) -> float:
    """Return a number; raise `ValueError` for one that is none, as text may say."""
    number = float(value)
    if not math.isfinite(number):
        msg = f"{number} is no measured value"
        raise ValueError(msg)
    return number


def _parse_run(item: dict[str, Any]) -> Run:
    """Take a run out of its JSON."""
    seed, split = (None if item[key] is None else int(item[key]) for key in ("seed", "split"))
    values = {
        str(entry["metric"]): Measured(
            math.nan if entry["value"] is None else _finite(entry["value"]),
            int(entry["n"]),
            str(entry["counted"]),
            str(entry["note"]),
            {str(name): _finite(value) for name, value in entry.get("by_dataset", {}).items()},
        )
        for entry in item["measured"]
    }
    return Run(str(item["method"]), seed, split, values)
