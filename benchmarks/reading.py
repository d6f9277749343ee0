"""Reading of counts: seconds against other libraries, and memory of a large 10x `.h5`.

Usage: `python -m benchmarks.reading [--rounds 5] [--cells 4000] [--against FOLDER] [--large]`.
Prints a line for each format and, last, a JSON line: for each format `seconds`, `peer_seconds` and
`ratio` (the peer's time by ours, above 1 where ours is faster), the peer being scanpy or anndata,
or pandas for a table; with `--against` also `ratio_before`, processor time of the same reading by
the program that lies in another folder, by ours; with `--large` the largest memory of whoever reads
a 10x matrix of 100,000 cells x 20,000 genes, in times its arrays (`memory_ratio`).
Ours checks what it reads and does so in a process of its own; the others do not.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import scanpy
from scipy import sparse

from benchmarks.timing import compare
from musegnn.io.expression import read_expression
from tests import count_files
from tests.count_files import Counts

REPOSITORY = Path(__file__).resolve().parent.parent
N_GENES = 3000
LARGE_CELLS, LARGE_GENES, GENES_OF_A_CELL = 100_000, 20_000, 1_000
_PROGRAM = """
import sys, time
from pathlib import Path
from musegnn.border.apart import become_reader
from musegnn.io.expression import read_expression
become_reader()  # here, so that the processor's time is that of reading
path, rounds = Path(sys.argv[1]), int(sys.argv[2])
read_expression(path)
times = []
for _ in range(rounds):
    started = time.process_time()
    read_expression(path)
    times.append(time.process_time() - started)
print(sorted(times)[len(times) // 2])
"""
_LARGE = """
import resource, sys
from pathlib import Path
from musegnn.border.apart import _ZYGOTE
from musegnn.io.expression import read_expression
def peak(of):
    return resource.getrusage(of).ru_maxrss * 1024
before = peak(resource.RUSAGE_SELF)
read = read_expression(Path(sys.argv[1]))
m = read.counts
arrays = m.data.nbytes + m.indices.nbytes + m.indptr.nbytes
own = peak(resource.RUSAGE_SELF)
_ZYGOTE.close()  # what it started is counted once it has ended
print(arrays, own, peak(resource.RUSAGE_CHILDREN), before, m.shape[0])
"""


def make_counts(n_cells: int) -> Counts:
    """Draw counts as sparse as those of real cells."""
    rng = np.random.default_rng(0)
    level = np.sort(rng.lognormal(-3, 1.6, N_GENES))[::-1]
    size = rng.lognormal(0, 0.4, n_cells)
    genes = [f"GENE{i}" if i % 4 else f"SLC{i}A1" for i in range(N_GENES)]
    return count_files.make_counts(rng.poisson(size[:, None] * level).astype(np.float32), genes)


PEERS: dict[str, Callable[[Path], object]] = {
    "tenx_3": scanpy.read_10x_h5,
    "mtx": lambda path: scanpy.read_10x_mtx(path, cache=False),
    "h5ad": anndata.read_h5ad,
    "csv": lambda path: sparse.csr_matrix(pd.read_csv(path, index_col=0).to_numpy()),
}


def measure(kind: str, counts: Counts, *, rounds: int, against: Path | None) -> dict[str, float]:
    """Time one format."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of peers about names
        path = count_files.WRITERS[kind](Path(folder), counts)
        found = compare(lambda: read_expression(path), lambda: PEERS[kind](path), rounds=rounds)
        result = {
            "seconds": found["ours_seconds"],
            "peer_seconds": found["peer_seconds"],
            "ratio": found["ratio"],
        }
        if against is not None:
            pairs = [
                (_median(REPOSITORY, path, rounds), _median(against, path, rounds))
                for _ in range(2)
            ]
            result["ratio_before"] = float(np.median([before / now for now, before in pairs]))
    return {name: round(value, 3) for name, value in result.items()}


def _median(program: Path, path: Path, rounds: int) -> float:
    """Median processor seconds of a reading by the program of a folder."""
    return float(_run(program, _PROGRAM, str(path), str(rounds)))


def _run(program: Path, text: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", text, *arguments],
        cwd=program,
        env={**os.environ, "PYTHONPATH": str(program)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def write_large(path: Path, *, n_cells: int, n_genes: int, genes_of_a_cell: int) -> None:
    """Write a 10x matrix piece by piece, places as 64 bits and packed, as Cell Ranger does."""
    rng = np.random.default_rng(0)
    step = 2000
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        total = n_cells * genes_of_a_cell
        packed = {"chunks": (1 << 18,), "compression": "gzip", "compression_opts": 1}
        data = group.create_dataset("data", (total,), "i4", **packed)
        indices = group.create_dataset("indices", (total,), "i8", **packed)
        stride = n_genes // genes_of_a_cell
        for low in range(0, n_cells, step):
            cells = min(step, n_cells - low)
            # a gene of each stretch, so that places ascend
            places = np.arange(genes_of_a_cell) * stride + rng.integers(
                0, stride, (cells, genes_of_a_cell)
            )
            part = slice(low * genes_of_a_cell, (low + cells) * genes_of_a_cell)
            indices[part] = places.ravel()
            data[part] = rng.geometric(0.6, cells * genes_of_a_cell)
        group["indptr"] = np.arange(n_cells + 1, dtype=np.int64) * genes_of_a_cell
        group["shape"] = np.array([n_genes, n_cells], dtype=np.int32)
        group["barcodes"] = np.array([f"{i:016d}-1" for i in range(n_cells)], dtype="S")
        group["features/id"] = np.array([f"ENSG{i:011d}" for i in range(n_genes)], dtype="S")
        names = [f"GENE{i}A" for i in range(n_genes)]
        group["features/name"] = np.array(names, dtype="S")
        group["features/feature_type"] = np.array(["Gene Expression"] * n_genes, dtype="S")


def measure_large(n_cells: int, n_genes: int, genes_of_a_cell: int) -> dict[str, float]:
    """Largest memory of the process that reads and of the one that asks, in times the arrays."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.h5"
        write_large(path, n_cells=n_cells, n_genes=n_genes, genes_of_a_cell=genes_of_a_cell)
        arrays, asker, reader, before, cells = map(int, _run(REPOSITORY, _LARGE, str(path)).split())
    return {
        "cells": cells,
        "arrays_mib": arrays >> 20,
        "reader_mib": reader >> 20,
        "asker_mib": asker >> 20,
        "asker_before_mib": before >> 20,
        "memory_ratio": round(max(reader, asker) / arrays, 3),
    }


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", type=int, default=4000)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another state to compare")
    parser.add_argument("--large", action="store_true", help="100,000 cells x 20,000 genes too")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    result: dict[str, object] = {}
    for kind in PEERS:
        # a table of text takes a hundred times as long
        counts = make_counts(max(options.cells // (8 if kind == "csv" else 1), 50))
        result[kind] = measure(kind, counts, rounds=options.rounds, against=options.against)
        print(kind, result[kind], flush=True)
    if options.large:
        result["large"] = measure_large(LARGE_CELLS, LARGE_GENES, GENES_OF_A_CELL)
    print(json.dumps(result))


if __name__ == "__main__":
    _main()
