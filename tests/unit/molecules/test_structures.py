"""Structures are read, compared and drawn; what is none is told in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.molecules.structures import (
    counted_fingerprints,
    descriptors,
    draw_svg,
    fingerprints,
    read_structure,
    tanimoto,
)
from musegnn.targets.similarity import structure_kernel

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_a_salt_and_a_mixture_count_by_their_largest_part():
    salt = read_structure(f"{ASPIRIN}.[Na+]")
    assert salt.key == read_structure(ASPIRIN).key == "BSYNRYMUTXBXSQ"
    assert "salt" in salt.remarks[0]
    assert "[Na+]" in salt.remarks[0]
    assert "mixture" in read_structure(f"{ASPIRIN}.CN1C=NC2=C1C(=O)N(C)C(=O)N2C").remarks[0]
    assert not read_structure(ASPIRIN).remarks


@pytest.mark.parametrize("text", ["", "not a smiles", "C1CC", "aspirin", "C" * 5000, "InChI=1S/x"])
def test_what_is_no_structure_is_refused(text):
    with pytest.raises(InputError, match="Expected a structure as SMILES"):
        read_structure(text)


def test_water_has_no_comparable_structure():
    with pytest.raises(InputError, match="compound with carbon"):
        read_structure("O")


def test_tanimoto_equals_counting_by_hand():
    bits = fingerprints([ASPIRIN, "CCO", f"{ASPIRIN} |r|", "junk"])
    assert bits.any(axis=1).tolist() == [True, True, True, False]
    both, one = (bits[0] & bits[1]).sum(), (bits[0] | bits[1]).sum()
    found = tanimoto(bits, bits)
    assert found[0, 1] == pytest.approx(both / one)
    assert found[0, 2] == pytest.approx(1)
    assert not found[3].any()


def test_the_structure_kernel_is_the_mean_of_three_ratios():
    texts = [ASPIRIN, "CCOC(=O)c1ccccc1"]
    bits, counts = fingerprints(texts), counted_fingerprints(texts)
    found = structure_kernel((bits, counts), (bits, counts))
    parts = [tanimoto(bits, bits)[0, 1]]
    for start in (0, 2048):
        a, b = (np.minimum(row[start : start + 2048].astype(int), 4) for row in counts)
        parts.append(np.minimum(a, b).sum() / np.maximum(a, b).sum())
    assert found[0, 1] == pytest.approx(np.mean(parts), rel=1e-5)
    np.testing.assert_allclose(np.diag(found), 1, rtol=1e-5)


def test_descriptors_are_numbers_and_a_drawing_is_svg_without_text():
    found = descriptors([ASPIRIN, "junk"])
    assert np.isfinite(found[0]).mean() > 0.95
    assert np.isnan(found[1]).all()
    svg = draw_svg(ASPIRIN, ink="#eeeeee")
    assert svg.startswith("<svg")
    assert "script" not in svg
    with pytest.raises(InputError, match="Expected a structure"):
        draw_svg("junk")
