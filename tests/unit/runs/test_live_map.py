"""Frames of the live map: drawn by a process of their own, each turned onto the one before."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.neighbors import NearestNeighbors

from musegnn.runs import files
from musegnn.runs.frames import (
    INDEX_FILE,
    LARGEST_PANEL,
    PANEL_FILE,
    frame_name,
    read_frame,
    read_live_map,
    vectors_name,
)
from musegnn.runs.map_maker import Drawn, describe, draw, overlap
from musegnn.worker.live_map import LiveMapFeed, choose_contexts, choose_panel
from tests.toy_graphs import planted_graph


@pytest.fixture
def clusters():
    """Vectors in three clusters, `(90, 8)`."""
    rng = np.random.default_rng(0)
    return (np.repeat(np.eye(8)[:3] * 5, 30, axis=0) + rng.normal(size=(90, 8))).astype(np.float32)


def test_recall_and_churn_are_shares_of_neighbours(clusters):
    first = draw(clusters, None)
    rng = np.random.default_rng(1)
    moved = clusters + rng.normal(size=clusters.shape, scale=0.3).astype(np.float32)
    second = draw(moved, first)
    told = describe(second, first)

    def neighbours(rows, metric):
        found = NearestNeighbors(n_neighbors=16, metric=metric).fit(rows).kneighbors()[1][:, :15]
        return [set(row) for row in found]

    def share(one, other):
        return np.mean([len(a & b) / 15 for a, b in zip(one, other, strict=True)])

    now, before = neighbours(moved, "cosine"), neighbours(clusters, "cosine")
    assert told["recall"] == pytest.approx(share(now, neighbours(second.points, "euclidean")))
    assert told["churn"] == pytest.approx(1 - share(now, before))
    assert describe(first, None)["churn"] is None


def test_a_frame_lies_on_the_one_before_as_well_as_it_can(clusters):
    first = draw(clusters, None)
    second = draw(clusters[:, ::-1].copy(), first)
    a = second.points - second.points.mean(axis=0)
    b = first.points - first.points.mean(axis=0)
    turn, _ = orthogonal_procrustes(a.astype(float), b.astype(float))
    assert np.allclose(turn, np.eye(2), atol=1e-3)
    assert np.allclose(second.points.mean(axis=0), first.points.mean(axis=0), atol=1e-4)
    same = describe(Drawn(first.points, first.neighbours), first)
    assert (same["churn"], same["residual"]) == (0.0, 0.0)


def test_the_same_vectors_give_the_same_frame(clusters):
    assert draw(clusters, None).points.tobytes() == draw(clusters, None).points.tobytes()
    assert overlap(np.array([[1, 2], [0, 2]]), np.array([[2, 5], [0, 2]])) == 0.75


def test_the_panel_has_the_genes_of_most_contexts():
    graphs = [
        planted_graph("a", module_size=10),
        planted_graph("b", module_size=12),
        planted_graph("c", module_size=3, prefix="H"),
    ]
    rows = choose_panel(graphs)
    assert [len(found) for found in rows] == [20, 24, 6]
    rows = choose_panel(graphs, largest=40)
    assert [len(found) for found in rows] == [20, 20, 0]
    assert sum(map(len, choose_panel(graphs, largest=41))) == 41
    assert LARGEST_PANEL == 5000


def test_the_contexts_of_the_map_differ_from_each_other():
    graphs = [planted_graph(f"{t}{n}", tissue=t, module_size=4) for t in "abc" for n in range(4)]
    assert choose_contexts(graphs, most=3) == [0, 4, 8]
    assert choose_contexts(graphs, most=4) == [0, 1, 4, 8]
    assert choose_contexts(graphs) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert choose_contexts(graphs[:2]) == [0, 1]


def wait_for(folder, epochs):
    deadline = time.monotonic() + 60
    while [frame.epoch for frame in read_live_map(folder).frames] != epochs:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_training_gets_its_frames_from_a_process_that_ends_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr("musegnn.worker.live_map.PATIENCE", 120.0)
    graphs = [planted_graph("a"), planted_graph("b", seed=1)]
    rng = np.random.default_rng(0)
    vectors = [rng.normal(size=(graph.n_genes, 8)).astype(np.float32) for graph in graphs]
    with LiveMapFeed(tmp_path, graphs, every=2, done=0) as feed:
        feed.offer(1, 100.0, lambda _: pytest.fail("too early"))
        feed.offer(2, 100.0, lambda _: vectors)
        wait_for(tmp_path, [2])
        feed.offer(3, 100.0, lambda _: pytest.fail("too early"))
        feed.offer(4, 100.0, lambda _: vectors)
        feed.offer_last(5, vectors)
        process = feed._process
    assert process.returncode == 0
    found = read_live_map(tmp_path)
    assert [frame.epoch for frame in found.frames] == [2, 4, 5]
    assert found.n_points == 80
    assert found.panel["dataset"] == ["a"] * 40 + ["b"] * 40
    assert found.frames[1].churn == 0.0  # the vectors were the same
    assert read_frame(tmp_path, 4).shape == (80, 2)
    # taken up after epoch 4: what came later goes, and the next frame starts from there
    with LiveMapFeed(tmp_path, graphs, every=1, done=4) as feed:
        assert [frame.epoch for frame in read_live_map(tmp_path).frames] == [2, 4]
        feed.offer_last(6, vectors)
    after = read_live_map(tmp_path)
    assert [frame.epoch for frame in after.frames] == [2, 4, 6]
    assert after.frames[2].residual < 1


def test_frames_lie_so_far_apart_that_encoding_costs_little(tmp_path):
    graphs = [planted_graph("a")]
    vectors = [np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)]

    def encode(_):
        time.sleep(0.03)
        return vectors

    spent = 0
    with LiveMapFeed(tmp_path, graphs, every=1, done=0) as feed:
        for epoch in range(1, 200):
            before = time.monotonic()
            feed.offer(epoch, 0.1, encode)
            spent += time.monotonic() - before
            time.sleep(0.002)
    assert spent < 0.05 * 199 * 0.1 + 0.1


def test_a_map_maker_whose_training_is_killed_ends(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-m", "musegnn.runs.map_maker", str(tmp_path)], stdin=subprocess.PIPE
    )
    child.stdin.close()
    assert child.wait(60) == 0


def test_files_changed_by_hand_give_no_frame(tmp_path):
    folder = tmp_path / files.FRAMES
    folder.mkdir()
    assert read_live_map(tmp_path).frames == []
    panel = {name: ["x"] * 4 for name in ("gene", "dataset", "species", "tissue", "modality")}
    (folder / PANEL_FILE).write_text(json.dumps(panel))
    line = {"epoch": 1, "recall": 0.5, "churn": None, "residual": None, "seconds": 1.0}
    (folder / INDEX_FILE).write_text(json.dumps(line) + '\n{"epoch": 2}\n{"ep\n[]\n')
    good = np.zeros((4, 2), dtype=np.float32)
    np.save(folder / frame_name(1), good)
    assert [frame.epoch for frame in read_live_map(tmp_path).frames] == [1]
    for bad in (good.astype(float), good[:, :1], good + np.nan, np.array([{"a": 1}])):
        np.save(folder / frame_name(1), bad)  # objects are written pickled
        assert read_frame(tmp_path, 1) is None
    (folder / frame_name(1)).write_bytes(b"x" * (1 << 20))
    assert read_frame(tmp_path, 1) is None
    (folder / PANEL_FILE).write_text(json.dumps({**panel, "gene": ["x"]}))
    assert read_live_map(tmp_path).n_points == 0
    assert vectors_name(3) == "vectors_0000003.npy"
