"""What is offered for an unclear name: what begins with it, then full names, then likeness."""

import pytest

from musegnn.embeddings.gene_search import FullNames, GeneSearch
from musegnn.embeddings.known_names import open_search

IN_FULL = {
    "INS": "insulin",
    "CD3E": "CD3 epsilon subunit of T-cell receptor complex",
    "CD28": "CD28 molecule",
    "ALB": "albumin",
    "TP53": "tumor protein p53",
    "INSR": "insulin receptor",
    "ZZZ9": "insulin",
}


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas, full_names=lambda: FullNames(IN_FULL, {"INS": "3630", "NO1": "1"}))


def test_a_full_name_finds_its_gene_in_any_case(search):
    match = search.find(" Insulin ")
    assert (match.status, match.gene, match.matched_by) == ("found", "INS", "full name")
    assert "by its full name" in match.message
    assert search.find("CD3 epsilon subunit of T cell receptor complex").gene == "CD3E"


def test_a_full_name_of_a_gene_that_is_not_here_is_absent(search):
    match = search.find("insulin receptor")
    assert (match.status, match.also) == ("absent", ("INSR",))


def test_a_pasted_list_is_not_read_as_full_names(search):
    assert [match.query for match in search.find_list("insulin, INS").unknown] == ["insulin"]


def test_symbols_that_begin_with_it_come_first_and_short_ones_before(search, atlas):
    found = search.suggest("cd3")
    groups = set(map(str, search.ortholog_groups))
    assert found[:3] == ("CD3D", "CD3E", "CD3G")
    others = sorted(g for g in groups if g.startswith("CD3") and g[3:4].isdecimal())
    assert list(found[3 : 3 + len(others)]) == others
    assert search.find("cd3").nearest == found


def test_words_of_full_names_follow(search):
    assert search.suggest("tumor")[0] == "TP53"
    assert search.suggest("epsilon") == ("CD3E",)
    assert search.suggest("ins")[0] == "INS"


def test_what_is_like_nothing_offers_what_looks_like_it(search):
    assert "CD3E" in search.suggest("CDE3")
    assert search.suggest("") == ()
    assert search.suggest("CD", most=0) == ()
    assert len(search.suggest("C", most=2)) == 2


def test_full_names_without_any():
    names = FullNames({})
    assert names.symbols_of("insulin") == ()
    assert names.with_words("insulin") == []
    assert FullNames(IN_FULL).with_words("in") == []  # two letters are no word
    assert FullNames(IN_FULL).with_words("insulin")[:2] == ["INS", "ZZZ9"]


def test_a_number_is_that_of_entrez_gene(search):
    match = search.find("3630")
    assert (match.gene, match.matched_by) == ("INS", "Entrez id")
    assert search.find("1").also == ("NO1",)
    assert "number of Entrez Gene" in search.find("999999").message


def test_another_name_of_one_gene_may_begin_those_of_others(atlas):
    search = open_search(atlas, None)
    match = search.find("CD3")
    assert (match.status, match.matched_by) == ("found", "alias")
    assert {match.gene, *match.nearest} >= {"CD3D", "CD3E", "CD3G"}
    assert "begin so: CD3D" in match.message
    assert search.find("CD3", suggest=False).nearest == ()


def test_names_that_ship_know_insulin(atlas, monkeypatch):
    monkeypatch.delenv("MUSEGNN_SHIPPED", raising=False)
    search = open_search(atlas, None)
    assert search.find("insulin").gene == "INS"
    assert search.find("T-cell surface").status == "unknown"  # words of a name are no name
    assert "CD3E" in search.suggest("CD3 epsilon")
