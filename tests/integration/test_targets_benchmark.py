"""A short slice of the benchmark of targets, on planted tables."""

from __future__ import annotations

import argparse

import pytest

from benchmarks import targets as benchmark
from benchmarks import tractable
from musegnn.knowledge.store import open_store
from musegnn.targets.gene_vectors import read_gene_vectors
from musegnn.targets.tables import read_pharmacology
from tests.drug_folder import N_LISTED, write_drugs


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    store = open_store(write_drugs(tmp_path_factory.mktemp("drugs")))
    options = argparse.Namespace(
        seeds=1,
        schemes=["random", "unseen"],
        published_seeds=1,
        published_width=32,
    )
    return benchmark.measure(read_pharmacology(store), read_gene_vectors(store), options)


def test_methods_beat_their_controls_on_held_out_compounds(found):
    rows = found["random"]
    assert {"popularity", "published", "signature", "structure", "combined", "shuffled"} <= set(
        rows
    )
    for name in ("signature", "structure", "combined", "wide", "wide_ridge", "stack_wide"):
        assert rows[name]["n"] == N_LISTED
        assert rows[name]["mrr"] > rows["popularity"]["mrr"] + 0.2
        low, high = rows[name]["mrr_interval"]
        assert low <= rows[name]["mrr"] <= high
    assert rows["signature"]["auroc"] > rows["shuffled"]["auroc"] + 0.1
    assert found["ece"] < 0.1
    assert found["folds"] == 5


def test_unseen_targets_are_told_by_like_genes_alone(found):
    rows = found["unseen"]
    assert rows["structure"]["auroc"] > rows["structure_permuted"]["auroc"] + 0.1
    assert rows["structure"]["strong"]["n"] < rows["structure"]["n"]


def test_like_genes_share_compounds_and_permuted_ones_do_not(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = tractable.measure(open_store(write_drugs(tmp_path / "drugs")))["all"]
    assert {"sets", "fused", "both", "popularity", "permuted"} <= set(rows)
    assert rows["both"]["n"] > 10
    assert rows["both"]["hit_at_1"] == 1.0
    assert rows["permuted"]["auroc"] < 0.8
    low, high = rows["both"]["auroc_interval"]
    assert low <= rows["both"]["auroc"] <= high
