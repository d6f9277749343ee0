"""The probe of the benchmark: finds what is planted, nothing else, and no gene on both sides."""

from __future__ import annotations

import numpy as np

from benchmarks.fusion import summarise
from benchmarks.fusion_tasks import PairTask, Task, interval, score, score_pairs


def test_planted_labels_are_told_and_permuted_genes_tell_nothing():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(400, 10)).astype(np.float32)
    labels = vectors[:, :3] + 0.3 * rng.normal(size=(400, 3)) > 0.8
    task = Task("planted", np.arange(400), labels, "", "")
    assert score(task, vectors, seed=0).min() > 0.9
    assert abs(score(task, vectors[rng.permutation(400)], seed=0).mean() - 0.5) < 0.12


def test_one_label_gives_the_area_of_each_fold():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(300, 4)).astype(np.float32)
    task = Task("one", np.arange(300), vectors[:, :1] > 0, "", "")
    values = score(task, vectors, seed=0)
    assert len(values) == 5
    low, high = interval(values)
    assert low <= values.mean() <= high


def test_pairs_of_alike_genes_are_told_by_products_and_not_by_random_vectors():
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(120, 6)).astype(np.float32)
    pairs = np.array([(i, j) for i in range(120) for j in range(i + 1, 120)])
    cosine = np.einsum("pd,pd->p", vectors[pairs[:, 0]], vectors[pairs[:, 1]])
    task = PairTask("pairs", pairs, cosine > 2, "", "")
    assert score_pairs(task, vectors, seed=0).mean() > 0.9
    drawn = rng.normal(size=(120, 6)).astype(np.float32)
    assert abs(score_pairs(task, drawn, seed=0).mean() - 0.5) < 0.12


def test_the_best_rival_is_the_one_that_fused_vectors_are_held_against():
    rng = np.random.default_rng(3)
    base = rng.random(50)
    found = {
        "fused": base + 0.1,
        "concatenation": base,
        "svd": base + 0.02,
        "bias": base - 0.2,
        "random": base * 0 + 0.5,
        "alone: GO": base - 0.1,
        "alone: pathways": base + 0.05,
    }
    told = summarise(found)
    assert told["best_single"] == "pathways"
    assert told["paired"]["rival"] == "best_single"
    assert told["paired"]["difference"] == 0.05
    assert set(told["tasks"]) >= {"fused", "concatenation", "svd", "best_single", "bias", "random"}
