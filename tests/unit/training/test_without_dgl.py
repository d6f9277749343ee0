"""The product imports and trains where neither dgl nor what comes with it is installed."""

from __future__ import annotations

import os
import subprocess
import sys

from musegnn.settings import REPOSITORY

PROGRAM = """
import importlib, pkgutil, sys

BLOCKED = {"dgl", "torchdata"}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())

import musegnn
names = ["musegnn.cli.main", "musegnn.worker.perform", "musegnn.worker.train"]
for package in ("musegnn.model", "musegnn.training", "musegnn.baselines"):
    found = pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}.")
    names += [module.name for module in found]
for name in names:
    importlib.import_module(name)

from musegnn.runs.presets import preset_settings
from musegnn.training.loop import train
from tests.toy_graphs import planted_graph

graphs = [
    planted_graph(name, seed=n, module_size=12, n_cells=20, within=0.1, between=0.0)
    for n, name in enumerate(("a", "b"))
]
density = max(graph.density for graph in graphs)
settings = preset_settings("default", epochs=2)
result = train([graph.compact(n_features=16) for graph in graphs], settings, device="cpu")
print(len(names), density < 0.1, len(result.history), all((v == v).all() for v in result.vectors))
assert not BLOCKED & set(sys.modules)
"""


def test_what_trains_is_imported_and_trains_without_dgl():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    modules, is_sparse, epochs, are_numbers = done.stdout.split()[-4:]
    assert int(modules) > 30
    assert (is_sparse, epochs, are_numbers) == ("True", "2", "True")
