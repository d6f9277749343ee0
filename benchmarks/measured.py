"""Keep what a benchmark printed, so that the Benchmarks page and the docs show it.

Usage: `python -m benchmarks.measured NAME LOG [LOG ...] [-o FILE] [--keep]`. A log is what a
benchmark printed: its last line that is JSON counts, or all of a file `.json`. Names: those of
`RECORDS`, which say what methods, measures and questions are, which file in `data/benchmarks` is
written, and which tables of the docs come from it. Nothing is measured here. Benchmarks with an
option `--write` do this themselves.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.measured_docs import write_tables
from benchmarks.record import Record, Result
from benchmarks.records import RECORDS
from musegnn.benchmarks.measurements import (
    COLUMNS,
    Goal,
    Measurements,
    read_benchmark,
    write_measurements,
)

FOLDER: Final = Path(__file__).resolve().parent.parent / "data" / "benchmarks"


def last_result(path: Path) -> Result:
    """Return the last line of a log that is JSON, or a file that is JSON as a whole."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return dict(json.loads(text))
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            return dict(json.loads(line))
    msg = f"{path} has no line of JSON; give what the benchmark printed"
    raise SystemExit(msg)


def measurements_of(name: str, results: Sequence[Result]) -> Measurements:
    """Make the file of a benchmark from what it printed.

    Parameters
    ----------
    name
        A key of `RECORDS`.
    results
        One, or for `properties` one a set of assays.
    """
    record = RECORDS[name]
    rows = record.rows(results)
    asked = dict.fromkeys(row[0] for row in rows)
    here = {row[1] for row in rows}
    read = {row[2] for row in rows}
    return Measurements(
        title=record.title,
        data=record.data if isinstance(record.data, str) else record.data(results),
        command=record.command if isinstance(record.command, str) else record.command(results),
        counted=record.counted,
        questions={one: record.questions.get(one, record.how) for one in asked},
        measures=tuple(measure for measure in record.measures if measure.key in read),
        methods=tuple(method for method in record.methods if method.name in here),
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        ends=record.ends,
        goals=goals_of(record, {row[:3] for row in rows}),
    )


def goals_of(record: Record, there: Collection[tuple[str, str, str]]) -> tuple[Goal, ...]:
    """Return the goals whose numbers are there."""
    return tuple(
        goal for goal in record.goals if (goal.question, goal.method, goal.measure) in there
    )


def joined(name: str, found: Measurements, path: Path) -> Measurements:
    """Add what an earlier file of the same benchmark answers and this one does not."""
    old = read_benchmark(path)
    if not isinstance(old, Measurements) or old.title != found.title:
        msg = f"{path} is not about {found.title}; give another file"
        raise SystemExit(msg)
    is_new = old.table["question"].isin(set(found.table["question"]))
    table = pd.concat([old.table[~is_new], found.table], ignore_index=True)
    record, here = RECORDS[name], set(table["method"])
    questions = {**old.questions, **found.questions}
    return replace(
        found,
        questions={asked: questions[asked] for asked in dict.fromkeys(table["question"])},
        measures=tuple(one for one in record.measures if one.key in set(table["measure"])),
        methods=tuple(one for one in record.methods if one.name in here),
        table=table,
        goals=goals_of(record, set(table[list(COLUMNS[:3])].itertuples(index=False, name=None))),
    )


def keep(
    name: str, results: Sequence[Result], output: Path | None = None, *, joins: bool = False
) -> Path:
    """Write the file of a benchmark and, where it is that of the repository, its docs.

    Parameters
    ----------
    name, results
        As `measurements_of` takes them.
    output
        Another file.
    joins
        Questions that the results do not answer stay as the file has them.
    """
    path = output or FOLDER / f"{RECORDS[name].file}.json"
    found = measurements_of(name, results)
    if joins and path.exists():
        found = joined(name, found, path)
    write_measurements(found, path)
    if output is None:
        write_tables(RECORDS[name].docs, found)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(RECORDS))
    parser.add_argument("logs", nargs="+", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="another file; the docs stay")
    parser.add_argument("--keep", action="store_true", help="questions that no log answers stay")
    options = parser.parse_args(arguments)
    results = [last_result(path) for path in options.logs]
    print(f"wrote {keep(options.name, results, options.output, joins=options.keep)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
