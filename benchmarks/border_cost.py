"""What it costs to read an honest small file apart, in a process of its own.

`python -m benchmarks.border_cost [--repeats 30] [--only NAME ...]` writes one small file for each
kind of reader, reads it in turn apart and in this process, where all is loaded, and prints one JSON
line; exit code 1 where a file costs more than 50 ms more: by processor time, and by wall time where
the machine has nothing else to do.

- `apart_ms`, `here_ms`: least wall time; a machine that does other things adds to all of it, and
  the least is what the work takes
- `more_ms`: their difference; `more_median_ms`: median of the differences of the rounds
- `more_processor_ms`: processor time more, all processes together, mean; the ticks by which it is
  counted are 10 ms, so few repeats tell little
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from benchmarks.hostile import honest
from musegnn.border import apart

GOAL_MS = 50
ROLE = "a file to measure"
_SETTLING = 0.3  # seconds in which the last process that read is gone

# name -> kind of an honest file, place of its reader, options
READINGS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "counts csv": ("csv", "musegnn.io.formats.registry:read_contents", {}),
    "counts h5ad": ("h5ad", "musegnn.io.formats.registry:read_contents", {}),
    "counts 10x h5": ("tenx_3", "musegnn.io.formats.registry:read_contents", {}),
    "counts loom": ("loom", "musegnn.io.formats.registry:read_contents", {}),
    "choices": ("h5ad", "musegnn.io.formats.registry:list_choices", {}),
    "anndata": ("h5ad", "musegnn.io.h5ad:open_h5ad", {"role": ROLE}),
    "gene graph": ("graph", "musegnn.graphs.gene_graph:read_gene_graph", {}),
    "graph header": ("graph", "musegnn.graphs.graph_header:read_graph_header", {}),
    "embedding": (
        "embedding",
        "musegnn.embeddings.vector_set:read_fields",
        {"kind": "musegnn.embeddings.embedding_set:EmbeddingSet", "role": ROLE},
    ),
    "parquet": ("parquet", "musegnn.border.tables:read_columns", {"role": ROLE, "columns": None}),
}


def write_file(kind: str, folder: Path) -> Path:
    """Write an honest file of a kind into a new folder."""
    place = folder / kind
    place.mkdir(exist_ok=True)
    if kind == "parquet":
        table = pd.DataFrame({"source": honest.GENES, "target": honest.GENES[::-1]})
        table.to_parquet(place / "table.parquet")
        return place / "table.parquet"
    return honest.WRITERS[kind](place)


def processor_seconds() -> float:
    """Processor time of this process and of all that read for it, living or ended."""
    own = os.times()
    total = own.user + own.system
    for child in psutil.Process().children(recursive=True):
        try:
            spent = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total


def measure(
    read_apart: Callable[[], object], read_here: Callable[[], object], repeats: int
) -> dict[str, float]:
    """Read in turn apart and here; milliseconds."""
    read_apart(), read_here()
    times = []
    for _ in range(repeats):
        row = []
        for read in (read_apart, read_here):
            started = time.perf_counter()
            read()
            row.append(time.perf_counter() - started)
        times.append(row)
    table = 1000 * np.array(times)
    least = table.min(axis=0)
    spent = []
    for read in (read_apart, read_here):
        before = processor_seconds()
        for _ in range(repeats):
            read()
        time.sleep(_SETTLING)
        spent.append(processor_seconds() - before)
    return {
        "apart_ms": round(float(least[0]), 1),
        "here_ms": round(float(least[1]), 1),
        "more_ms": round(float(least[0] - least[1]), 1),
        "more_median_ms": round(float(np.median(table[:, 0] - table[:, 1])), 1),
        "more_processor_ms": round(1000 * (spent[0] - spent[1]) / repeats, 1),
    }


def run(repeats: int, only: list[str]) -> dict[str, Any]:
    """Measure all kinds of readings, or some."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in only or READINGS:
            kind, place, options = READINGS[name]
            module, _, function = place.partition(":")
            here = getattr(importlib.import_module(module), function).__wrapped__
            path = write_file(kind, Path(folder))
            found[name] = measure(
                partial(apart.read_apart, place, path, what=ROLE, options=options),
                partial(here, path, **options),
                repeats,
            )
    is_quiet = os.getloadavg()[0] <= (os.cpu_count() or 1) / 2 + 1  # 1 is this benchmark
    worst = {
        name: max(numbers[name] for numbers in found.values())
        for name in ("more_ms", "more_processor_ms")
    }
    counted = worst if is_quiet else {"": worst["more_processor_ms"]}
    return {
        "repeats": repeats,
        "goal_ms": GOAL_MS,
        "is_quiet": is_quiet,
        "is_within": max(counted.values()) <= GOAL_MS,
        **{f"worst_{name}": value for name, value in worst.items()},
        "readings": found,
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and say by the exit code whether all keep to the goal."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--only", nargs="+", choices=tuple(READINGS), default=[])
    options = parser.parse_args(arguments)
    report = run(options.repeats, options.only)
    print(json.dumps(report))
    return int(not report["is_within"])


if __name__ == "__main__":
    sys.exit(main())
