"""A typed name leads to a gene of the set, whatever nomenclature the set was made with."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.embeddings.other_names import OtherNames
from musegnn.io.gene_tables import GeneTable
from tests.toy_contexts import Context, make_set
from tests.unit.io.test_gene_tables import table_of

# symbol, Ensembl id, common name, human ortholog
HUMAN = [
    ("TP53", "ENSG00000141510", "TP53", "TP53"),
    ("POU5F1", "", "POU5F1", "POU5F1"),
    ("PTCHD2", "", "PTCHD2", "PTCHD2"),  # DISP3 since
    ("SEPT2", "ENSG00000168385", "SEPT2", "SEPT2"),
    ("SEPTIN6", "", "SEPTIN6", "SEPTIN6"),
    ("ENSG00000086548", "ENSG00000086548", "ENSG00000086548", "ENSG00000086548"),
    ("PTGS1", "", "PTGS1", "PTGS1"),
    ("CD3E", "", "CD3E", "CD3E"),
]
MOUSE = [
    ("Trp53", "", "TP53", "TP53"),
    ("Pou5f1", "", "POU5F1", "POU5F1"),
    ("Gm1234", "", "mouse:Gm1234", ""),
    ("Cd3e", "", "CD3E", "CD3E"),
]


def named_set(rows: list[tuple[str, str, str, str]], species: str) -> EmbeddingSet:
    """Make a set whose genes in one context are called as told."""
    vectors = np.eye(len(rows), dtype=np.float32)
    embedding = make_set(Context("one", [row[0] for row in rows], vectors, species=species))
    table = embedding.table.copy()
    for place, column in enumerate(("gene", "gene_id", "common_gene", "ortholog")):
        table[column] = [row[place] for row in rows]
    return replace(embedding, table=table)


@pytest.fixture(scope="module")
def search() -> GeneSearch:
    return open_search(named_set(HUMAN, "human"), None)


@pytest.mark.parametrize(
    ("typed", "gene", "matched_by"),
    [
        ("TP53", "TP53", "symbol"),
        ("p53", "TP53", "alias"),
        ("P53", "TP53", "alias"),
        ("OCT4", "POU5F1", "alias"),
        ("oct-4", "POU5F1", "alias"),
        ("DISP3", "PTCHD2", "current symbol"),
        ("SEPTIN2", "SEPT2", "Ensembl id"),
        ("SEPT6", "SEPTIN6", "previous symbol"),
        ("CEACAM6", "ENSG00000086548", "Ensembl id"),
        ("CD66c", "ENSG00000086548", "alias"),
        ("ENSG00000141510.18", "TP53", "Ensembl id"),
        ("ENSG00000141510_PAR_Y", "TP53", "Ensembl id"),
        ("ENSG00000204531", "POU5F1", "Ensembl id"),  # the set has no ids of it
        ("ensg00000204531.7", "POU5F1", "Ensembl id"),
    ],
)
def test_a_gene_is_found_by_any_of_its_names(search, typed, gene, matched_by) -> None:
    match = search.find(typed)
    assert (match.status, match.gene, match.matched_by) == ("found", gene, matched_by)
    assert (match.message == "") == (matched_by == "symbol")


def test_what_else_a_name_may_mean_is_told(search) -> None:
    match = search.find("COX1")
    assert (match.status, match.gene, match.also) == ("found", "PTGS1", ("MT-CO1",))
    assert match.message == "`COX1` found as PTGS1 by its alias. It may also mean MT-CO1."


def test_a_known_gene_that_is_nowhere_is_told_by_its_symbol(search) -> None:
    match = search.find("insulin-like-nothing")
    assert match.status == "unknown"
    match = search.find("MARCH1")
    assert (match.status, match.also) == ("absent", ("MARCHF1",))
    assert match.message == (
        "`MARCH1` (MARCHF1) is a known gene, but it is in no context of this atlas."
    )
    assert search.find("ENSG00000145416").also == ("MARCHF1",)


def test_a_number_is_told_to_need_a_table_of_numbers(search) -> None:
    match = search.find("916")
    assert match.status == "unknown"
    assert "Nor is it a number of Entrez Gene" in match.message


def test_mouse_and_human_names_lead_to_one_gene() -> None:
    search = open_search(named_set(MOUSE, "mouse"), None)
    for typed in ("p53", "TP53", "Trp53", "trp53", "ENSMUSG00000059552", "ENSG00000141510"):
        assert search.find(typed).gene == "TP53", typed
    for typed in ("Oct4", "OCT4", "Pou5f1"):
        assert search.find(typed).gene == "POU5F1", typed


def test_a_pasted_list_gives_what_each_name_gives(search) -> None:
    names = ["TP53", "p53", "OCT4", "MARCH1", "916", "COX1", "nothing"]
    found = search.find_list("\n".join(names))
    assert found.genes == ("TP53", "POU5F1", "PTGS1")
    assert [match.query for match in (*found.absent, *found.unknown)] == [
        "MARCH1",
        "916",
        "nothing",
    ]
    for match in (*found.found, *found.absent):
        assert match == search.find(match.query)


def test_what_a_folder_says_comes_first() -> None:
    embedding = named_set(HUMAN, "human")
    search = GeneSearch(
        embedding, aliases={"p53": "CD3E"}, others=lambda index: OtherNames(index, ["human"])
    )
    assert search.find("p53").gene == "CD3E"
    assert search.find("OCT4").gene == "POU5F1"


def test_an_alias_of_two_genes_asks() -> None:
    table: GeneTable = table_of(
        ("ENSG00000000001", "TP53", "XX1", ""), ("ENSG00000000002", "CD3E", "XX1", "")
    )
    make = partial(OtherNames, species=["human"], tables={"human": table})
    match = GeneSearch(named_set(HUMAN, "human"), others=make).find("XX1")
    assert (match.status, match.choices) == ("ambiguous", ("CD3E", "TP53"))
    assert match.message == "`XX1` can mean CD3E, TP53. Choose one."


def test_nothing_is_opened_before_a_name_is_not_found() -> None:
    asked = []

    def make(index):
        asked.append(index)
        return OtherNames(index, ["human"])

    search = GeneSearch(named_set(HUMAN, "human"), others=make)
    search.find("TP53")
    search.find("cd3e")
    assert asked == []
    search.find("p53")
    search.find("OCT4")
    assert len(asked) == 1


def test_genes_of_a_set_keep_their_names_under_any_case() -> None:
    embedding = named_set(HUMAN, "human")
    search = open_search(embedding, None)
    for symbol in pd.unique(embedding.genes["gene"]):
        assert search.find(str(symbol).lower()).gene == symbol


def test_a_list_is_resolved_as_each_of_its_names_alone(search):
    names = ["TP53", "p53", "oct-4", "SEPT6", "CEACAM6", "ENSG00000141510.18", "junk7", "GFAP"]
    result = search.find_list("\n".join(names))
    found = {
        match.query: match
        for match in (*result.found, *result.ambiguous, *result.absent, *result.unknown)
    }
    assert found == {name: search.find(name, suggest=False) for name in names}
    assert [match.query for match in result.unknown] == ["junk7"]
    assert [match.query for match in result.absent] == ["GFAP"]
