"""Time and weigh SPARK-X on 10,000 spots x 15,000 genes.

Usage: `python -m benchmarks.sparkx`. Simulated sparse counts, about 5 % non-zero. The last line is
JSON: `seconds_10k_spots_15k_genes` (median of three), `peak_gib` of the whole process.
"""

from __future__ import annotations

import json
import time

import numpy as np
from scipy import sparse

from benchmarks.memory import peak_memory
from musegnn.graphs.spatial_variation import sparkx

SPOTS, GENES = 10_000, 15_000

if __name__ == "__main__":
    rng = np.random.default_rng(0)
    counts = sparse.random(SPOTS, GENES, density=0.05, format="csr", dtype=np.float32, rng=rng)
    counts.data = rng.integers(1, 6, counts.nnz).astype(np.float32)
    places = rng.uniform(0, 100, (SPOTS, 2))
    sparkx(counts[:100], places[:100])
    peak_memory(reset=True)
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        sparkx(counts, places)
        seconds.append(time.perf_counter() - started)
    summary = {
        "seconds_10k_spots_15k_genes": float(np.median(seconds)),
        "peak_gib": peak_memory() / 1024**2,
        "non_zeros": counts.nnz,
    }
    print(json.dumps(summary))
