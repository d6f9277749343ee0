"""A large embedding set: what is said of it, opening, memory, search, neighbours, first map.

`python -m benchmarks.large [--rows 2000000] [--dimensions 32] [--distinct] [--folder DIR]` writes a
made set by the writer of the product (kept in `--folder`, else for now) and opens it twice, each in
a process of its own: first from its file alone, then with what was kept beside it. Prints JSON.

- `file_mb`, `kept_mb`: the `.h5ad`, and what is kept beside it
- `says`: what is said before it opens; `say_s`: how long that takes
- `open_s`, `index_s`: until vectors, names and map are there, until names can be searched; the
  processor time of it (`index_cpu_s`), where the machine does other things too
- `peak_of_index_over_file`: the same as the next until names can be searched
- `peak_over_file`: memory that the opening process took at most beside its libraries, searches and
  a map included, over the size of the file
- `search_ms`: a name that is there, one of another kind of letters, one that is not (mean)
- `neighbour_ms`: nearest of one row among all rows, exact (median of five)
- `map_s`, `map_bytes`: the first picture of the map, computed and as it travels
- `of_rows`: points drawn one by one; the others are in the density
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.made_sets import make_set
from benchmarks.memory import peak_memory
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set, write_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.embeddings.vector_set import measure_set
from musegnn.screens.parts.gene_colours import colour_layer
from musegnn.screens.parts.point_density import choose_rows, density, is_dense, visible_box, whole
from musegnn.screens.parts.point_map import Cells, points_payload

Value = TypeVar("Value")


def timed(call: Callable[[], Value]) -> tuple[float, Value]:
    """Return the seconds that a call took, and what it returned."""
    started = time.perf_counter()
    value = call()
    return time.perf_counter() - started, value


def open_once(path: Path) -> dict[str, Any]:
    """Open a set and ask what a first visitor asks, in this process."""
    gc.collect()
    before = peak_memory(reset=True)
    say, size = timed(lambda: measure_set(path, EmbeddingSet))
    opening, embedding = timed(lambda: read_embedding_set(path))
    _ = embedding.id
    processor = time.process_time()
    indexing, search = timed(lambda: GeneSearch(embedding))
    processor = time.process_time() - processor
    indexed = (peak_memory() - before) * 1024
    symbol = str(embedding.genes["gene"].iloc[len(embedding) // 3])
    names = (symbol, symbol.lower(), f"{symbol}nothing")
    asking, _ = timed(lambda: [search.find(name) for name in names])
    rows = np.linspace(0, len(embedding) - 1, 5).astype(int)
    everybody = np.arange(len(embedding))
    near = [
        timed(lambda row=row: nearest_neighbours(embedding, int(row), candidates=everybody))[0]
        for row in rows
    ]
    drawing, (sent, n_drawn) = timed(lambda: first_map(embedding))
    peak = (peak_memory() - before) * 1024
    return {
        "says": str(size),
        "say_s": round(say, 3),
        "open_s": round(opening, 2),
        "index_s": round(indexing, 2),
        "index_cpu_s": round(processor, 2),
        "peak_of_index_over_file": round(indexed / path.stat().st_size, 2),
        "peak_over_file": round(peak / path.stat().st_size, 2),
        "search_ms": round(1000 * asking / len(names), 2),
        "neighbour_ms": round(1000 * statistics.median(near), 1),
        "map_s": round(drawing, 2),
        "map_bytes": sent,
        "of_rows": n_drawn,
    }


def first_map(embedding: EmbeddingSet) -> tuple[int, int]:
    """Bytes of the points and cells of the first map, and the number of points among them."""
    layer = colour_layer("tissue", embedding=embedding, list_rows=np.empty(0, dtype=np.int64))
    rows, cells = np.arange(len(embedding)), None
    if is_dense(len(embedding)):
        none = np.empty(0, dtype=np.int64)
        box = visible_box("", whole(embedding.layout))
        rows, _ = choose_rows(embedding.layout, box, none, none)
        found = density(embedding.layout, layer, box)
        cells = Cells(found.box, found.codes, found.shades, found.most).payload()
    points = points_payload("0" * 16, embedding.layout[rows], embedding.labels(rows))
    return len(json.dumps([points, cells])), len(rows)


def measure(
    folder: Path, rows: int, dimensions: int, *, is_distinct: bool = False
) -> dict[str, Any]:
    """Write a set where there is none, and open it in two processes, one after the other."""
    kind = "distinct" if is_distinct else "shared"
    path = folder / f"{rows}x{dimensions}-{kind}" / "embedding.h5ad"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_embedding_set(make_set(rows, dimensions=dimensions, is_distinct=is_distinct), path)
    for kept in path.parent.glob("embedding.*1"):
        kept.unlink()
    first, again = (_apart(path) for _ in range(2))
    kept_bytes = sum(kept.stat().st_size for kept in path.parent.glob("embedding.*1"))
    return {
        "rows": rows,
        "dimensions": dimensions,
        "names": kind,
        "file_mb": round(path.stat().st_size / 1e6, 1),
        "kept_mb": round(kept_bytes / 1e6, 1),
        "first": first,
        "again": again,
    }


def _apart(path: Path) -> dict[str, Any]:
    """Open a set in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.large", "--open", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--dimensions", type=int, default=32)
    parser.add_argument("--distinct", action="store_true", help="every row has names of its own")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.open is not None:
        print(json.dumps(open_once(options.open)))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            found = measure(
                options.folder or Path(temporary),
                options.rows,
                options.dimensions,
                is_distinct=options.distinct,
            )
        print(json.dumps(found, indent=1))
