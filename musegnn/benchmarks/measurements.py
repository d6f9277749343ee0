"""Measurements: what a benchmark printed, as a table that the Benchmarks page shows.

A `Comparison` holds single runs of gene vectors by the metrics of the registry. Other benchmarks
(drug targets, fusion, lineages, molecules) have measures of their own and print means with their
intervals; these are kept here as they were printed, with what each measure and method is.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import pandas as pd

from musegnn.benchmarks.comparison import (
    ROLES,
    Comparison,
    Method,
    comparison_from,
)
from musegnn.benchmarks.metric import Better
from musegnn.benchmarks.written import read_benchmark_text, take_out
from musegnn.errors import InputError
from musegnn.io.atomic import replacing
from musegnn.validation import check_choice, format_list

FORMAT: Final = "musegnn measurements"
FORMAT_VERSION: Final = 1
COLUMNS: Final = ("question", "method", "measure", "value", "low", "high", "n")
INTERVAL: Final = "95 % interval"
_MOST_DECIMALS: Final = 9


@dataclass(frozen=True)
class Measure:
    """One kind of number.

    Parameters
    ----------
    key
        Name in the table.
    label
        Short name for people.
    meaning
        What it measures, one sentence.
    failure
        How it misleads, one sentence.
    chance
        Value without knowledge, in words.
    better
        Direction, "neither" where nothing leads by it.
    low, high
        Range; `high` None says no fixed end.
    decimals
        How many are shown.
    """

    key: str
    label: str
    meaning: str
    failure: str
    chance: str
    better: Better = "higher"
    low: float = 0
    high: float | None = 1
    decimals: int = 3

    def __post_init__(self) -> None:
        check_choice(self.better, get_args(Better), name="better")
        if not all(math.isfinite(end) for end in (self.low, self.high or 0)):
            msg = f"Expected a range of numbers for {self.key}, found {self.low} to {self.high}."
            raise InputError(msg, "Leave the high end out where there is none.")


@dataclass(frozen=True)
class Goal:
    """What one number was wished to be before it was measured.

    Parameters
    ----------
    question, method, measure
        Which number.
    low, high
        Between which it should lie, ends included; None for no end.
    """

    question: str
    method: str
    measure: str
    low: float | None = None
    high: float | None = None

    def is_met(self, value: float) -> bool:
        """Tell whether a number lies between the ends; one that does not exist does not."""
        above = -math.inf if self.low is None else self.low
        below = math.inf if self.high is None else self.high
        return above <= value <= below

    def in_words(self, decimals: int) -> str:
        """Write the goal: "at most 0.010"."""
        low, high = (
            None if end is None else f"{end:.{decimals}f}" for end in (self.low, self.high)
        )
        if low is None or high is None:
            return f"at most {high}" if low is None else f"at least {low}"
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Answer:
    """A goal and what came out.

    Parameters
    ----------
    goal, measure
        What was wished, and of what kind of number.
    value, low, high, n
        As in the table of `Measurements`.
    """

    goal: Goal
    measure: Measure
    value: float
    low: float
    high: float
    n: int

    @property
    def found(self) -> str:
        """What came out, a digit finer than it is shown elsewhere: a goal may be missed by it."""
        return number_text(self.value, self.low, self.high, self.measure.decimals + 1)

    @property
    def wished(self) -> str:
        """The goal in words."""
        return self.goal.in_words(self.measure.decimals)

    @property
    def verdict(self) -> str:
        """Say "met" or "missed"."""
        return "met" if self.goal.is_met(self.value) else "missed"


@dataclass(frozen=True)
class Measurements:
    """What a benchmark printed.

    Parameters
    ----------
    title
        Name in a few words.
    data
        What was measured on, one sentence without its full stop.
    command
        What prints the numbers.
    counted
        What `n` counts, in the plural.
    questions
        What is asked -> one sentence on how, in the order of the page.
    measures
        In their order; the first is the headline.
    methods
        In their order.
    table
        Columns `COLUMNS`, a row a question, method and measure; `low` and `high` are the ends of
        what `ends` says, NaN where there are none, `n` 0 where nothing is counted.
    ends
        What lies between `low` and `high`.
    goals
        What some of the numbers were wished to be.
    """

    title: str
    data: str
    command: str
    counted: str
    questions: Mapping[str, str]
    measures: tuple[Measure, ...]
    methods: tuple[Method, ...]
    table: pd.DataFrame
    ends: str = INTERVAL
    goals: tuple[Goal, ...] = ()

    def __post_init__(self) -> None:
        for method in self.methods:
            check_choice(method.role, ROLES, name="role")
        known = {
            "question": set(self.questions),
            "method": {method.name for method in self.methods},
            "measure": {measure.key for measure in self.measures},
        }
        for column, names in known.items():
            unknown = sorted(set(self.table[column]) - names)
            if unknown:
                msg = f"Expected each {column} to be described, found {format_list(unknown)}."
                raise InputError(msg, "Describe it, or leave its rows out.")
        infinite = np.isinf(self.table[list(COLUMNS[3:6])].astype("float64")).any(axis=1)
        if infinite.any():
            row = self.table[infinite].iloc[0]
            msg = f"Expected finite numbers, found others for {row['measure']} of {row['method']}."
            raise InputError(msg, "Leave a number that does not exist empty.")
        twice = self.table.duplicated(list(COLUMNS[:3]))
        if twice.any():
            row = self.table[twice].iloc[0]
            msg = (
                f"Expected one number a question, method and measure, found {row['measure']} of "
                f"{row['method']} twice ({row['question']})."
            )
            raise InputError(msg, "Give each one once.")
        there = set(self.table[list(COLUMNS[:3])].itertuples(index=False, name=None))
        for goal in self.goals:
            if (goal.question, goal.method, goal.measure) not in there:
                msg = (
                    f"Expected a number for each goal, found none for {goal.measure} of "
                    f"{goal.method} ({goal.question})."
                )
                raise InputError(msg, "Measure it, or leave its goal out.")

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Goals with what came out, in their order."""
        measures = {measure.key: measure for measure in self.measures}
        rows = self.table.set_index(list(COLUMNS[:3]))
        found = []
        for goal in self.goals:
            row = rows.loc[(goal.question, goal.method, goal.measure)]
            value, low, high = (float(row[name]) for name in COLUMNS[3:6])
            found.append(Answer(goal, measures[goal.measure], value, low, high, int(row["n"])))
        return tuple(found)


