"""What is said of a compound is said without its labels, and is measured as it was said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from musegnn.targets.out_of_fold import UNLABELLED, OutOfFold, measure, predict_out_of_fold
from tests.drug_folder import key_of

ASKED = key_of(0)  # kinol 0 hits KIN1 and KIN2
COLUMNS = ["gene", "rank", "probability", "low", "high"]


@pytest.fixture(scope="module")
def said(drugs) -> OutOfFold:
    return predict_out_of_fold(drugs, None)


def rows_of(said: OutOfFold, key: str) -> pd.DataFrame:
    own = said.targets[said.targets["compound"] == key]
    return own[COLUMNS].reset_index(drop=True)


def test_other_labels_of_a_compound_change_nothing_of_what_is_said_of_it(drugs, said):
    others = {"KIN1": "ADR1", "KIN2": "ADR2"}
    own = drugs.pairs["compound"] == ASKED
    pairs = drugs.pairs.assign(
        gene=drugs.pairs["gene"].mask(own, drugs.pairs["gene"].map(others))
    ).drop_duplicates(["compound", "gene", "source"])
    assert set(pairs.loc[pairs["compound"] == ASKED, "gene"]) == {"ADR1", "ADR2"}
    changed = predict_out_of_fold(replace(drugs, pairs=pairs), None)
    assert changed.candidates == said.candidates
    pd.testing.assert_frame_equal(rows_of(changed, ASKED), rows_of(said, ASKED))
    # and the labels do count, where others are asked
    assert any(
        not rows_of(changed, key).equals(rows_of(said, key))
        for key in said.compounds["compound"]
        if key != ASKED
    )


def test_a_molecule_of_the_same_fingerprint_does_not_answer_either(drugs, said):
    twin = "ZZZTWINOFKINOL"
    compounds = drugs.compounds.copy()
    compounds.loc[twin] = {**compounds.loc[ASKED].to_dict(), "ids": twin, "inchikey": ""}
    row = pd.DataFrame({"compound": [twin] * 2, "gene": ["HTR1", "HTR2"]})
    pairs = pd.concat([drugs.pairs, row.assign(source="x", action="")], ignore_index=True)
    alike = replace(drugs, compounds=compounds.sort_index(), pairs=pairs)
    ours = rows_of(predict_out_of_fold(alike, None), ASKED)
    # weights and probabilities of its fold may move a little, since others see the molecule
    assert ours["gene"].iloc[0].startswith("KIN")
    best = ours.loc[ours["gene"].str.startswith("HTR"), "probability"].max()
    assert best < ours["probability"].iloc[0] / 5


def test_all_compounds_are_told_and_each_candidate_once(drugs, said):
    assert list(said.compounds["compound"]) == list(drugs.signature_keys)
    labelled = set(drugs.pairs["compound"])
    without = [key not in labelled for key in said.compounds["compound"]]
    assert ((said.compounds["fold"] == UNLABELLED) == without).all()
    ranks = said.ranks()
    assert (np.sort(ranks, axis=1) == np.arange(1, len(said.candidates) + 1)).all()
    assert (said.targets["low"] <= said.targets["probability"]).all()
    assert (said.targets["high"] >= said.targets["probability"]).all()
    assert set(said.compounds["domain"]) <= {"in domain", "at its border", "out of domain"}


def test_the_same_seed_says_the_same(drugs, said):
    pd.testing.assert_frame_equal(predict_out_of_fold(drugs, None).targets, said.targets)


def test_planted_families_are_found_where_popularity_finds_none(drugs, said):
    listed = set(zip(drugs.pairs["compound"], drugs.pairs["gene"], strict=True))
    known = np.array(
        [[(key, gene) in listed for gene in said.candidates] for key in said.compounds["compound"]]
    )
    found = measure(said, known)
    assert found["shipped"]["mrr"][0] > 0.9
    assert found["popularity"]["mrr"][0] < 0.5
    assert found["compounds"] == int(known.any(axis=1).sum())


def test_measures_of_a_hand_made_case():
    said = OutOfFold(
        candidates=("A", "B", "C"),
        compounds=pd.DataFrame({"compound": ["one", "two"], "fold": [0, 1]}),
        targets=pd.DataFrame(
            {
                "compound": ["one"] * 3 + ["two"] * 3,
                "gene": ["B", "A", "C", "C", "B", "A"],
                "rank": [1, 2, 3, 1, 2, 3],
                "probability": [0.9, 0.05, 0.05, 0.5, 0.3, 0.1],
            }
        ),
        popularity=np.array([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0]]),
    )
    known = np.array([[False, True, False], [True, False, False]])
    found = measure(said, known)
    # B of one is first, A of two is last of three
    assert found["shipped"]["mrr"][0] == pytest.approx((1 + 1 / 3) / 2, abs=1e-4)
    assert found["popularity"]["mrr"][0] == pytest.approx((1 / 2 + 1) / 2, abs=1e-4)
    assert found["shipped"]["auroc"][0] == pytest.approx(0.5)
    # bins of a tenth: [0.05, 0.05], [0.1] holds A of two, [0.3], [0.5], [0.9]
    off = abs(0.1 - 0) + abs(0.1 - 1) + 0.3 + 0.5 + abs(0.9 - 1)
    assert found["ece"][0] == pytest.approx(off / 6, abs=1e-5)
    low, high = found["shipped"]["mrr"][1:]
    assert low <= found["shipped"]["mrr"][0] <= high
