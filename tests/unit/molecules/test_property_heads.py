"""Foretold properties: networks and a ridge read from arrays, atoms that matter, tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from musegnn.errors import DataFileError
from musegnn.molecules.assays import AssayTable
from musegnn.molecules.attribution import contributions, mask_atoms
from musegnn.molecules.features import scale_of
from musegnn.molecules.foretelling import (
    foretell,
    foretell_wide,
    is_same_table,
    nearest_of,
)
from musegnn.molecules.forms import forms_digest
from musegnn.molecules.property_heads import (
    Heads,
    arrays_of,
    heads_of,
    pack_bits,
    read_heads,
    unpack_bits,
)
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.structures import descriptor_names, descriptors, fingerprints, tanimoto
from tests.small_molecules import NAMED, small_reference

KNOWN = tuple("C" * size + end for size in range(1, 12) for end in ("N", "O", "Cl", "c1ccccc1"))
ASKED = "CCCCCCCCl with chlorine\nCCCCCCCC without\nq\n"
TABLE = AssayTable(
    "t", KNOWN, ("",) * len(KNOWN), ("A",), np.ones((len(KNOWN), 1), dtype=np.float32), True
)


def made(*, is_binary=True, share=0.0, ridge=0.0):
    """Two networks that count halogens with unlike strength, and a ridge."""
    names = descriptor_names()
    described = descriptors(KNOWN)
    weights = np.zeros((2, len(names), 2), dtype=np.float32)
    weights[:, names.index("fr_halogen"), 0] = 1, 3
    # layers between that change nothing: a unit far above zero is itself
    eye, high = np.stack([np.eye(2, dtype=np.float32)] * 2), np.full((2, 2), 50, dtype=np.float32)
    layers = ((weights, high), (eye, 0 * high), (eye, -high))
    task = {"learned_from": 40, "held_out": 0.8, "usual": 0.25}
    return Heads(
        name="chembl2k",
        tasks=("A", "B"),
        is_binary=is_binary,
        layers=layers,
        scale=scale_of(described),
        ridge=np.full((len(KNOWN) - 4, 2), ridge, dtype=np.float32),
        share=share,
        centre=np.zeros(2, dtype=np.float32),
        spread=np.ones(2, dtype=np.float32),
        line=(2.0, 0.5),
        reach=np.array([[1, 1], [2, 2], [4, 4]], dtype=np.float32),
        fingerprints=fingerprints(KNOWN),
        rows=np.arange(len(KNOWN)),
        parts=(np.arange(len(KNOWN)) >= len(KNOWN) - 4).astype(np.uint8),
        about={
            "title": "Toy" if is_binary else "Numbers",
            "is_binary": is_binary,
            "ridge_share": share,
            "structures": TABLE.digest,
            "tasks": [{"task": "A", **task}, {"task": "B", **task, "held_out": None}],
        },
    )


def halogens(heads, smiles):
    """What networks of `made` say before anything else: deviate times 1 and 3."""
    place = descriptor_names().index("fr_halogen")
    return heads.scale.apply(descriptors([smiles]))[0, place] * np.array([1.0, 3.0])


def test_probabilities_are_those_of_the_line_through_networks_and_ridge():
    heads = made(share=0.25, ridge=0.01)
    found = foretell((heads, made(is_binary=False)), read_molecules(ASKED).molecules)
    assert found.molecules["molecule"].tolist() == ["with chlorine", "without"]
    alike = tanimoto(fingerprints(["CCCCCCCCl"]), fingerprints(KNOWN[:-4]))
    each = 0.75 * expit(halogens(heads, "CCCCCCCCl")) + 0.25 * 0.01 * alike.sum()
    first = found.classes.iloc[0]
    assert (first["table"], first["assay"]) == ("Toy", "A")
    line = [expit(2 * np.log(p / (1 - p)) + 0.5) for p in (each.min(), each.mean(), each.max())]
    assert first[["low", "probability", "high"]].tolist() == pytest.approx(line, abs=1e-4)
    assert first["times"] == pytest.approx(line[1] / 0.25, rel=1e-4)
    assert found.molecules["nearest"].iloc[0] == pytest.approx(alike.max())
    assert len(found.classes) == len(found.numbers) == 4


def test_numbers_come_with_a_wider_interval_further_out():
    heads = made(is_binary=False)
    asked = read_molecules("CCCCCCCCl\nO=S(=O)(c1nccs1)N1CCOCC1\n").molecules
    near, far = (
        table.iloc[0]
        for _, table in foretell((made(), heads), asked).numbers.groupby("molecule", sort=False)
    )
    assert near["value"] == pytest.approx(halogens(heads, "CCCCCCCCl").mean(), abs=1e-4)
    assert near["high"] - near["low"] == pytest.approx(2, abs=1e-4)
    assert far["high"] - far["low"] == pytest.approx(8, abs=1e-4)
    assert (near["domain"], far["domain"]) == ("inside", "outside")


def test_both_sides_are_brought_into_one_form():
    tables = (made(), made(is_binary=False))
    text = "C[NH+]1CCC[C@H]1c1cccnc1.[Cl-] salt\n"
    charged = foretell(tables, read_molecules(text).molecules)
    plain = foretell(tables, read_molecules("CN1CCC[C@H]1c1cccnc1 salt\n").molecules)
    assert charged.classes.equals(plain.classes)
    assert "charges taken away" in charged.molecules["changes"].iloc[0]


def test_what_lies_outside_of_a_table_does_not_come_first():
    far = made()
    far.about["tasks"][0]["usual"] = 0.001  # thousand times the usual, by what is not known
    far.fingerprints[:] = 0
    far.about["title"] = "Far"
    tables = (far, made(), made(is_binary=False))
    found = foretell(tables, read_molecules("CCCCCCCCl x\n").molecules).classes
    assert found["table"].tolist() == ["Toy", "Toy", "Far", "Far"]
    assert found["domain"].tolist() == ["inside", "inside", "outside", "outside"]
    assert found["times"].idxmax() == 2


def test_assays_that_are_numbers_stand_below_named_ones_but_above_what_is_outside():
    numbers = replace(made(), tasks=("274_752", "1"), about={**made().about, "title": "Numbers"})
    numbers.about["tasks"][0]["usual"] = 0.001
    tables = (numbers, made(), made(is_binary=False))
    found = foretell(tables, read_molecules("CCCCCCCCl x\n").molecules).classes
    assert found["table"].tolist() == ["Toy", "Toy", "Numbers", "Numbers"]
    assert found["assay"].iloc[2] == "274_752"
    far = replace(made(), fingerprints=np.zeros_like(fingerprints(KNOWN)))
    found = foretell((numbers, far, tables[2]), read_molecules("CCCCCCCCl x\n").molecules).classes
    assert found["table"].tolist() == ["Numbers", "Numbers", "Toy", "Toy"]


def test_a_row_a_molecule_says_the_same_and_a_name_twice_is_told_by_row():
    tables = (made(), made(is_binary=False))
    molecules = read_molecules("CCCCCCCCl x\nCCCCCCCC x\nCCCCO y\n").molecules
    told = []
    wide = next(foretell_wide(tables, molecules, tell=lambda done, of: told.append((done, of))))
    found = foretell(tables, molecules)
    assert found.molecules["molecule"].tolist() == ["x (row 1)", "x (row 2)", "y"]
    first = found.classes[found.classes["molecule"] == "x (row 2)"].set_index("assay")
    assert wide["Toy A"].iloc[1] == pytest.approx(first["probability"]["A"])
    assert wide["molecule"].tolist() == ["x", "x", "y"]
    assert told == [(3, 3)]


def test_the_atom_that_counts_is_found_and_its_removal_tested():
    heads = made()
    masked = mask_atoms("CCCCCCCCl")
    found = contributions(heads, masked, "A")
    assert int(np.argmax(found.atoms)) == 7  # the chlorine
    assert found.foremost[0] == (7, "Cl")
    assert np.abs(np.delete(found.atoms, 7)).max() < 1e-3
    assert found.holds
    assert found.drop == pytest.approx(found.atoms[7], abs=1e-3)
    backwards = contributions(heads, masked, "A", by=-found.atoms)
    assert backwards.drop < 1e-3
    assert abs(contributions(heads, masked, "B").atoms).max() < 1e-3  # an assay that no atom tells
    assert mask_atoms("CCCO") is None
    numbers = contributions(made(is_binary=False), masked, "A")
    assert int(np.argmax(numbers.atoms)) == 7


def test_nearest_molecules_have_measured_values_only_of_the_very_table():
    heads = made()
    without = nearest_of(heads, "CCCCCCN", None, n=2)
    assert without["similarity"].iloc[0] == 1
    assert list(without) == ["similarity", "part"]
    found = nearest_of(heads, "CCCCCCN", TABLE, n=2)
    assert found["measured"].iloc[0] == "CCCCCCN"
    assert found["found"].iloc[0] == "active in A"
    assert is_same_table(heads, TABLE)
    assert not is_same_table(heads, TABLE.only(np.arange(3)))


def test_nearest_molecules_are_called_as_on_the_map_where_they_are_on_it():
    heads = replace(made(), about={**made().about, "title": "ChEMBL2K"})
    on_map = small_reference()  # whose first two stand in the first two rows of the table
    found = nearest_of(heads, KNOWN[0], None, reference=on_map, n=len(KNOWN))
    assert found[["name", "measured"]].iloc[0].tolist() == ["aspirin", NAMED["aspirin"]]
    assert sorted(found["name"].iloc[1:])[-2:] == ["", "salicylic acid"]
    with_table = nearest_of(heads, KNOWN[0], TABLE, reference=on_map, n=1)
    assert with_table[["name", "measured", "found"]].iloc[0].tolist() == [
        *("aspirin", KNOWN[0], "active in A")
    ]
    elsewhere = nearest_of(made(), KNOWN[0], None, reference=on_map)
    assert set(elsewhere["name"]) == set(elsewhere["measured"]) == {""}


def test_bits_are_packed_without_loss():
    random = np.random.default_rng(0)
    for share in (0.0, 0.0005, 0.03, 0.9):
        bits = (random.random((7, 2048)) < share).astype(np.uint8)
        packed = pack_bits(bits)
        assert packed.dtype == np.uint8
        np.testing.assert_array_equal(unpack_bits(packed, 7), bits)
    with pytest.raises(ValueError, match="beyond the rows"):
        unpack_bits(pack_bits(np.ones((2, 2048), dtype=np.uint8)), 1)


def test_arrays_are_read_as_they_were_written_and_damage_is_one_sentence(tmp_path):
    heads = made(share=0.25, ridge=0.5)
    again = heads_of("chembl2k", arrays_of(heads), heads.about)
    asked = descriptors(["CCCCCCCCl"]), fingerprints(["CCCCCCCCl"])
    np.testing.assert_allclose(heads.say(*asked).value, again.say(*asked).value, atol=2e-3)
    with pytest.raises(DataFileError, match="shipped properties"):
        read_heads(tmp_path)
    names = ", ".join(f'"{name}"' for name in descriptor_names())
    told = f'{{"descriptors": [{names}], "forms": "FORMS", "tables": {{}}}}'
    (tmp_path / "manifest.json").write_text(told)
    with pytest.raises(DataFileError, match="for the forms that molecules have here"):
        read_heads(tmp_path)
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(DataFileError, match="found another file"):
        read_heads(tmp_path)
    (tmp_path / "manifest.json").write_text(told.replace("FORMS", forms_digest()))
    (tmp_path / "chembl2k.npz").write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(DataFileError, match="damaged or another file"):
        read_heads(tmp_path)
    (tmp_path / "manifest.json").write_text('{"descriptors": ["another"], "tables": {}}')
    with pytest.raises(DataFileError, match="another RDKit"):
        read_heads(tmp_path)
