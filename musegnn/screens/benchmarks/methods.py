"""Benchmark methods: how the table of means is made, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.embeddings.origin import Origin
from musegnn.screens.benchmarks.view import SHIPPED
from musegnn.screens.benchmarks.view_group import BenchmarkView
from musegnn.screens.shell.methods import Methods, describe

_CODE: Final = """
from musegnn.benchmarks.comparison import read_comparison, summarise
from musegnn.settings import REPOSITORY

comparison = read_comparison({path})
table = summarise(comparison)
"""
_CODE_MEASURED: Final = """
from musegnn.benchmarks.measurements import read_benchmark
from musegnn.settings import REPOSITORY

table = read_benchmark({path}).table
"""


def benchmark_methods(view: BenchmarkView, origin: Origin) -> Methods:
    """Say how the means of a benchmark are made.

    Parameters
    ----------
    view
        What the page shows about a benchmark that is shipped or lies beside the opened result.
    origin
        The opened result.
    """
    path = view.path
    place = (
        f'REPOSITORY / "data" / "benchmarks" / {path.name!r}'
        if path.parent == SHIPPED
        else f"embedding.path.parent / {path.name!r}"
    )
    has_runs = any(len(group.points) for group in view.groups)
    means = (
        "Mean over the runs of each method with a 95 % interval (Student's t over the runs), one "
        "row a metric and method."
        if has_runs
        else "Means as the benchmark printed them, with their 95 % intervals, one row a question, "
        "method and measure."
    )
    return describe(
        origin,
        title="Means of the benchmark",
        sentences=(f"{view.title}: {view.data}.", means, view.ranks_caption),
        parameters={"file": path.name},
        code=(_CODE if has_runs else _CODE_MEASURED).format(path=place),
    )