def number_text(value: float, low: float, high: float, decimals: int) -> str:
    """Write a number with its ends in brackets, where it has any."""
    text = f"{value:z,.{decimals}f}"
    if not (math.isnan(low) or math.isnan(high)):
        text += f" [{low:z,.{decimals}f}, {high:z,.{decimals}f}]"
    return text


def to_json(measurements: Measurements) -> str:
    """Return the text of a file; a number that does not exist is null."""
    rows = [
        [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in row]
        for row in measurements.table[list(COLUMNS)].astype(object).to_numpy().tolist()
    ]
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "title": measurements.title,
        "data": measurements.data,
        "command": measurements.command,
        "counted": measurements.counted,
        "ends": measurements.ends,
        "questions": dict(measurements.questions),
        "measures": [asdict(measure) for measure in measurements.measures],
        "methods": [asdict(method) for method in measurements.methods],
        "goals": [asdict(goal) for goal in measurements.goals],
        "columns": list(COLUMNS),
    }
    head = json.dumps(content, indent=1, allow_nan=False)[:-2]
    lines = ",\n  ".join(json.dumps(row, allow_nan=False) for row in rows)
    return f'{head},\n "rows": [\n  {lines}\n ]\n}}\n'


def write_measurements(measurements: Measurements, path: Path) -> None:
    """Write a file for `data/benchmarks`, or to lie beside a result."""
    with replacing(path) as temporary:
        temporary.write_text(to_json(measurements), encoding="utf-8")


def read_benchmark(path: Path) -> Comparison | Measurements:
    """Read a benchmark of either kind.

    Raises
    ------
    DataFileError
        If it is missing, damaged, or of another kind or version.
    """
    content = read_benchmark_text(path)
    if content.get("format") != FORMAT:
        return comparison_from(content, path)
    role, command = "measurements", "the command of the benchmark"
    return take_out(content, path, _parse, role=role, version=FORMAT_VERSION, command=command)


def _parse(content: Mapping[str, Any]) -> Measurements:
    """Take measurements out of their JSON."""
    if tuple(content["columns"]) != COLUMNS:
        msg = f"columns are {content['columns']!r}"
        raise ValueError(msg)
    table = pd.DataFrame([tuple(row) for row in content["rows"]], columns=list(COLUMNS))
    texts = {name: table[name].astype(str) for name in COLUMNS[:3]}
    numbers = {name: table[name].astype("float64") for name in COLUMNS[3:6]}
    return Measurements(
        title=str(content["title"]),
        data=str(content["data"]),
        command=str(content["command"]),
        counted=str(content["counted"]),
        ends=str(content["ends"]),
        questions={str(name): str(text) for name, text in content["questions"].items()},
        measures=tuple(_measure(item) for item in content["measures"]),
        methods=tuple(
            Method(str(item["name"]), str(item["role"]), str(item["description"]))
            for item in content["methods"]
        ),
        table=pd.DataFrame({**texts, **numbers, "n": table["n"].astype("int64")}),
        goals=tuple(_goal(item) for item in content.get("goals", ())),
    )


def _measure(item: Mapping[str, Any]) -> Measure:
    """Take a measure out of its JSON."""
    words = {name: str(item[name]) for name in ("key", "label", "meaning", "failure", "chance")}
    high = None if item["high"] is None else float(item["high"])
    decimals = int(item.get("decimals", Measure.decimals))
    if not 0 <= decimals <= _MOST_DECIMALS:
        msg = f"{decimals} decimals"
        raise ValueError(msg)
    return Measure(
        **words, better=item["better"], low=float(item["low"]), high=high, decimals=decimals
    )


def _goal(item: Mapping[str, Any]) -> Goal:
    """Take a goal out of its JSON."""
    ends = (None if item[end] is None else float(item[end]) for end in ("low", "high"))
    goal = Goal(str(item["question"]), str(item["method"]), str(item["measure"]), *ends)
    known = [end for end in (goal.low, goal.high) if end is not None]
    if not known or not all(math.isfinite(end) for end in known):
        msg = f"a goal of {goal.measure} without an end"
        raise ValueError(msg)
    return goal
