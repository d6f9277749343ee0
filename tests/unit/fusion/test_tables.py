"""Tables of modalities: names led to one, facts kept, hidden facts gone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from musegnn.errors import InputError
from musegnn.fusion.feature_table import (
    check_some,
    from_entries,
    from_pairs,
    from_profiles,
    from_sets,
)
from musegnn.fusion.human_names import HumanNames
from musegnn.io.gene_tables import SHIPPED
from musegnn.io.nomenclature import GeneNames

ENTREZ = {"human": {"7157": "TP53", "1956": "EGFR"}}


@pytest.fixture(scope="module")
def names():
    return HumanNames(GeneNames(tables=SHIPPED, entrez=ENTREZ))


def test_symbol_previous_symbol_ensembl_and_entrez_lead_to_one_gene(names):
    asked = ["TP53", "tp53", "ENSG00000141510", "ENSG00000141510.18", "7157", "MARCH1", "MARCHF1"]
    assert names.symbols_of(asked) == {
        **dict.fromkeys(asked[:5], "TP53"),
        "MARCH1": "MARCHF1",
        "MARCHF1": "MARCHF1",
    }


@pytest.mark.parametrize(
    "name", ["no gene", "", "999999999", "ENSG99999999999", "ENSMUSG00000059552"]
)
def test_what_is_no_human_gene_leads_nowhere(names, name):
    assert names.symbols_of([name]) == {name: ""}


def test_terms_of_fitting_size_keep_their_genes_under_one_name(names):
    mixed = ["EGFR", "MYC", "not a gene"]
    terms = {"a": ["TP53", "7157", "EGFR"], "too small": ["TP53"], "b": mixed}
    table = from_sets(terms, names, sizes=(2, 3), sources=())
    assert table.genes == ("EGFR", "MYC", "TP53")
    assert table.features == ("a", "b")
    assert table.members.toarray().tolist() == [[True, True], [False, True], [True, False]]
    assert (table.coverage.names, table.coverage.led, table.coverage.genes) == (5, 4, 3)


def test_pairs_are_joined_both_ways_and_once(names):
    pairs = [("TP53", "EGFR"), ("EGFR", "TP53"), ("MYC", "MYC"), ("MYC", "not a gene")]
    table = from_pairs(pairs, names, sources=())
    assert table.genes == ("EGFR", "TP53")
    assert table.weights.toarray().tolist() == [[0, 1], [1, 0]]


def test_strengths_of_a_repeated_pair_are_added(names):
    table = from_pairs(
        [("TP53", "EGFR"), ("EGFR", "TP53")], names, sources=(), strengths=[1.0, 2.0]
    )
    assert table.weights.toarray().tolist() == [[0, 3], [3, 0]]


def test_the_strongest_of_repeated_entries_counts(names):
    entries = [("TP53", "MYC+", 0.2), ("7157", "MYC+", 1.0), ("EGFR", "MYC-", 0.5)]
    table = from_entries(entries, names, sources=())
    idf = np.log(3 / 2)
    np.testing.assert_allclose(table.weights.toarray(), [[0, 0.5 * idf], [1.0 * idf, 0]], rtol=1e-6)


def test_profiles_are_centred_averaged_and_their_gaps_are_the_mean(names):
    values = np.array([[0.0, 2.0, 4.0], [4.0, 2.0, 0.0], [1.0, np.nan, 3.0], [5.0, 5.0, 5.0]])
    listed = ["TP53", "EGFR", "ENSG00000136997", "KRAS"]
    table = from_profiles(listed, values, list("abc"), names, sources=(), high=1.0)
    assert table.genes == ("EGFR", "MYC", "TP53")  # KRAS varies nowhere
    high = np.sqrt(1.5)
    expected = [[high, 0, -high], [-1, 0, 1], [-high, 0, high]]
    np.testing.assert_allclose(table.weights.toarray(), expected, rtol=1e-5, atol=1e-6)
    assert table.members.toarray()[2].tolist() == [False, False, True]


def test_hidden_facts_are_in_neither_matrix(names):
    table = from_sets(
        {"a": ["TP53", "EGFR"], "b": ["EGFR", "MYC"]}, names, sizes=(2, 9), sources=()
    )
    hidden = sparse.csr_matrix(([True], ([0], [1])), table.members.shape)
    rest = table.without(hidden)
    assert not rest.members[0, 1]
    assert rest.weights[0, 1] == 0
    assert rest.members.nnz == table.members.nnz - 1


def test_a_table_of_junk_is_refused(names):
    table = from_sets({"a": ["x1", "x2"]}, names, sizes=(1, 9), sources=())
    with pytest.raises(InputError, match=r"Expected pathways of at least 4 human genes, found 0"):
        check_some(table, "pathways")
