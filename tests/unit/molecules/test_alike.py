"""Likeness of molecules by packed fingerprints and by vectors, against a library and by hand."""

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from musegnn.molecules.alike import (
    count_alike,
    nearest_by_bits,
    rank_alike,
    tanimoto_of_bits,
)
from musegnn.molecules.structures import fingerprints

TEXTS = ("CC(=O)Oc1ccccc1C(=O)O", "OC(=O)c1ccccc1O", "CCO", "c1ccccc1CCN", "no structure")


@pytest.fixture(scope="module")
def bits():
    return np.packbits(fingerprints(TEXTS), axis=1)


def test_tanimoto_is_that_of_the_library_and_0_for_none(bits):
    made = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    known = [made.GetFingerprint(Chem.MolFromSmiles(text)) for text in TEXTS[:-1]]
    expected = [DataStructs.BulkTanimotoSimilarity(one, known) for one in known]
    found = tanimoto_of_bits(bits, bits)
    np.testing.assert_allclose(found[:-1, :-1], expected, atol=1e-6)
    assert not found[-1].any()
    assert not found[:, -1].any()


def test_the_nearest_and_the_count_of_alike_are_those_of_the_whole_table(bits):
    table = tanimoto_of_bits(bits[:4], bits[:4])
    similarity, row = nearest_by_bits(bits[:1], bits[1:])
    assert row[0] == 0
    assert similarity[0] == pytest.approx(table[0, 1])
    expected = [sum(table[i, j] >= 0.3 for j in range(4) if j != i) for i in range(4)]
    assert count_alike(bits[:4], above=0.3).tolist() == expected


def test_ranks_tell_who_is_near_by_what_and_leave_the_asked_one_out():
    cosine = np.array([1.0, 0.9, 0.1, 0.8, 0.8])
    tanimoto = np.array([1.0, 0.2, 0.9, 0.8, 0.1])
    table = rank_alike(cosine, tanimoto, own=0, k=2)
    assert table["row"].tolist() == [1, 2, 3]
    assert table["near by"].tolist() == ["vector", "structure", "both"]
    assert table["vector rank"].tolist() == [1, 4, 2]
    assert table["structure rank"].tolist() == [3, 1, 2]
    assert rank_alike(cosine, tanimoto, own=None, k=1)["row"].tolist() == [0]
