"""Tables of the docs that come from the files of `data/benchmarks`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from benchmarks.record import Docs
from musegnn.benchmarks.measurements import Measurements, number_text

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs"


def write_tables(docs: Sequence[Docs], found: Measurements) -> None:
    """Write the tables of a benchmark into the docs."""
    for one in docs:
        path = FOLDER / one.page
        page = path.read_text(encoding="utf-8")
        path.write_text(with_table(page, one, found), encoding="utf-8")


def with_table(page: str, docs: Docs, found: Measurements) -> str:
    """Replace what stands between the marks of a page."""
    start, end = f"<!-- {docs.mark} -->\n", f"<!-- end of {docs.mark} -->\n"
    before, opened, rest = page.partition(start)
    _, closed, after = rest.partition(end)
    if not (opened and closed):
        msg = f"docs/{docs.page} has no place for the table `{docs.mark}`"
        raise SystemExit(msg)
    return f"{before}{start}{as_markdown(found, docs.shows)}{end}{after}"


def as_markdown(found: Measurements, shows: Callable[[str], bool] = bool) -> str:
    """Write what was measured on, the numbers of some questions, and which goals were met."""
    table = found.table[found.table["question"].map(shows).astype(bool)]
    measures = [one for one in found.measures if one.key in set(table["measure"])]
    has_n = bool((table["n"] > 0).any())
    head = ["asked", "", *(measure.label for measure in measures), *(["n"] if has_n else [])]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    ends = f" In brackets: the {found.ends}." if table["low"].notna().any() else ""
    for question in dict.fromkeys(table["question"]):
        own = table[table["question"] == question]
        said = question
        for method in (one.name for one in found.methods):
            row = own[own["method"] == method].set_index("measure")
            if row.empty:
                continue
            numbers = {
                key: number_text(*values, measure_decimals)
                for key, measure_decimals in ((one.key, one.decimals) for one in measures)
                if key in row.index
                and not math.isnan((values := tuple(row.loc[key, ["value", "low", "high"]]))[0])
            }
            cells = [numbers.get(measure.key, "") for measure in measures]
            n = [f"{int(row['n'].max()):,}" if row["n"].max() else ""] if has_n else []
            lines.append(f"| {' | '.join([said, method, *cells, *n])} |")
            said = ""
    counted = f" n counts {found.counted}." if has_n else ""
    said = f"{found.data[:1].upper()}{found.data[1:]}.{ends}{counted} `{found.command}`"
    goals = [
        f"- {answer.goal.question}, {answer.goal.method}, {answer.measure.label}: "
        f"{answer.found}, wished {answer.wished}: **{answer.verdict}**."
        for answer in found.answers
        if shows(answer.goal.question)
    ]
    return "\n".join([*lines, "", said, "", *([*goals, ""] if goals else [])])
