"""What ships in `data/molecules` is what its manifest says, and of the forms that are made here."""

from __future__ import annotations

import hashlib

import numpy as np

from musegnn.molecules.forms import forms_digest, read_forms
from musegnn.molecules.molecule_set import KEY, SMILES
from musegnn.molecules.shipped import ENCODER, FOLDER, MANIFEST, MEASURED, MOLECULES, read_reference


def test_every_file_has_the_hash_of_the_manifest_and_all_are_small():
    reference = read_reference()
    found = {
        name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        for name in (ENCODER, MOLECULES)
    }
    assert found == reference.manifest["sha256"]
    assert {path.name for path in FOLDER.iterdir()} == {ENCODER, MOLECULES, MANIFEST, MEASURED}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 6_000_000


def test_molecules_have_the_forms_that_the_encoder_learned_of():
    reference = read_reference()
    assert reference.encoder.about["forms"] == forms_digest()
    table = reference.molecules.table
    rows = np.random.default_rng(0).choice(len(table), 60, replace=False)
    found = read_forms(list(table[SMILES].iloc[rows]))
    # a form is brought to itself, so that a molecule copied from the map is found on it
    assert sum(map(str.__eq__, found.keys, table[KEY].iloc[rows])) >= 57
