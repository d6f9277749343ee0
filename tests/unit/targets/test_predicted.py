"""Predicted targets that come with the program: what they say, and what they do not hold."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from musegnn.border.regular import hash_regular
from musegnn.errors import DataFileError, InputError
from musegnn.targets.lit import lit_targets
from musegnn.targets.predicted import (
    COMPOUNDS,
    FOLDER,
    HOW_TO_GET_MORE,
    MANIFEST,
    SHOWN,
    TARGETS,
    can_rank,
    read_predictions,
)
from musegnn.targets.shipped import read_shipped


@pytest.fixture(scope="module")
def shipped():
    return read_predictions()


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "predicted")


def test_the_manifest_says_what_the_files_hold(shipped):
    manifest = shipped.manifest
    assert manifest["sha256"] == {
        name: hash_regular(FOLDER / name) for name in (COMPOUNDS, TARGETS)
    }
    assert sum((FOLDER / name).stat().st_size for name in (COMPOUNDS, TARGETS)) < 600_000
    assert (
        int((shipped.compounds["fold"] >= 0).sum())
        == (manifest["labelled compounds with a signature"])
    )
    assert set(shipped.targets["gene"]) <= set(shipped.candidates)
    assert all(one["licence"] for one in manifest["labels"].values())
    for found in manifest["measured"].values():
        for one in (found["shipped"], found["popularity"]):
            for mean, low, high in one.values():
                assert low <= mean <= high
    # better than popularity beyond both intervals, on labels held out and on tables unseen
    for found in manifest["measured"].values():
        assert found["shipped"]["mrr"][1] > found["popularity"]["mrr"][2]


def test_every_compound_with_a_shipped_signature_has_its_first_targets(shipped):
    assert list(shipped.compounds["compound"]) == list(read_shipped().signature_keys)
    first = shipped.targets[shipped.targets["rank"] <= SHOWN]
    ranks = first.groupby("at")["rank"].agg(list)
    assert len(ranks) == len(shipped.compounds)
    assert all(one == list(range(1, SHOWN + 1)) for one in ranks)
    assert (first.groupby("at")["probability"].diff().dropna() <= 0).all()
    assert (shipped.targets["low"] <= shipped.targets["probability"]).all()
    assert (shipped.targets["high"] >= shipped.targets["probability"]).all()


def test_labels_whose_licence_forbids_it_are_not_beside_predictions(shipped):
    sources = {name for text in shipped.targets["known"] for name in text.split("|") if name}
    assert sources == {"ToxCast", "CPJUMP1"}
    said = json.dumps(dict(shipped.manifest["labels"]))
    assert "DrugBank" not in said
    assert "Repurposing" not in said
    assert (
        "non-commercial" in shipped.manifest["left out for their licence"]["Drug Repurposing Hub"]
    )


@pytest.mark.parametrize("text", ["imatinib", " Imatinib ", "KTUFNOKKBVMGRW-UHFFFAOYSA-N"])
def test_a_compound_is_found_by_name_and_key(shipped, text):
    answer = shipped.ask(text)
    assert answer.label == "imatinib"
    assert answer.about["compound"] == "KTUFNOKKBVMGRW"
    assert answer.n_candidates == len(shipped.candidates) == len(answer.candidates)
    assert len(answer.targets) >= SHOWN
    assert any("held out" in reason for reason in answer.reasons)
    assert HOW_TO_GET_MORE in answer.reasons


def test_a_compound_is_found_by_broad_id_and_structure(shipped):
    row = shipped.compounds.set_index("compound").loc["KTUFNOKKBVMGRW"]
    by_id = shipped.ask(row["ids"].split("|")[0])
    by_structure = shipped.ask(row["structure"])
    assert by_id.label == by_structure.label == "imatinib"
    pd.testing.assert_frame_equal(by_id.targets, by_structure.targets)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found nothing"),
        ("imatinb", "Did you mean imatinib"),
        ("DB00619", "come with the program, found 'DB00619'"),
        ("CCCCCCCCCCCCCCCCCCCCBr", "come with the program"),
        ("C1CC(=O", "Expected a structure as SMILES"),
        ("nosuchdrug\x00", "come with the program"),
    ],
)
def test_what_is_none_of_them_is_said_with_near_names(shipped, text, message):
    with pytest.raises(InputError, match=re.escape(message)):
        shipped.ask(text)


def test_no_answer_calls_a_molecule_by_an_inchikey_alone(shipped):
    bare = re.compile(r"(?<!InChIKey )\b[A-Z]{14}\b")
    assert bare.search("The nearest is BJCJYEYYYGBROF, it says.")
    nearest = shipped.compounds["nearest"]
    assert nearest.str.fullmatch(r"[A-Z]{14}").sum() > 100  # as labels have no names
    told = [text for _, row in shipped.compounds.iterrows() for text in shipped._why(row)]
    assert [text for text in told if bare.search(text)] == []
    reasons = shipped.ask("imatinib").reasons
    assert any("nearest labelled molecule, flumatinib, has" in reason for reason in reasons)
    nameless = shipped.compounds.query("name == compound").iloc[0]
    assert bare.search(shipped.ask(nameless["compound"]).label) is None


def test_known_targets_and_all_candidates_go_along_to_the_maps(shipped):
    known = shipped.data.pairs
    key = known["compound"].value_counts().index[0]
    lit = lit_targets(shipped.ask(key), shipped.data)
    assert set(lit.table.loc[lit.table["kind"] == "known", "gene"]) == set(
        known.loc[known["compound"] == key, "gene"]
    )
    assert np.isfinite(lit.table["weight"]).all()
    assert lit.rivals == tuple(sorted(shipped.candidates))


def test_files_that_do_not_belong_together_are_refused(copied):
    compounds = pd.read_parquet(copied / COMPOUNDS)
    compounds.head(3).to_parquet(copied / COMPOUNDS)
    with pytest.raises(DataFileError, match="found other rows"):
        read_predictions(copied)
    (copied / MANIFEST).unlink()
    with pytest.raises(DataFileError, match=MANIFEST):
        read_predictions(copied)


def test_without_a_store_nothing_is_ranked_anew(drug_store):
    assert can_rank(drug_store)
    assert not can_rank(None)
