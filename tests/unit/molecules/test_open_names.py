"""Names of molecules that ship: of the very form first, of the skeleton where it has one."""

from __future__ import annotations

import bz2
import pickle
import zipfile
from pathlib import Path

import pytest

from data import molecule_names as names

ASPIRIN, D_FORM, L_FORM = "CC(=O)Oc1ccccc1C(=O)O", "C[C@@H](N)C(=O)O", "C[C@H](N)C(=O)O"


def source(title: str, *pairs: tuple[str, str]) -> names.NameSource:
    return names.NameSource(title, {}, pairs)


def test_the_very_form_is_named_before_a_skeleton_and_the_first_source_before_others() -> None:
    d_key, l_key = names.inchikey_of(D_FORM), names.inchikey_of(L_FORM)
    assert d_key[:14] == l_key[:14]
    assert d_key != l_key
    first = source("first", (l_key, "L-alanine"))
    second = source("second", (d_key, "D-alanine"), (l_key, "l alanine"), (l_key, "ala"))
    asked = {"D": [d_key], "L": [l_key], "both": [d_key, l_key], "flat": [f"{d_key[:14]}-X"]}
    found = names.name_molecules(asked, [first, second])
    assert found == {
        "D": [("D-alanine", "second")],
        "L": [("L-alanine", "first"), ("ala", "second")],
        "both": [("L-alanine", "first"), ("D-alanine", "second"), ("ala", "second")],
        "flat": [("L-alanine", "first")],
    }
    assert names.count_names(found) == {"first": 3, "second": 1}


def test_a_skeleton_of_two_names_tells_no_form() -> None:
    d_key, l_key = names.inchikey_of(D_FORM), names.inchikey_of(L_FORM)
    both = source("both", (l_key, "L-alanine"), (d_key, "D-alanine"))
    assert names.name_molecules({"flat": [f"{d_key[:14]}-UHFFFAOYSA-N"]}, [both]) == {}


def test_a_name_that_belongs_to_a_drug_is_not_that_of_its_ester() -> None:
    acid, ester = names.inchikey_of(ASPIRIN), names.inchikey_of(f"{ASPIRIN}CC")
    loose = source("loose", (ester, "Aspirin"), (ester, "ester"))
    owner = names.NameSource("owner", {}, [(acid, "aspirin")], is_owner=True)
    asked = {"acid": [acid], "ester": [ester]}
    assert names.name_molecules(asked, [loose])["ester"][0] == ("Aspirin", "loose")
    assert names.name_molecules(asked, [loose, owner]) == {
        "acid": [("aspirin", "owner")],
        "ester": [("ester", "loose")],
    }


def test_a_last_resort_names_what_has_no_name_alone() -> None:
    key, other = names.inchikey_of(ASPIRIN), names.inchikey_of(D_FORM)
    salts = names.NameSource("salts", {}, [(key, "salt"), (other, "salt")], is_last_resort=True)
    found = names.name_molecules({"a": [key], "b": [other]}, [source("s", (key, "aspirin")), salts])
    assert found == {"a": [("aspirin", "s")], "b": [("salt", "salts")]}


def test_a_charge_changes_no_name() -> None:
    acid, salt = names.inchikey_of(ASPIRIN), names.inchikey_of("CC(=O)Oc1ccccc1C(=O)[O-].[Na+]")
    assert acid != salt
    found = names.name_molecules({"salt": [salt]}, [source("s", (acid, "aspirin"))])
    assert found == {"salt": [("aspirin", "s")]}


def write_drugs(path: Path, entries: object) -> Path:
    packed = bz2.compress(pickle.dumps({"drug_canonical_to_data": entries}))
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2", packed)
    return path


def test_drugs_are_those_with_a_number_and_salts_stand_apart(tmp_path: Path) -> None:
    entries = {
        "a": {"name": "Aspirin", "drugbank_id": "DB00945", "smiles": ASPIRIN},
        "b": {"name": "Aspirin Sodium", "drugbank_id": "DB1", "smiles": f"{ASPIRIN}.[Na]"},
        "c": {"name": "Other", "smiles": D_FORM, "synonyms": {"x"}},
        "d": {"name": "Both", "drugbank_id": "DB2", "smiles": f"{ASPIRIN}.CC(=O)Nc1ccc(O)cc1"},
        "e": {"name": "Iron", "drugbank_id": "DB3", "smiles": "[Fe]"},
    }
    pure, salts = names._read_drugs(write_drugs(tmp_path / "d.whl", entries))
    key = names.inchikey_of(ASPIRIN)
    assert (pure, salts) == ([(key, "Aspirin")], [(key, "Aspirin Sodium")])


def test_a_pickle_that_holds_more_than_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pickle.UnpicklingError, match="found pathlib"):
        names._read_drugs(write_drugs(tmp_path / "d.whl", {"a": Path("x")}))


def test_numbers_of_registries_are_no_names_and_the_first_name_is_taken(tmp_path: Path) -> None:
    line = "2244\t50-78-2\tC9H8O4\t180.2\tC\tInChI\tKEY-A\tsystematic\t{}\n"
    with zipfile.ZipFile(tmp_path / "c.whl", "w") as wheel:
        for file, given in zip(
            names._CHEMICALS, ("50-78-2\tstk366316\taspirin\tx", "nsc 27223"), strict=True
        ):
            wheel.writestr(file, line.format(given))
    pairs = list(names._read_chemicals(tmp_path / "c.whl"))
    assert pairs == [("KEY-A", "aspirin"), ("KEY-A", "")]
    told = [
        ("K", "Acetylsalicylic Acid"),
        ("InChIKey=K", "GSK163090"),
        ("K", "BRD-K123"),
        ("", "x"),
    ]
    assert names._tidied([*told, ("K", "y" * 61)]) == [
        ("K", "acetylsalicylic acid"),
        ("K", "GSK163090"),
    ]
