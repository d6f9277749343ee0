"""Benchmark methods: how the table of means is made, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.embeddings.origin import Origin
from musegnn.screens.benchmarks.view import SHIPPED, BenchmarkView
from musegnn.screens.shell.methods import Methods, describe

_CODE: Final = """
from musegnn.benchmarks.comparison import read_comparison, summarise
from musegnn.settings import REPOSITORY

comparison = read_comparison({path})
table = summarise(comparison)
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
    return describe(
        origin,
        title="Means of the benchmark",
        sentences=(
            f"{view.title}: {view.data}.",
            "Mean over the runs of each method with a 95 % interval (Student's t over the runs), "
            "one row a metric and method.",
            view.ranks_caption,
        ),
        parameters={"file": path.name},
        code=_CODE.format(path=place),
    )
