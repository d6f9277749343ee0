"""What ships in `data/properties` is what its manifest says, derived, small, and answers."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from musegnn.molecules.assays import read_assays
from musegnn.molecules.foretelling import foretell
from musegnn.molecules.forms import forms_digest, read_forms
from musegnn.molecules.property_heads import FOLDER, LEARNED, MANIFEST, TABLES, TEST, read_heads
from musegnn.molecules.reading import read_molecules

DRUGS = {  # where a drug is known to act
    "DRD2": "O=C(CCCN1CCC(O)(c2ccc(Cl)cc2)CC1)c1ccc(F)cc1",
    "EGFR": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "CA2": "CC(=O)Nc1nnc(S(N)(=O)=O)s1",
}


@pytest.fixture(scope="module")
def manifest():
    return json.loads((FOLDER / MANIFEST).read_text(encoding="utf-8"))


def test_every_file_has_the_hash_of_the_manifest_and_all_are_small(manifest):
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.iterdir()
        if path.name != MANIFEST
    }
    assert found == manifest["sha256"]
    assert set(found) == {f"{name}.npz" for name in TABLES}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 3_000_000


def test_each_table_names_its_source_and_licence_and_no_measured_value_ships(manifest):
    for name in TABLES:
        about = manifest["tables"][name]
        assert about["citation"]
        assert "states none" in about["licence"]
        assert about["source"]
        assert set(about["tasks"][0]) <= {
            *("task", "learned_from", "usual", "held_out", "tested", "tested_actives")
        }
    assert "CC BY-SA 3.0" in manifest["tables"]["chembl2k"]["licence"]


def test_figures_of_the_manifest_are_of_molecules_that_were_never_learned_from(manifest):
    for heads in read_heads():
        held = manifest["tables"][heads.name]["held_out"]
        assert (heads.parts == TEST).sum() == held["molecules"]
        assert len(heads.ridge) == (heads.parts == LEARNED).sum()
        assert len(set(heads.rows.tolist())) == len(heads.rows)
        if heads.is_binary:
            assert held["ece"] <= 0.05
            assert held["score"][0] > 0.7
        else:
            assert held["score"][0] < held["constant"]
            assert 0.85 < held["covered"] < 0.95


def test_molecules_have_the_forms_that_were_learned_from(manifest):
    assert manifest["forms"] == forms_digest()


def test_molecules_of_the_tables_have_the_bits_that_were_learned_from(shared):
    for heads in read_heads():
        table = read_assays(shared / "molecules" / f"{heads.about['table']}.csv.gz")
        rows = np.random.default_rng(0).choice(len(heads.rows), 40, replace=False)
        found = read_forms([table.smiles[row] for row in heads.rows[rows].tolist()])
        bits = np.unpackbits(found.bits, axis=1)
        np.testing.assert_array_equal(bits, heads.fingerprints[rows])


def test_known_drugs_stand_out_where_they_act():
    text = "\n".join(f"{smiles} {name}" for name, smiles in DRUGS.items())
    found = foretell(read_heads(), read_molecules(text).molecules).classes
    chembl = found[found["table"] == "ChEMBL2K"].set_index(["assay", "molecule"])
    for name in DRUGS:
        row = chembl.loc[(name, name)]
        assert row["times"] > 1.5, name
        assert 0 <= row["low"] <= row["probability"] <= row["high"] <= 1
    assert np.isfinite(chembl["probability"]).all()
