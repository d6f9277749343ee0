"""The probe of the benchmark: finds what is planted, nothing else, and no gene on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.fusion import compare_subsets, make_subsets, measure, summarise
from benchmarks.fusion_tasks import PairTask, Task, interval, score, score_pairs
from musegnn.fusion.joining import join_by_svd
from musegnn.fusion.spectral import unit


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


@pytest.fixture
def three_modalities():
    """Three modalities of 300 genes; the first alone tells the label, genes 0 to 9 have but it."""
    rng = np.random.default_rng(4)
    vectors = unit(rng.normal(size=(900, 6)).astype(np.float32)).reshape(300, 3, 6)
    present = np.ones((300, 3), dtype=bool)
    present[:10, 1:] = False
    vectors[~present] = 0
    return vectors, present, ["told", "other", "third"]


def test_subsets_leave_one_modality_out_and_leave_each_alone(three_modalities):
    vectors, present, keys = three_modalities
    spaces = make_subsets(vectors, present, keys)
    assert list(spaces) == ["fused", *(f"{w}: {k}" for w in ("without", "alone") for k in keys)]
    two = join_by_svd(vectors[:, [0, 2]], present[:, [0, 2]], 128)
    np.testing.assert_array_equal(spaces["without: other"], unit(two.fused))
    np.testing.assert_array_equal(spaces["alone: third"], vectors[:, 2])
    # what is left out is not there: other numbers of it, the same space
    changed = vectors.copy()
    changed[:, 0] = changed[::-1, 0]
    again = make_subsets(changed, present, keys)
    np.testing.assert_array_equal(again["without: told"], spaces["without: told"])
    assert not np.allclose(again["without: other"], spaces["without: other"])
    assert not spaces["without: told"][:10].any()  # no other modality knows them
    assert spaces["without: other"][:10].any(axis=1).all()


def test_a_modality_that_alone_tells_a_label_is_missed_and_no_other_is(three_modalities, capsys):
    vectors, present, keys = three_modalities
    labels = vectors[:, 0, :6] > 0.2
    task = Task("planted", np.arange(300), labels, "", "")
    told = compare_subsets(measure(task, make_subsets(vectors, present, keys)), keys)
    assert told["all"][0] > 0.9
    assert told["without"]["told"][2] < -0.2  # the whole interval
    assert max(abs(told["without"][key][0]) for key in ("other", "third")) < 0.05
    assert told["alone"]["told"][0] > 0.9
    assert all(abs(told["alone"][key][0] - 0.5) < 0.1 for key in ("other", "third"))
    assert len(capsys.readouterr().out.splitlines()) == 7


def test_differences_of_subsets_are_taken_label_by_label():
    rng = np.random.default_rng(5)
    base = rng.random(40)
    found = {"fused": base, "without: a": base - 0.1, "alone: a": base[::-1]}
    told = compare_subsets(found, ["a"])
    assert told["without"]["a"] == [-0.1, -0.1, -0.1]  # labels differ, their differences do not
    assert told["all"][0] == told["alone"]["a"][0] == round(base.mean(), 4)
    low, high = told["all"][1:]
    assert low < told["all"][0] < high
