import numpy as np
import pytest

from musegnn.analysis.labels.gene_set_score import score_atlas, score_genes


def unit_points(n=12, d=4, seed=0):
    points = np.random.default_rng(seed).normal(size=(n, d))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def test_score_equals_all_possible_sets():
    from itertools import combinations

    unit = unit_points()
    members = np.zeros(len(unit), dtype=bool)
    members[[1, 4, 5, 9]] = True
    score = score_genes(unit, members)
    for i in range(len(unit)):
        others = [j for j in range(len(unit)) if j != i]
        own = [j for j in others if members[j]]
        cosine = unit @ unit[i]
        means = [cosine[list(sample)].mean() for sample in combinations(others, len(own))]
        expected = (cosine[own].mean() - np.mean(means)) / np.std(means)
        assert score[i] == pytest.approx(expected, rel=1e-9)


def test_too_few_members_give_no_score():
    members = np.zeros(12, dtype=bool)
    members[:3] = True
    score = score_genes(unit_points(), members)
    assert np.isnan(score[:3]).all()  # each of the three has only two others
    assert np.isfinite(score[3:]).all()


def test_random_sets_score_zero_on_average():
    unit, generator = unit_points(200, 8), np.random.default_rng(1)
    scores = []
    for _ in range(200):
        members = np.zeros(200, dtype=bool)
        members[generator.choice(200, 20, replace=False)] = True
        scores.append(score_genes(unit, members))
    assert np.mean(scores) == pytest.approx(0, abs=0.05)
    assert np.std(scores) == pytest.approx(1, abs=0.05)


def test_a_planted_module_scores_highest_in_its_contexts(atlas):
    from tests.ui_fixtures import MODULES

    names = set(MODULES["islet"].split()[:12])
    rows = np.flatnonzero(
        atlas.genes["gene"].isin(names) & (atlas.genes["dataset"] == "liver_human")
    )
    score = score_atlas(atlas, rows)
    inside = (atlas.genes["dataset"] == "liver_human").to_numpy()
    assert np.isnan(score[~inside]).all()
    rest = set(MODULES["islet"].split()[12:])
    held_out = inside & atlas.genes["gene"].isin(rest).to_numpy()
    outside = inside & ~held_out
    outside[rows] = False
    assert score[held_out].min() > np.quantile(score[outside], 0.9)
