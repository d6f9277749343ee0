"""The benchmark of what ships of properties, on a few molecules of the public table."""

from __future__ import annotations

import numpy as np

from benchmarks import attribution as benchmark
from musegnn.molecules.assays import read_assays
from musegnn.molecules.property_heads import TEST, read_heads
from musegnn.molecules.standard import standardise


def test_shares_count_molecules_where_the_foremost_atoms_matter_more():
    falls = np.array([[2.0, 1.0, 0.5], [1.0, 0.5, 0.7], [0.2, 0.5, 0.1], [3.0, 1.0, 2.0]])
    found = benchmark.shares(falls)
    assert (found["molecules"], found["share"], found["control"]) == (4, 0.75, 0.5)
    assert found["low"] < found["share"] <= found["high"]


def test_on_molecules_held_out_the_atoms_hold_and_scores_are_in_range(shared):
    heads = read_heads()[0]
    path = shared / "molecules" / f"{heads.about['table']}.csv.gz"
    table = read_assays(path).only(heads.rows[heads.parts == TEST][:40])
    structures = [standardise(smiles).smiles for smiles in table.smiles]
    found = benchmark.measure(heads, structures, table.labels)
    assert 0.65 < found["score"] < 0.99
    assert found["ece"] < 0.15
    falls = benchmark.deletion(heads, structures, n=5)
    assert falls.shape == (5, 3)
    assert benchmark.shares(falls)["share"] >= 0.6
