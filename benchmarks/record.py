"""What is to be said of a benchmark that its JSON does not say."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from musegnn.benchmarks.comparison import Method
from musegnn.benchmarks.measurements import INTERVAL, Goal, Measure

Row = tuple[str, str, str, float, float, float, int]
Result = dict[str, Any]

AUROC = Measure(
    "auroc",
    "AUROC",
    "Chance that a true one is ranked before one that is not.",
    "It is high where the top of the list, which people read, is still wrong.",
    "0.5",
)
MRR = Measure(
    "mrr",
    "MRR",
    "Mean reciprocal rank: 1 where the first is right, 1/2 where the second is.",
    "A few first places weigh more than many tenth places.",
    "a few hundredths, see the control",
)


def hit(k: int) -> Measure:
    """Return the measure of hits among the first k."""
    return Measure(
        f"hit_at_{k}",
        f"hit@{k}",
        f"Share asked for which a right one is among the first {k}.",
        "It depends on how many candidates there are.",
        "k over the number of candidates",
    )


@dataclass(frozen=True)
class Docs:
    """Where a table of the record stands in the docs.

    Parameters
    ----------
    page
        Name of a file in `docs`.
    mark
        Stands in the comments around the table.
    shows
        Which questions it has.
    """

    page: str
    mark: str
    shows: Callable[[str], bool] = bool


@dataclass(frozen=True)
class Record:
    """What there is to be said of a benchmark that its JSON does not say.

    Parameters
    ----------
    file
        Name in `data/benchmarks`, without its ending.
    title, data, command, counted, questions, measures, methods
        As in `Measurements`; data and command may hang on the results.
    rows
        From the results, one a log, to the rows of the table.
    how
        Of the questions that `questions` does not name.
    ends
        What lies between the ends of a number.
    goals
        Set before it was measured; those of numbers that are not there are left out.
    docs
        Tables of it in the docs.
    """

    file: str
    title: str
    data: str | Callable[[Sequence[Result]], str]
    command: str | Callable[[Sequence[Result]], str]
    counted: str
    questions: Mapping[str, str]
    measures: tuple[Measure, ...]
    methods: tuple[Method, ...]
    rows: Callable[[Sequence[Result]], list[Row]]
    how: str = ""
    ends: str = INTERVAL
    goals: tuple[Goal, ...] = ()
    docs: tuple[Docs, ...] = ()


def nested(
    questions: Mapping[str, str], measures: Sequence[Measure], renamed: Mapping[str, str]
) -> Callable[[Sequence[Result]], list[Row]]:
    """Read `{question: {method: {measure, measure_interval, n}}}`.

    Parameters
    ----------
    questions
        Name in the JSON, with "/" before what lies deeper -> name on the page.
    measures
        Those that are read.
    renamed
        Name of a method in the JSON -> name on the page; others are left out.
    """

    def read(results: Sequence[Result]) -> list[Row]:
        rows: list[Row] = []
        for key, question in questions.items():
            part: Any = results[0]
            for step in key.split("/"):
                part = part[step]
            for method, label in renamed.items():
                entry = part.get(method)
                for measure in measures if entry else ():
                    low, high = entry.get(f"{measure.key}_interval", (math.nan, math.nan))
                    value = entry[measure.key]
                    rows.append((question, label, measure.key, value, low, high, entry["n"]))
        return rows

    return read


def methods_of(records: Mapping[str, tuple[str, str, str]]) -> tuple[Method, ...]:
    """Return the methods of a table `name in the JSON -> (name, role, description)`."""
    return tuple(Method(*record) for record in records.values())


def names_of(records: Mapping[str, tuple[str, str, str]]) -> dict[str, str]:
    """Return name in the JSON -> name on the page."""
    return {key: record[0] for key, record in records.items()}
