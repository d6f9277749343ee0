from dataclasses import replace

import numpy as np
import pytest

from musegnn.embeddings.gene_search import GeneSearch

ALIASES = {
    "3630": "INS",
    "916": "CD3E",
    "IDDM": "INS",
    "T3E": ["CD3E"],
    "shared": ["INS", "CD3E"],
    "p53": "TP53",
    "BRCC1": "BRCA1",
    "proinsulin": "Ins2",
    "672": "BRCA1",
    "glu": "GCG",
}

# typed, status, gene or choices, matched by
CASES = [
    ("INS", "found", "INS", "symbol"),
    ("ins", "found", "INS", "symbol"),
    ("Ins2", "found", "INS", "symbol"),
    ("INS2", "found", "INS", "symbol"),
    ("ins1", "found", "INS", "symbol"),
    ("CD3E", "found", "CD3E", "symbol"),
    ("Cd3e", "found", "CD3E", "symbol"),
    ("cd3e", "found", "CD3E", "symbol"),
    ("cD3E", "found", "CD3E", "symbol"),
    ("  CD3E ", "found", "CD3E", "symbol"),
    ("\tCD3E\n", "found", "CD3E", "symbol"),
    ("'CD3E'", "found", "CD3E", "symbol"),
    ('"CD3E"', "found", "CD3E", "symbol"),
    ("\u201cCD3E\u201d", "found", "CD3E", "symbol"),
    ("`CD3E`", "found", "CD3E", "symbol"),
    ("HLA-DRA", "found", "HLA-DRA", "symbol"),
    ("hla-dra", "found", "HLA-DRA", "symbol"),
    ("NKX2-2", "found", "NKX2-2", "symbol"),
    ("Nkx2-2", "found", "NKX2-2", "symbol"),
    ("Gm1234", "found", "Gm1234", "symbol"),
    ("GM1234", "found", "Gm1234", "symbol"),
    ("mouse:Gm1234", "found", "Gm1234", "common name"),
    ("mouse:Ins2", "found", "INS", "common name"),
    ("ENSG00000000001", "found", "INS", "Ensembl id"),
    ("ensg00000000001", "found", "INS", "Ensembl id"),
    ("ENSG00000000001.12", "found", "INS", "Ensembl id"),
    ("ENSMUSG00000000001", "found", "INS", "Ensembl id"),
    ("ENSMUSG00000099999", "found", "INS", "Ensembl id"),
    ("ENSG00000000002", "found", "GCG", "Ensembl id"),
    ("ENSMUSG00000000002.1", "found", "GCG", "Ensembl id"),
    ("3630", "found", "INS", "Entrez id"),
    ("916", "found", "CD3E", "Entrez id"),
    ("IDDM", "found", "INS", "alias"),
    ("iddm", "found", "INS", "alias"),
    ("T3E", "found", "CD3E", "alias"),
    ("p53", "found", "TP53", "alias"),
    ("P53", "found", "TP53", "alias"),
    ("proinsulin", "found", "INS", "alias"),
    ("shared", "ambiguous", ("CD3E", "INS"), "alias"),
    ("SHARED", "ambiguous", ("CD3E", "INS"), "alias"),
    ("BRCC1", "absent", "", ""),
    ("BRCA1", "absent", "", ""),
    ("brca1", "absent", "", ""),
    ("672", "absent", "", ""),
    ("GATA1", "absent", "", ""),
    ("ENSG99999999999", "absent", "", ""),
    ("TP-53", "unknown", "", ""),
    ("CD3", "unknown", "", ""),
    ("", "unknown", "", ""),
    ("   ", "unknown", "", ""),
    ("ENSG123", "unknown", "", ""),
    ("<script>", "unknown", "", ""),
    ("INS OR 1=1", "unknown", "", ""),
    ("xyzzy-not-a-gene", "unknown", "", ""),
    ("99999", "unknown", "", ""),
]


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas, aliases=ALIASES, known_symbols={"GATA1"})


@pytest.mark.parametrize(("typed", "status", "answer", "matched_by"), CASES)
def test_typed_name_is_resolved(search, typed, status, answer, matched_by):
    match = search.find(typed)
    assert (match.status, match.matched_by) == (status, matched_by)
    assert (match.choices if status == "ambiguous" else match.gene) == answer


def test_ortholog_group_lights_all_orthologs_in_all_contexts(search, atlas):
    genes = atlas.genes.iloc[search.rows("INS")]
    assert set(genes["gene"]) == {"INS", "Ins1", "Ins2"}
    assert set(genes["dataset"]) == set(atlas.datasets.index)


def test_rows_of_each_ortholog_group_are_those_a_plain_loop_finds(search, atlas):
    for ortholog_group in ("CD3E", "TP53", "Gm1234"):
        expected = [
            i
            for i, name in enumerate(atlas.genes["gene"])
            if name.upper() == ortholog_group.upper()
        ]
        np.testing.assert_array_equal(search.rows(ortholog_group), expected)


def test_rows_of_genes_joins_ortholog_groups_once(search):
    both = search.rows_of_genes(["CD3E", "INS", "CD3E"])
    assert set(both) == set(search.rows("CD3E")) | set(search.rows("INS"))
    assert (np.diff(both) > 0).all()
    assert len(search.rows_of_genes([])) == 0


def test_ortholog_group_that_does_not_exist_has_no_rows(search):
    assert len(search.rows("NOPE")) == 0


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("shared", "can mean CD3E, INS"),
        ("BRCA1", "in no context of this atlas"),
        ("TP-53", "Nearest names: TP53"),
        ("IDDM", "found as INS by its alias"),
        ("Ins2", "shown with its orthologs"),
        ("INS", ""),
    ],
)
def test_message_says_how_a_name_was_understood(search, typed, part):
    message = search.find(typed).message
    assert part in message
    assert bool(message) == bool(part)


def test_pasted_list_is_sorted_into_four_classes(search):
    result = search.find_list('CD3E, cd3e;"INS"\nshared\tBRCA1 | nope INS')
    assert [match.query for match in result.found] == ["CD3E", "cd3e", "INS"]
    assert result.genes == ("CD3E", "INS")
    assert [match.query for match in result.ambiguous] == ["shared"]
    assert [match.query for match in result.absent] == ["BRCA1"]
    assert [match.query for match in result.unknown] == ["nope"]
    assert result.n_names == 6


def test_same_symbol_in_two_unrelated_genes_asks(atlas):
    genes = atlas.genes.copy()
    genes.loc[0, ["gene", "common_gene", "ortholog"]] = ["Twin", "mouse:Twin", ""]
    genes.loc[1, ["gene", "common_gene", "ortholog"]] = ["TWIN", "TWIN", "TWIN"]
    search = GeneSearch(replace(atlas, table=genes))
    assert search.find("twin").choices == ("TWIN", "Twin")
    assert search.find("Twin").gene == "Twin"


def test_search_without_aliases_still_finds_symbols(atlas):
    search = GeneSearch(atlas)
    assert search.find("CD3E").gene == "CD3E"
    assert search.find("3630").status == "unknown"
    assert "CD3E" in search.names()
