"""What is offered for an unclear name: what begins with it, then full names, then likeness."""

import time
from functools import partial

import pytest

from musegnn.embeddings.gene_search import FullNames, GeneSearch
from musegnn.embeddings.gene_suggestions import suggest_genes
from musegnn.embeddings.known_names import _open_others, open_search

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


@pytest.fixture(scope="module")
def shipped(atlas):
    """Names that come with the program, and full names of a few genes."""
    more = {"GFAP": "glial fibrillary acidic protein"}
    known = FullNames({**IN_FULL, **more}, {"INS": "3630"})
    return GeneSearch(atlas, others=partial(_open_others, atlas), full_names=lambda: known)


def offered(search, text, **options):
    return {one.name: one.note for one in suggest_genes(search, text, **options)}


@pytest.mark.parametrize(
    ("typed", "first", "note"),
    [
        ("p53", "TP53", "alias p53"),  # alias
        ("insulin", "INS", "insulin"),  # full name
        ("Tumor Protein P53", "TP53", "tumor protein p53"),
        ("ENSG00000254647.5", "INS", "Ensembl id"),
        ("3630", "INS", "Entrez id 3630"),
        ("Ins2", "Ins2", "ortholog of INS"),  # a mouse symbol
        ("ins", "INS", "insulin"),
        ("CD3E", "CD3E", "CD3 epsilon"),
        ("gm123", "Gm1234", ""),  # a gene without a human ortholog
    ],
)
def test_each_kind_of_name_is_suggested_with_its_reason(shipped, typed, first, note):
    found = offered(shipped, typed)
    assert next(iter(found)) == first
    assert note in found[first]
    match = shipped.find(first)  # and what is suggested is found again
    assert (match.status, match.matched_by) == ("found", "symbol")


def test_symbols_that_begin_so_go_before_other_names_and_words(shipped):
    found = list(offered(shipped, "cd3"))
    symbols = [name for name in found if name.upper().startswith("CD3")]
    assert {"CD3D", "CD3E", "CD3G"} <= set(found[:4])
    assert found[: len(symbols)] == symbols
    assert "Cd3e" not in found  # the same letters are the same gene
    assert list(offered(shipped, "INS"))[:3] == ["INS", "Ins1", "Ins2"]


def test_other_names_that_begin_so_are_told(shipped):
    found = offered(shipped, "p5", most=40)
    assert "also p53" in found["TP53"].casefold()
    names = {gene: name for name, gene in shipped.other_names_beginning("p5", most=40)}
    assert names["TP53"].casefold().startswith("p5")


def test_a_gene_that_is_in_no_context_says_so_and_nothing_alike_is_offered(shipped):
    assert offered(shipped, "GFAP") == {
        "GFAP": "in no context here; glial fibrillary acidic protein"
    }
    assert offered(shipped, "insulin receptor")["INSR"].startswith("in no context here")


def test_letters_that_begin_nothing_offer_what_looks_like_them(shipped):
    assert offered(shipped, "CDE3")["CD3E"].startswith("looks like it")
    for text in ("", "   ", "'", '"', "\x00", "(", "*", "\\", "%", "x" * 500, "\ud800"):
        assert set(offered(shipped, text)) <= set(offered(shipped, text))


def test_no_more_than_asked_for_and_each_once(shipped):
    for most in (0, 1, 3, 8):
        found = suggest_genes(shipped, "c", most=most)
        assert len(found) == most
        assert len({one.name for one in found}) == most
    assert all(len(one.note) <= 60 for one in suggest_genes(shipped, "c", most=200))


def test_the_prefix_scan_agrees_with_a_loop(shipped):
    table = shipped._others._tables[0]
    names = [name for gene in range(3000) for name, _ in table.names(gene)]
    starts = {name[:4].casefold() for name in names[:40] if name.isascii()}
    for start in sorted(starts):
        expected = {name for name in names if name.casefold().startswith(start)}
        found = {name for name, _ in table.beginning_with(start, most=10**6)}
        assert expected <= found
        assert all(name.casefold().startswith(start) for name in found)


@pytest.mark.parametrize("text", ["c", "cd", "ins", "p53", "insulin", "CDE3", "ENSG00000254647"])
def test_the_next_letters_are_answered_at_once(shipped, text):
    suggest_genes(shipped, "a")  # reads the names
    started = time.process_time()
    suggest_genes(shipped, text)
    assert time.process_time() - started < 0.3
