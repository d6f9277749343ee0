"""Matching a brought profile or molecule with the profiles that ship."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from musegnn.errors import MuseGNNError
from musegnn.molecules.profile_matching import (
    match_molecule,
    match_profile,
    read_asked,
)
from musegnn.molecules.profile_reference import (
    DESCRIPTORS,
    FOLDER,
    MANIFEST,
    PROFILES,
    read_reference,
)
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.structures import descriptors


@pytest.fixture(scope="module")
def reference():
    return read_reference()


@pytest.fixture(scope="module")
def table(reference):
    """Profiles of three molecules as a file has them: spreads of controls."""
    logs = reference.profiles.numbers[[3, 40, 200]].astype(np.float64)
    numbers = np.sign(logs) * np.expm1(np.abs(logs))
    found = pd.DataFrame(numbers, columns=list(reference.profiles.features))
    found.insert(0, "compound", ["one", "two", "three"])
    return found


def test_what_ships_is_what_its_manifest_says(reference):
    manifest = json.loads((FOLDER / MANIFEST).read_text(encoding="utf-8"))
    contents = {name: (FOLDER / name).read_bytes() for name in (PROFILES, DESCRIPTORS)}
    found = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    assert found == manifest["sha256"]
    assert sum(map(len, contents.values())) <= 2_000_000
    few = list(reference.profiles.about["structure"][:3])
    assert np.allclose(descriptors(few), reference.described[:3], rtol=1e-4, equal_nan=True)
    assert "CC0" in reference.profiles.licence
    assert np.isfinite(reference.profiles.numbers).all()
    assert (reference.profiles.about["structure"] != "").all()


@pytest.mark.parametrize(("suffix", "separator"), [(".csv", ","), (".txt", ";"), (".parquet", "")])
def test_a_measured_profile_finds_its_molecule(tmp_path, reference, table, suffix, separator):
    path = tmp_path / f"own{suffix}"
    table.to_csv(path, index=False, sep=separator) if separator else table.to_parquet(path)
    asked = read_asked(path, reference)
    assert set(asked.labels) == {"one", "two", "three"}
    found = match_profile(asked, asked.labels.index("two"), reference)
    assert found["name"].iloc[0] == reference.profiles.about["name"].iloc[40]
    assert found["score"].iloc[0] > 0.99
    assert found["score"].is_monotonic_decreasing
    assert found["percentile"].between(0, 100).all()
    assert any("no controls" in remark for remark in asked.remarks)


def test_one_row_and_a_part_of_the_features_are_enough(tmp_path, reference, table):
    path = tmp_path / "own.csv"
    table.iloc[[0], :200].assign(Cells_Unknown_Thing=1.0).to_csv(path, index=False)
    asked = read_asked(path, reference)
    assert "199 of 200 features" in asked.remarks[0]
    found = match_profile(asked, 0, reference)
    assert found["name"].iloc[0] == reference.profiles.about["name"].iloc[3]


def test_another_scale_is_told_and_leads_to_the_same_molecule(tmp_path, reference, table):
    path = tmp_path / "own.csv"
    small = table.copy()
    small.iloc[:, 1:] *= 0.01
    small.to_csv(path, index=False)
    asked = read_asked(path, reference)
    assert any("Another plate's scale" in remark for remark in asked.remarks)
    found = match_profile(asked, asked.labels.index("one"), reference)
    assert reference.profiles.about["name"].iloc[3] in set(found["name"].head(3))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.iloc[:, 1:].add_prefix("Cells_x"), "Expected at least 20 features"),
        (lambda t: t.assign(**dict.fromkeys(t.columns[1:], 900000.0)), "found numbers up to 9e"),
        (lambda t: t.assign(**dict.fromkeys(t.columns[1:], 0.0)), "found zeros"),
        (lambda t: t.assign(**dict.fromkeys(t.columns[1:], np.nan)), "found none"),
        (lambda t: t.assign(**{t.columns[5]: "text"}), "Expected numbers in"),
        (lambda t: t.assign(control="negcon"), "found controls alone"),
        (lambda t: pd.concat([t.iloc[:, :40]] * 2000), "Expected at most 5,000 profiles"),
        (lambda t: t.iloc[:0], "found no row"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(tmp_path, reference, table, change, said):
    path = tmp_path / "own.csv"
    change(table).to_csv(path, index=False)
    with pytest.raises(MuseGNNError, match=said):
        read_asked(path, reference)


def test_molecules_of_ones_own_are_predicted(tmp_path, reference, table):
    path = tmp_path / "own.csv"
    table.to_csv(path, index=False)
    asked = read_asked(path, reference)
    own = read_molecules("OCCCC alcohol\nCCCCO\nnonsense\naspirin\n")
    assert own.refused["row"].tolist() == [2, 3]
    found = match_profile(asked, 0, reference, more=own.molecules)
    new = found[found["profile"] == "predicted"].set_index("name")["structure"]
    assert new.to_dict() == {"alcohol": "CCCCO", "aspirin": "CC(=O)Oc1ccccc1C(=O)O"}
    assert found["similarity"].between(0, 1).all()


def test_a_molecule_without_a_profile_is_known_by_name_too(reference):
    table, reasons = match_molecule("Ibuprofen", reference)
    assert "Ibuprofen" not in set(table["name"])
    assert reasons[0] == "The structure of ibuprofen, which ships, is taken for its name."
    by_structure, _ = match_molecule("CC(C)Cc1ccc(C(C)C(=O)O)cc1", reference)
    pd.testing.assert_frame_equal(table, by_structure)


def test_a_molecule_is_left_out_of_what_predicts_it(reference):
    name = str(reference.profiles.about["name"].iloc[10])
    found, reasons = match_molecule(name, reference)
    assert len(found) == len(reference.profiles)
    assert any("left out of training" in reason for reason in reasons)
    by_structure, _ = match_molecule(str(reference.profiles.about["structure"].iloc[10]), reference)
    assert found["name"].head(5).tolist() == by_structure["name"].head(5).tolist()
    _, far = match_molecule("C1CCCCCCCCCCC1", reference)
    assert any("Outside what was measured" in reason for reason in far)
    for text in ("dexamethason", "", "C1CC"):
        with pytest.raises(MuseGNNError, match="Expected a"):
            match_molecule(text, reference)
