"""A baseline as a run: the folder opens, and holds what the baseline gives."""

from __future__ import annotations

import re

import numpy as np
import pytest

from musegnn import runs
from musegnn.baselines.registry import fit_baseline
from musegnn.cli.main import main
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.graphs.gene_graph import read_gene_graph, write_gene_graph
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from musegnn.runs.config import read_run_config
from musegnn.runs.result import find_damage
from musegnn.worker.perform import perform
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
    config = read_run_config(tmp_path / "run")
    assert (config.kind, config.name, len(config.graphs)) == ("baseline", "run", 2)
    expected = {"method": "procrustes_pca", "width": 32, "seed": 0, "epochs": None}
    assert embedding.provenance["config"] == expected


def test_what_is_held_out_is_hidden_from_the_baseline(paths, tmp_path):
    command = ["baseline", "smoothed_pca", "-o", str(tmp_path / "run"), "--hold-out", "3"]
    assert main([*command, "--graphs", *map(str, paths)]) == 0
    embedding = read_embedding_set(tmp_path / "run" / "result")
    np.testing.assert_array_equal(embedding.vectors, fitted(paths, "smoothed_pca", seed=3))
    assert embedding.provenance["hold_out"]["seed"] == 3


def test_in_the_background_it_is_a_run_like_any_other(paths, tmp_path):
    request = runs.make_request(
        graphs=runs.list_graphs(paths[0].parent),
        settings={"method": "baseline", "baseline": "gae", "width": 4, "epochs": 3},
        seeds=[5],
        device="cpu",
        threads=1,
    )
    (record,) = runs.submit(request, executor="inprocess", root=tmp_path / "r", perform=perform)
    assert (record.state, record.kind, record.seed) == ("finished", "baseline", 5)
    assert (record.epochs, record.step, record.steps) == (0, 3, 3)
    assert record.can_open


def test_a_folder_in_use_and_an_unknown_method_are_refused(paths, tmp_path, capsys):
    files = [*map(str, paths)]
    assert main(["baseline", "pca", "-o", str(tmp_path), "--graphs", *files]) == 2
    assert "Expected a new or empty folder" in capsys.readouterr().err
    assert main(["baseline", "pcaa", "-o", str(tmp_path / "run"), "--graphs", *files]) == 2
    assert re.search(r"baseline.*one of pca, joint_pca", capsys.readouterr().err)
    assert not (tmp_path / "run").exists()
