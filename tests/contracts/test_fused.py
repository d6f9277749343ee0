"""What ships in `data/fused` is what its manifest says, derived, small, and makes sense."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.settings import REPOSITORY

FUSED = REPOSITORY / "data" / "fused"


@pytest.fixture(scope="module")
def shipped():
    return read_embedding_set(FUSED)


@pytest.fixture(scope="module")
def manifest():
    return json.loads((FUSED / keys.MANIFEST_FILE).read_text(encoding="utf-8"))


def test_every_file_has_the_hash_of_the_manifest_and_all_are_small(manifest):
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FUSED.iterdir()
        if path.name != keys.MANIFEST_FILE
    }
    assert found == manifest["files"]
    assert sum(path.stat().st_size for path in FUSED.iterdir()) < 10_000_000


def test_each_modality_has_its_tables_with_source_licence_and_checksum(shipped, manifest):
    contexts = [name for name in shipped.datasets.index if name != "fused"]
    assert sorted(manifest["inputs"]) == sorted(contexts)
    for key, records in manifest["inputs"].items():
        assert records
        for record in records:
            assert record["source"]
            assert record["licence"]
            assert key == "co-expression" or len(record["sha256"]) == 64
    used = {record["name"] for records in manifest["inputs"].values() for record in records}
    assert manifest["left_out"] not in used


def test_all_vectors_have_length_one_and_fused_genes_are_known_in_two_modalities(shipped):
    lengths = np.linalg.norm(shipped.vectors, axis=1)
    np.testing.assert_allclose(lengths, 1, atol=0.05)
    fused = shipped.table.iloc[shipped.rows_of_dataset("fused")]
    others = shipped.table[shipped.table[keys.DATASET] != "fused"]
    counts = others[keys.GENE].value_counts()
    assert set(fused[keys.GENE]) == set(counts.index)
    assert counts.min() >= 2


@pytest.mark.parametrize(
    ("gene", "company"),
    [
        ("CD3E", {"CD3D", "CD3G", "CD247"}),
        ("ERBB2", {"EGFR", "ERBB3"}),
        ("PSMA1", {"PSMA3", "PSMA4"}),
    ],
)
def test_near_genes_are_what_textbooks_say(shipped, gene, company):
    rows = shipped.rows_of_dataset("fused")
    vectors = shipped.vectors[rows]
    names = shipped.table[keys.GENE].iloc[rows].astype(str).to_numpy()
    near = names[np.argsort(-(vectors @ vectors[names == gene][0]))[:21]]
    assert company <= set(near)


def test_parts_of_a_gene_add_up_and_speak_of_the_modalities_it_has(shipped):
    table = pd.read_parquet(FUSED / "modality_weights.parquet")
    weights = table.filter(like="weight of ")
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=0.02)
    for name in weights:
        context = shipped.rows_of_dataset(name.removeprefix("weight of "))
        assert weights[name].notna().sum() == len(context)


def test_the_degree_of_a_gene_in_a_modality_is_how_much_is_known_of_it(shipped):
    table = shipped.table
    degree = table.groupby([table[keys.DATASET].astype(str), table[keys.GENE].astype(str)])[
        keys.DEGREE
    ].first()
    for much, little in (("TP53", "ZNF91"), ("EGFR", "OR2T1"), ("MYC", "FAM83A")):
        assert degree["GO", much] > 3 * degree.get(("GO", little), 0)
    assert degree["interactions", "TP53"] > 500
    assert (degree["fused"] >= 2).all()
