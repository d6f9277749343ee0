"""A short slice of the benchmark of codes, on a planted table."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from benchmarks import bottleneck as benchmark
from musegnn.molecules.assays import AssayTable
from musegnn.runs.kinds.molecules import MoleculeSettings
from musegnn.training.bottleneck import BottleneckObjective

RINGS = ("c1ccccc1", "c1ccncc1", "C1CCCCC1", "c1ccoc1", "c1ccsc1", "C1CCNCC1", "c1cnccn1")
TAILS = ("C(=O)O", "C(=O)OC", "C(=O)N", "CN", "CCO", "OC", "CCl", "CF")


@pytest.fixture(scope="module")
def study():
    made = [f"{tail}{'C' * length}{ring}" for ring in RINGS for tail in TAILS for length in (0, 1)]
    is_active = np.array([["C(=O)O" in text, "N" in text] for text in made])
    labels = is_active.astype(np.float32)
    labels[::5, 1] = np.nan
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    keys = tuple(f"{letters[n // 26]}{letters[n % 26]}" + "A" * 12 for n in range(len(made)))
    table = AssayTable("planted", tuple(made), keys, ("acid", "amine"), labels, True)
    return benchmark.read_study(table, None)


def test_all_parts_are_measured_on_molecules_left_out(study):
    found = benchmark.measure(study, seeds=1, epochs=2, parts=list(benchmark.PARTS))
    bits = [row["bits"][0] for row in found["curve"]]
    assert bits[0] > bits[-1] >= 0
    assert [row["is_nominal"] for row in found["curve"]] == [True, False, False, False, False]
    for part, first, less in (
        ("ablations", "whole", "less_whole"),
        ("rivals", "descriptors", "less_descriptors"),
    ):
        base = found[part].pop(first)
        for row in found[part].values():
            mean, low, high = row[less]
            assert mean == pytest.approx(row["mean"] - base["mean"])
            assert low <= mean <= high
        found[part][first] = base
    assert set(found["rivals"]) >= {"descriptors", "encoder from scratch", "frozen code, linear"}
    for row in (*found["rivals"].values(), *found["ablations"].values()):
        assert row["low"] <= row["mean"] <= row["high"]
    asked = {study.table.keys[row] for row in (*study.split.valid, *study.split.test)}
    degree = study.context.adjacency.degree
    hidden = [row for row, key in enumerate(study.table.keys) if key in asked]
    assert (degree[study.places[hidden]] == 0).all()


def test_draws_spread_as_the_code_says_and_bits_are_those_of_the_encoder(study):
    settings = MoleculeSettings(epochs=1, width=16, code_width=4, hidden_width=16)
    encoded = benchmark.encode(study, study.context, settings)
    scale = benchmark.FeatureScale.of(study.inputs.descriptors)
    objective = BottleneckObjective(study.context, study.inputs, scale, settings, benchmark.CPU)
    objective.run_epoch()
    means, bits = objective.codes()
    np.testing.assert_allclose(encoded.mean, means[study.places], atol=1e-5)
    assert encoded.bits == pytest.approx(bits[study.places].mean(), rel=1e-4)


def test_linear_heads_are_those_of_each_task_alone():
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(60, 3)), (random.random((60, 2)) < 0.4).astype(float)
    labels[:20, 1] = np.nan
    found = benchmark.linear_heads(features, labels, features[:5], strength=1.0)
    alone = LogisticRegression(C=1.0, max_iter=500).fit(features[20:], labels[20:, 1])
    np.testing.assert_allclose(found[:, 1], alone.decision_function(features[:5]))
