"""Tables of drugs: one row a compound, twins joined, targets of people alone."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.store import open_store
from musegnn.targets.tables import read_labels, read_pharmacology
from tests.drug_folder import GENES, N_LISTED, OUTSIDE, SCAFFOLDS, key_of, write_drugs


def test_two_ids_of_a_compound_are_one_and_the_same_signature_is_joined(drugs):
    assert drugs.n_rows == N_LISTED + 2
    assert len(drugs.signature_keys) == len(set(drugs.signature_keys)) == N_LISTED
    assert drugs.joined == {key_of(901): key_of(1)}
    assert drugs.genes == tuple(sorted(GENES))
    unique = np.unique(drugs.signatures, axis=0)
    assert len(unique) == N_LISTED


def test_ids_names_and_keys_lead_to_the_compound(drugs):
    for name in ("DB0900", "DB0000", "BRD-K00000000", "KINOL 0", key_of(0)):
        assert drugs.by_id[name] == key_of(0)
    row = drugs.compounds.loc[key_of(0)]
    assert row["atc"] == "A01AA00"
    assert row["mechanism"] == "KIN inhibitor"
    assert set(row["ids"].split("|")) == {"DB0000", "DB0900", "BRD-K00000000"}


def test_targets_are_human_targets_of_both_tables_and_no_enzymes(drugs):
    found = drugs.targets_of(key_of(0))
    assert set(found["gene"]) == {"KIN1", "KIN2"}
    assert set(found.loc[found["gene"] == "KIN1", "source"]) == {
        "drugbank_targets",
        "repurposing_molecules",
    }
    assert drugs.licences["drugbank_targets"].startswith("CC-BY-NC")


def test_labels_are_laid_out_and_compounds_of_many_targets_left_out(drugs):
    labels = read_labels(drugs, list(drugs.compounds.index))
    assert len(labels.compounds) == N_LISTED + len(OUTSIDE) * len(SCAFFOLDS)
    assert (labels.known.sum(axis=1) == 2).all()
    assert not read_labels(drugs, list(drugs.compounds.index), most=1).compounds


def test_a_store_without_drugs_says_what_to_do(tmp_path):
    (tmp_path / "TF_human_lambert2018.txt").write_text("T1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"found none.*musegnn knowledge list"):
        read_pharmacology(open_store(tmp_path))
    with pytest.raises(InputError, match="found none"):
        read_pharmacology(None)


def test_what_ships_takes_nothing_of_tables_that_forbid_commerce(drugs, tmp_path):
    store = open_store(write_drugs(tmp_path / "drugs"))
    named = tmp_path / "mine.csv"
    key = f"{key_of(0)}-AAAAAAAASA-N"
    named.write_text(
        f"id,name,inchikey,smiles\nM0,flat,{key_of(0)}-BBBBBBBBSA-N,CCO\nM1,meant,{key},OCC\n"
        f"M2,undrawn,{key_of(1)}-AAAAAAAASA-N,-666\n",
        "utf-8",
    )
    import_table(
        named,
        store.folder,
        name="mine",
        kind="molecules",
        species="human",
        release="1",
        licence="CC0",
    )
    data = read_pharmacology(open_store(store.folder), commercial=True)
    # numbers and keys of DrugBank are free, and say which signature is whose
    assert data.signature_keys == drugs.signature_keys
    np.testing.assert_array_equal(data.signatures, drugs.signatures)
    assert data.licences["drugbank_molecules"] == "CC0 (DrugBank Vocabulary)"
    assert set(data.licences) == {"drugbank_molecules", "mine", "l1000_consensus"}
    assert data.pairs.empty
    row = data.compounds.loc[key_of(0)]
    assert (row["name"], row["structure"]) == ("flat", "OCC")  # the form that the key tells of
    others = data.compounds.drop(key_of(0))
    assert set(others["structure"]) == {""}
    assert not others[["phase", "atc", "mechanism", "indication"]].to_numpy(dtype=bool).any()
    assert others.loc[key_of(2), "name"] == key_of(2)


def test_own_tables_of_molecules_and_signatures_are_imported(tmp_path):
    molecules = tmp_path / "mine.csv"
    molecules.write_text("id,name,smiles,target\nM1,mine,CCO,KIN1|KIN2\nM2,other,CCN,\n", "utf-8")
    signatures = tmp_path / "z.tsv"
    signatures.write_text("drug\tTP53\tEGFR\nM1\t2.5\t-1\nM2\t0\t4\n", "utf-8")
    folder = tmp_path / "store"
    for name, path, kind in (
        ("mine", molecules, "molecules"),
        ("mine_z", signatures, "drug signatures"),
    ):
        import_table(
            path, folder, name=name, kind=kind, species="human", release="1", licence="own"
        )
    data = read_pharmacology(open_store(folder))
    assert data.signature_keys == ("M1", "M2")
    assert data.genes == ("EGFR", "TP53")
    np.testing.assert_allclose(data.signatures, [[-1, 2.5], [4, 0]])
    assert set(data.targets_of("M1")["gene"]) == {"KIN1", "KIN2"}
    assert data.compounds.loc["M1", "structure"] == "CCO"


def test_the_public_tables_have_as_many_compounds_as_were_counted(shared):
    data = read_pharmacology(open_store(shared / "knowledge"))
    assert data.n_rows == 1170
    assert data.signatures.shape == (1092, 978)
    labels = read_labels(data, data.signature_keys)
    assert 955 <= len(labels.compounds) <= 970
    few = read_labels(data, data.signature_keys, most=5)
    assert 700 <= len(few.compounds) <= 720
    assert 590 <= len(few.targets) <= 615
    assert data.by_id["IMATINIB"] == data.by_id["DB00619"]
