"""A planted compound gets its targets whatever it is named by, and is not its own witness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.targets.asking import ask_about, find_compound, query_of, query_of_signature
from musegnn.targets.opening import open_predictor
from musegnn.targets.own_signature import OwnSignature
from musegnn.targets.shipped import read_drugs, read_shipped
from musegnn.targets.signature_search import mimic_and_reverse
from musegnn.targets.tables import read_pharmacology
from musegnn.targets.unlabelled import COLUMNS, predict_unlabelled, without_targets
from tests.drug_folder import SCAFFOLDS, key_of


@pytest.fixture(scope="module")
def predictor(drug_store, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        said = []
        first = open_predictor(drug_store, tell=said.append)
        again = open_predictor(drug_store, tell=said.append)
    assert len(said) == 1
    query = ask_about("DB0000", first.data)
    one, other = first.predict(query).targets, again.predict(query).targets
    assert one["gene"].tolist() == other["gene"].tolist()
    np.testing.assert_allclose(one["probability"], other["probability"])
    return again


@pytest.mark.parametrize(
    "text", ["DB0000", "db0900", "kinol 0", "BRD-K00000000-001-01-1", f"{key_of(0)}-AAAAAAAASA-N"]
)
def test_any_name_of_a_compound_leads_to_it(text, predictor):
    answer = predictor.predict(ask_about(text, predictor.data))
    assert set(answer.targets["gene"].head(2)) <= {"KIN1", "KIN2", "KIN3"}
    assert answer.targets.loc[answer.targets["gene"] == "KIN1", "known"].item().count("|") == 1
    assert any("left out of them" in reason for reason in answer.reasons)
    assert key_of(0) not in set(answer.by_structure["compound"]) | set(
        answer.by_signature["compound"]
    )
    assert answer.about["mechanism"] == "KIN inhibitor"


def test_intervals_hold_the_probability_and_ranks_follow_it(predictor):
    table = predictor.predict(ask_about("adrol 3", predictor.data)).targets
    assert (table["low"] <= table["probability"]).all()
    assert (table["probability"] <= table["high"]).all()
    assert (np.diff(table["probability"]) <= 0).all()
    assert len(table) == len(predictor.reference.targets)
    again = predictor.predict(ask_about("adrol 3", predictor.data)).targets
    np.testing.assert_array_equal(table["low"], again["low"])


def test_a_structure_that_the_store_lacks_is_told_by_its_like(predictor):
    smiles = SCAFFOLDS[1][1].format("CCCCCCCC")
    answer = predictor.predict(ask_about(f"{smiles}.Cl", predictor.data))
    assert answer.targets["gene"].iloc[0].startswith("ADR")
    assert answer.domain == "in domain"
    assert any("salt" in reason for reason in answer.reasons)
    assert not len(answer.by_signature)
    far = predictor.predict(ask_about("FC(F)(F)C(F)(F)C(F)(F)I", predictor.data))
    assert far.domain == "out of domain"


def test_a_signature_alone_is_answered(predictor):
    row = predictor.data.row_of[key_of(2)]
    own = OwnSignature(predictor.data.signatures[row], 40, 40, is_list=False, what="mine")
    answer = predictor.predict(query_of_signature(own))
    assert answer.targets["gene"].iloc[0].startswith("KIN")
    assert answer.by_signature["similarity"].iloc[0] == pytest.approx(1, abs=1e-5)
    found = mimic_and_reverse(own, predictor.data)
    assert found["compound"].iloc[0] == key_of(2)
    assert len(found) == len(predictor.data.signature_keys)
    assert (np.diff(found["cosine"]) <= 0).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found nothing"),
        ("kinoll 0", "Did you mean kinol"),
        ("DB99999", "which it lacks"),
        ("C1CC(=O", "Expected a structure as SMILES"),
        ("XXXXXXXXXXXXXX-YYYYYYYYSA-N", "which it lacks"),
    ],
)
def test_what_is_no_compound_is_told(text, message, predictor):
    with pytest.raises(InputError, match=message):
        ask_about(text, predictor.data)


def test_a_compound_with_the_signature_of_another_says_so(predictor):
    assert find_compound("copycat", predictor.data) == key_of(901)
    query = ask_about("copycat", predictor.data)
    assert query.compound == key_of(1)
    assert any("stands for both" in remark for remark in query.remarks)


def test_the_shipped_signatures_answer_without_annotation(names_of_no_folder):
    data = read_drugs(None)
    assert len(data.signature_keys) > 1000
    assert data.pairs.empty
    own = OwnSignature(
        data.signatures[10].astype(float), 978, 978, is_list=False, what="a stored one"
    )
    found = mimic_and_reverse(own, data)
    assert found["compound"].iloc[0] == data.signature_keys[10]
    assert not found["targets"].any()


@pytest.fixture
def names_of_no_folder():
    return read_gene_names(None)


def test_shipped_signatures_rank_as_the_full_ones(shared):
    from musegnn.knowledge.store import open_store

    full = read_pharmacology(open_store(shared / "knowledge"))
    reduced = read_shipped()
    assert reduced.signature_keys == full.signature_keys
    assert reduced.genes == full.genes
    strong = np.flatnonzero(full.strength >= 10)[:40]
    for row in strong[::8]:
        own = OwnSignature(full.signatures[row].astype(float), 978, 978, is_list=False, what="")
        own_full = mimic_and_reverse(own, full).set_index("compound")["cosine"]
        own_reduced = mimic_and_reverse(own, reduced).set_index("compound")["cosine"]
        assert own_full.corr(own_reduced.reindex(own_full.index)) > 0.9
        assert own_reduced.idxmax() == full.signature_keys[row]


def test_compounds_without_a_known_target_get_the_targets_they_get_alone(predictor):
    keys = [key_of(0), ask_about("adrol 3", predictor.data).compound]
    data = predictor.data
    assert without_targets(data) == ()
    unlabelled = replace(data, pairs=data.pairs[~data.pairs["compound"].isin(keys)])
    asked = replace(predictor, data=unlabelled)
    assert set(without_targets(unlabelled)) == set(keys)
    table = predict_unlabelled(asked, n=3)
    assert tuple(table) == COLUMNS
    assert table["rank"].tolist() == [1, 2, 3] * 2
    for key, family in zip(keys, ("KIN", "ADR"), strict=True):
        own = table[table["compound"] == key]
        alone = asked.predict(query_of(key, unlabelled))
        assert own["gene"].tolist() == alone.targets["gene"].head(3).tolist()
        np.testing.assert_allclose(own["probability"], alone.targets["probability"].head(3))
        assert own["gene"].iloc[0].startswith(family)
        assert set(own["domain"]) == {alone.domain}
        assert key not in set(own["nearest"])
    with pytest.raises(InputError, match="no known target, found none"):
        predict_unlabelled(predictor)
