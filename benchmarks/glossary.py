"""Write the table of measures in docs/glossary.md from the records of all metrics.

Usage: `python -m benchmarks.glossary`.
"""

from __future__ import annotations

from pathlib import Path

from musegnn.benchmarks.metric import Metric
from musegnn.benchmarks.registry import find_metrics

PAGE = Path(__file__).resolve().parent.parent / "docs" / "glossary.md"
TITLE = "## Measures of benchmarks"
HEADER = """
What a benchmark asks, in its order. How each measure misleads stands on the *Benchmarks* page.

| measure | range | better | by chance | what it measures |
|---|---|---|---|---|
"""


def own_metrics() -> list[Metric]:
    """List the metrics that are part of this project, not those of other installed packages."""
    return [m for m in find_metrics().values() if m.measure.__module__.startswith("musegnn.")]


def measures() -> str:
    """Return the part of the page, from its title to the end."""
    lines, group = [], None
    for metric in own_metrics():
        if metric.group != group:
            group = metric.group
            lines.append(f"| **{group.name}** | | | | {group.meaning} |")
        source = f" Source: {metric.source}." if metric.source else ""
        lines.append(
            f"| {metric.label} | {metric.range_text} | {metric.better} | {metric.chance} "
            f"| {metric.meaning}{source} |"
        )
    return f"{TITLE}\n{HEADER}" + "\n".join(lines) + "\n"


def with_measures(page: str) -> str:
    """Replace the part of a page, which is its last."""
    return page.partition(TITLE)[0].rstrip() + "\n\n" + measures()


if __name__ == "__main__":
    PAGE.write_text(with_measures(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {len(own_metrics())} measures to {PAGE}")
