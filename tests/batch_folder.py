"""A folder of small simulated datasets with a manifest."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from musegnn.graphs.batch import GraphRow, GraphTask, build_dataset
from tests.toy_counts import GENES, gamma_poisson, write_counts

NAMES = [*GENES, *(f"ABCA{i}" for i in range(1, 49))]
MOUSE_NAMES = [name.capitalize() for name in NAMES]
HEADER = "file\tspecies\ttissue\tmodality"


def simulate(seed: int, *, n_cells: int = 60) -> np.ndarray:
    """Counts of cells with enough depth to be compared."""
    counts, _ = gamma_poisson(n_cells, len(NAMES), seed=seed, module=20, mean=8.0)
    return counts.astype(np.float32)


def write_dataset(folder: Path, name: str, counts: np.ndarray) -> None:
    """Write one dataset; its name says the species."""
    genes = MOUSE_NAMES if name.startswith("mouse") else NAMES
    write_counts(folder / f"{name}.h5ad", counts, genes)


def write_batch(folder: Path, names: Sequence[str] = ("human_a", "human_b", "mouse_c")) -> Path:
    """Write datasets and a manifest; `broken` is one that no graph can be built from.

    The second dataset holds ten cells of the first one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [HEADER]
    for seed, name in enumerate(names):
        counts = simulate(seed)
        if seed == 1:
            counts[5:15] = simulate(0)[20:30]
        write_dataset(folder, name, -counts if name == "broken" else counts)
        species = "mouse" if name.startswith("mouse") else "human"
        lines.append(f"{name}.h5ad\t{species}\tblood\tscrna")
    manifest = folder / "datasets.tsv"
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return manifest


def build_or_be_killed(task: GraphTask) -> GraphRow:
    """Build a dataset, but end as one does that takes too much memory when it is `human_b`."""
    if task.dataset.name == "human_b":
        task.output.with_name(".human_b-0123abcd.h5ad").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return build_dataset(task)
