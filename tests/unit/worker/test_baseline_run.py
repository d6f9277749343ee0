"""A baseline as a run: the folder opens, and holds what the baseline gives."""

from __future__ import annotations

import json

import numpy as np
import pytest

from musegnn.baselines.registry import fit_baseline
from musegnn.cli.main import main
from musegnn.embeddings import read_embedding_set
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import read_gene_graph, write_gene_graph
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from musegnn.runs.result import find_damage
from musegnn.worker.baseline_run import run_baseline
from tests.toy_graphs import planted_graph


@pytest.fixture
def paths(tmp_path):
    found = [tmp_path / "b.h5ad", tmp_path / "a.h5ad"]
    for seed, path in enumerate(found):
        write_gene_graph(planted_graph(path.stem, seed=seed, n_modules=3), path)
    return found


def fitted(paths, method, seed=None):
    graphs = [read_gene_graph(path) for path in sorted(paths)]
    if seed is not None:
        graphs = mask_graphs(graphs, draw_hold_out(graphs, seed))
    return np.concatenate(fit_baseline(method, graphs, seed=0))


def test_the_folder_opens_and_equals_the_baseline(paths, tmp_path):
    command = ["baseline", "procrustes_pca", "-o", str(tmp_path / "run")]
    assert main([*command, "--graphs", *map(str, paths)]) == 0
    result = tmp_path / "run" / "result"
    assert find_damage(result) == ""
    embedding = read_embedding_set(result)
    np.testing.assert_array_equal(embedding.vectors, fitted(paths, "procrustes_pca"))
    assert embedding.datasets.index.tolist() == ["a", "b"]
    assert embedding.provenance["model"].startswith("procrustes_pca: principal components")
    assert embedding.name == "run"
    assert not list(result.glob("*.safetensors"))
    assert len(list((result / "graphs").iterdir())) == 2
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config == {"method": "procrustes_pca", "width": 32, "seed": 0, "epochs": None}


def test_what_is_held_out_is_hidden_from_the_baseline(paths, tmp_path):
    path = run_baseline("smoothed_pca", paths, tmp_path / "run", hold_out=3)
    embedding = read_embedding_set(path)
    np.testing.assert_array_equal(embedding.vectors, fitted(paths, "smoothed_pca", seed=3))
    assert embedding.provenance["hold_out"]["seed"] == 3


def test_a_folder_in_use_and_an_unknown_method_are_refused(paths, tmp_path):
    with pytest.raises(InputError, match="Expected a new or empty folder"):
        run_baseline("pca", paths, tmp_path)
    with pytest.raises(InputError, match=r"baseline.*one of pca, joint_pca"):
        run_baseline("pcaa", paths, tmp_path / "run")
    assert not (tmp_path / "run").exists()
