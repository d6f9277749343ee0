"""Genes that light up: known ones whatever their probability, likely ones, a signature."""

import numpy as np
import pandas as pd
import pytest

from musegnn.errors import InputError
from musegnn.targets.lit import KNOWN, MOST, PREDICTED, lit_signature, lit_targets
from musegnn.targets.own_signature import OwnSignature
from musegnn.targets.predictor import Prediction
from musegnn.targets.tables import Pharmacology

EMPTY = pd.DataFrame({"compound": [], "name": [], "similarity": [], "targets": []})


def answer_of(probabilities, compound="C"):
    targets = pd.DataFrame(
        {"gene": list(probabilities), "probability": list(probabilities.values())}
    )
    return Prediction(
        label="some drug",
        targets=targets,
        by_structure=EMPTY,
        by_signature=EMPTY,
        domain="in domain",
        reasons=(),
        about={"compound": compound},
        method="",
        n_candidates=len(targets),
    )


def tables(*genes):
    pairs = pd.DataFrame({"compound": "C", "gene": genes, "source": "table", "action": ""})
    return Pharmacology(pd.DataFrame(), np.zeros((0, 0)), (), (), pairs, {}, {}, 0)


def test_known_targets_count_whatever_their_probability_and_without_one():
    answer = answer_of({"A": 0.9, "B": 0.2, "C": 0.05, "D": 0.01})
    lit = lit_targets(answer, tables("D", "Z"))
    rows = {row.gene: (row.weight, row.kind) for row in lit.table.itertuples()}
    assert list(rows) == ["A", "B", "D", "Z"]
    assert rows["A"] == (0.9, PREDICTED)
    assert rows["D"] == (0.01, KNOWN)
    assert np.isnan(rows["Z"][0])
    assert any("no candidates" in remark and "Z" in remark for remark in lit.remarks)
    assert lit.rivals == ("A", "B", "C", "D")
    assert lit_targets(answer, tables("D"), which=KNOWN).genes == ("D",)
    assert lit_targets(answer, tables("D"), which=PREDICTED, above=0.04).genes == ("A", "B", "C")


def test_where_nothing_is_likely_it_is_said():
    answer = answer_of(dict.fromkeys("ABCDE", 0.01))
    lit = lit_targets(answer, tables())
    assert lit.genes == ("A", "B", "C")
    assert "No other candidate reaches a probability of 0.1" in lit.remarks[0]


@pytest.mark.parametrize(
    ("choice", "message"),
    [({"which": KNOWN}, "found none"), ({"which": "some"}, "which"), ({"above": 2}, "from 0 to 1")],
)
def test_what_cannot_be_chosen_is_refused(choice, message):
    with pytest.raises(InputError, match=message):
        lit_targets(answer_of({"A": 0.9}), tables(), **choice)


def test_genes_of_a_signature_are_the_strongest_up_and_down():
    values = np.linspace(-5, 4.9, 100)
    genes = tuple(f"G{number}" for number in range(100))
    own = OwnSignature(values, 100, 100, is_list=False, what="a table")
    lit = lit_signature(own, genes)
    assert len(lit.genes) == MOST
    assert lit.remarks == (f"The first {MOST} of {np.count_nonzero(values)} genes are shown.",)
    assert lit.table.iloc[0].tolist() == ["G0", 1.0, "down"]
    up = lit_signature(own, genes, which="up").table
    assert set(up["kind"]) == {"up"}
    assert up["gene"].iloc[0] == "G99"
    with pytest.raises(InputError, match="that go up, found none"):
        lit_signature(OwnSignature(-abs(values) - 1, 100, 100, False, "a table"), genes, which="up")
