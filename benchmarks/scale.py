"""Time of one epoch and peak memory against the number of datasets and of genes.

Usage: `python -m benchmarks.scale [--quick] [--shared FOLDER] [--threads N] [--plot FILE.svg]`.
Prints a JSON line for each point and, last, all points with the straight line through seconds
against datasets. Each point is measured in a process of its own.

Datasets: the graphs of the shipped atlas (up to 1000 genes), repeated under other names. Genes:
twelve copies of three scRNA datasets, built with so many genes by the preset `default` and kept in
the temporary folder of the system. `training_mib` is what training adds to the memory in which the
stored graphs lie; the first epoch, which prepares, is not timed. `processor_seconds` are those of
all threads together: with one thread, what an epoch takes on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import torch

from benchmarks.memory import peak_memory
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph, write_gene_graph
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.runs.presets import preset_settings
from musegnn.training.loop import make_objective

REPOSITORY = Path(__file__).resolve().parent.parent
ATLAS = REPOSITORY / "data" / "atlas" / "graphs"
SOURCES = (
    ("human_pbmc_facs10x", "human", "blood"),
    ("human_breast_tumour_10x", "human", "breast tumour"),
    ("mouse_pancreas_endocrinogenesis", "mouse", "pancreas"),
)
DATASETS, GENES, FEW = (5, 10, 20, 40, 82), (500, 1000, 2000, 3000, 4000), (5, 10, 20)
GROUP = 12
EPOCHS = 3


@dataclass(frozen=True)
class Point:
    """What is measured: preset, axis, number of datasets and of genes."""

    preset: str
    axis: str
    datasets: int
    genes: int


def list_points(*, quick: bool) -> list[Point]:
    """All points, or the smaller ones."""
    kept = slice(3) if quick else slice(None)
    return [
        *(Point("default", "datasets", n, 1000) for n in DATASETS[kept]),
        *(Point("default", "genes", GROUP, n) for n in GENES[kept]),
        *(Point("paper", "datasets", n, 1000) for n in FEW[kept]),
        *(Point("paper", "genes", len(SOURCES), n) for n in GENES[:3][kept]),
    ]


def build_graphs(shared: Path, n_genes: int) -> list[Path]:
    """Build the graphs of three datasets with so many genes, unless they are there."""
    folder = Path(tempfile.gettempdir()) / "musegnn-scale"
    folder.mkdir(exist_ok=True)
    paths = []
    for name, species, tissue in SOURCES:
        paths.append(folder / f"{name}.{n_genes}.h5ad")
        if not paths[-1].is_file():
            graph = build_gene_graph(
                shared / "data" / "scrna" / f"{name}.h5ad",
                Context(name, species, tissue, "scrna"),
                names=read_gene_names(shared / "knowledge"),
                n_genes=n_genes,
            )
            write_gene_graph(graph.compact(), paths[-1])
    return paths


def repeat(paths: list[Path], n: int) -> list[GeneGraph]:
    """Read graphs, again under other names where there are too few."""
    graphs = [read_gene_graph(path) for path in paths[:n]]
    return [
        replace(graph, name=f"{graph.name}_{i}") for i, graph in enumerate(islice(cycle(graphs), n))
    ]


def measure(point: Point, shared: Path, threads: int) -> dict[str, float]:
    """Time the epochs of one point in this process."""
    is_atlas = point.axis == "datasets"
    paths = sorted(ATLAS.glob("*.h5ad")) if is_atlas else build_graphs(shared, point.genes)
    graphs = repeat(paths, point.datasets)
    torch.set_num_threads(threads)
    peak_memory(reset=True)
    stored = peak_memory()
    config = preset_settings(point.preset)
    objective = make_objective(graphs, config, torch.device("cpu"))
    seconds, processor = [], []
    for _ in range(EPOCHS + 1):
        started, used = time.perf_counter(), time.process_time()
        objective.run_epoch()
        seconds.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return {
        **vars(point),
        "seconds_per_epoch": float(np.median(seconds[1:])),
        "processor_seconds": float(np.median(processor[1:])),
        "peak_mib": peak_memory() / 1024,
        "training_mib": (peak_memory() - stored) / 1024,
        "weights": sum(weight.numel() for weight in objective.network.parameters()),
        "mean_density": float(np.mean([graph.density for graph in graphs])),
        "threads": torch.get_num_threads(),
    }


def measure_apart(point: Point, shared: Path, threads: int) -> dict[str, float]:
    """Measure a point in a process of its own."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.scale", "--shared", str(shared)),
            *("--threads", str(threads), "--point", json.dumps(vars(point))),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    )
    return json.loads(done.stdout.splitlines()[-1])


def fit_line(rows: list[dict[str, float]], axis: str, value: str) -> dict[str, float]:
    """Least squares line through a value against the number of datasets or genes."""
    x, y = (np.array([row[key] for row in rows], dtype=float) for key in (axis, value))
    slope, start = np.polyfit(x, y, 1)
    rest = ((y - slope * x - start) ** 2).sum()
    return {"slope": slope, "intercept": start, "r2": 1 - rest / ((y - y.mean()) ** 2).sum()}


def draw(rows: list[dict[str, float]], path: Path) -> None:
    """Draw time and memory against datasets and genes."""
    import matplotlib as mpl  # noqa: PLC0415 - a picture is optional

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, panels = plt.subplots(2, 2, figsize=(8, 6), layout="constrained")
    for column, axis in enumerate(("datasets", "genes")):
        for row, (value, label) in enumerate(
            (
                ("processor_seconds", "processor seconds an epoch"),
                ("training_mib", "memory of training, MiB"),
            )
        ):
            for preset, marker in (("default", "o"), ("paper", "s")):
                chosen = [r for r in rows if (r["preset"], r["axis"]) == (preset, axis)]
                x, y = [r[axis] for r in chosen], [r[value] for r in chosen]
                other = "genes" if axis == "datasets" else "datasets"
                fixed = f"{preset}, {int(chosen[0][other])} {other}"
                panels[row, column].plot(x, y, marker=marker, label=fixed)
            panels[row, column].set(xlabel=axis, ylabel=label, xlim=(0, None), ylim=(0, None))
    for panel in panels[0]:
        panel.legend()
    # without the date the same figures give the same file
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def summarise(rows: list[dict[str, float]]) -> dict[str, object]:
    """Fit lines over the points with other numbers of datasets."""
    lines = {
        f"{preset}_{value}": fit_line(chosen, "datasets", value)
        for preset in ("default", "paper")
        for value in ("seconds_per_epoch", "processor_seconds", "training_mib")
        for chosen in [[r for r in rows if (r["preset"], r["axis"]) == (preset, "datasets")]]
    }
    return {"points": rows, "lines": lines}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=usual)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--plot", type=Path, help="PNG or SVG")
    parser.add_argument("--point", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.point is not None:
        point = Point(**options.point)
        print(json.dumps(measure(point, options.shared, options.threads)))
        sys.exit()
    points = list_points(quick=options.quick)
    for n_genes in sorted({point.genes for point in points if point.axis == "genes"}):
        build_graphs(options.shared, n_genes)
    measured = []
    for point in points:
        measured.append(measure_apart(point, options.shared, options.threads))
        print(json.dumps(measured[-1]), flush=True)
    if options.plot:
        draw(measured, options.plot)
    print(json.dumps(summarise(measured)))
