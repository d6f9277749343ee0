"""Names of a user's own gene sets: led to genes whatever their kind, and counted."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from musegnn import keys
from musegnn.analysis.enrichment import library_names
from musegnn.analysis.enrichment.gene_set_library import index_for_atlas, read_library
from musegnn.analysis.enrichment.library_names import translate_names
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.known_names import open_search
from musegnn.errors import InputError
from tests.ui_fixtures import ensembl_id

ISLET = ("INS", "GCG", "SST", "CHGA", "PCSK1", "TTR")
GENES = frozenset(ISLET)


@pytest.fixture(scope="module")
def told(atlas):
    return Atlas(atlas, open_search(atlas, None))


@pytest.fixture(scope="module")
def human(atlas):
    """The human contexts alone."""
    rows = np.flatnonzero(atlas.genes[keys.SPECIES_COLUMN] == "human")
    part = atlas.part(rows)
    return Atlas(part, open_search(part, None))


def one(told, names):
    """What becomes of one set, and what is said."""
    found = translate_names({"mine": names}, atlas=told)
    return found.terms["mine"], found.sentence


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (ISLET, "symbols"),
        ([ensembl_id(name, name, "human") for name in ISLET], "Ensembl ids"),
        ([f"{ensembl_id(name, name, 'human')}.12" for name in ISLET], "Ensembl ids"),
        ([ensembl_id(name, name.capitalize(), "mouse") for name in ISLET], "Ensembl ids"),
        (["Ins2", *(name.capitalize() for name in ISLET[1:])], "symbols"),
        (["INS2", *ISLET[1:]], "symbols, symbols in other letters"),
        ([name.lower() for name in ISLET], "symbols in other letters"),
    ],
)
def test_names_of_every_kind_lead_to_the_same_genes(told, names, kind):
    genes, sentence = one(told, names)
    assert genes == GENES
    assert sentence == f"Genes are named by {kind}: 6 of 6 names are genes of this atlas."


def test_mouse_symbols_against_human_contexts_are_led_by_name_or_named(human):
    genes, sentence = one(human, ["Cd3e", "Trp53", "Gcg"])
    assert genes == {"CD3E", "Trp53", "GCG"}  # no table of orthologs comes with the program
    assert sentence == (
        "Genes are named by symbols in other letters: 2 of 3 names are genes of this atlas. "
        "Others: 1 unknown (Trp53)."
    )


def test_kinds_may_be_mixed_and_those_of_the_majority_hide_none(told):
    names = [*ISLET[:4], ensembl_id("PCSK1", "PCSK1", "human"), "ENSMUSG00000099999", "Ttr"]
    genes, sentence = one(told, names)
    assert genes == GENES
    assert "named by symbols, Ensembl ids: 7 of 7 names" in sentence


def test_ids_of_entrez_are_led_by_the_annotation_folder_alone(atlas, told):
    entrez = {"3630": "INS", "2641": "GCG", "6750": "SST"}
    genes, sentence = one(Atlas(atlas, GeneSearch(atlas, aliases=entrez)), list(entrez))
    assert genes == {"INS", "GCG", "SST"}
    assert "ids of Entrez Gene: 3 of 3" in sentence
    with pytest.raises(InputError, match=r"numbers such as ids of Entrez Gene.*annotation folder"):
        one(told, list(entrez))


def test_what_is_no_gene_of_the_atlas_is_counted_and_named(told):
    found = translate_names(
        {"mine": ISLET, "absent": ["OR4F5", "SRY"], "junk": ["FOO1", "FOO2", "FOO3", "FOO4"]},
        atlas=told,
    )
    assert found.terms["junk"] == {"FOO1", "FOO2", "FOO3", "FOO4"}
    assert found.sentence == (
        "Genes are named by symbols: 6 of 12 names are genes of this atlas. "
        "Others: 2 known but not in it, 4 unknown (FOO1, FOO2, FOO3 and 1 more). "
        "Terms without a gene of this atlas: 2 of 3."
    )


def test_a_name_that_may_mean_several_genes_stays_as_it_is(atlas):
    search = GeneSearch(atlas, aliases={"P1": {"GCG", "CD3E"}, "P2": "CD8A"})
    found = translate_names({"mine": ["INS", "P1", "P2"]}, atlas=Atlas(atlas, search))
    assert found.terms["mine"] == {"INS", "P1", "CD8A"}
    assert "1 of several meanings (P1)" in found.sentence


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["FOO1", "FOO2"], r"names of which it has none \(FOO1, FOO2\)"),
        (["ENSG00000999998", "ENSG00000999999.1"], "Ensembl ids, of which it has none"),
        (["1", "2"], "numbers such as ids of Entrez Gene"),
    ],
)
def test_a_library_of_no_gene_is_refused_in_one_sentence(told, names, message):
    with pytest.raises(InputError, match=message):
        one(told, names)


def test_more_names_than_genes_exist_are_refused(told, monkeypatch):
    monkeypatch.setattr(library_names, "_MOST_NAMES", 5)
    with pytest.raises(InputError, match="at most 5 names, found 6"):
        one(told, ISLET)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\t\r\n", " \n", "\t \r\n"])
def test_ends_of_lines_and_blanks_are_no_names(told, tmp_path, end):
    path = tmp_path / "own.gmt.gz"
    lines = ["islet\tna\t" + "\t".join(ISLET), "t cell\tna\tCd3e\tCD8A\tLCK"]
    path.write_bytes(gzip.compress("".join(line + end for line in lines).encode(), mtime=0))
    library = read_library(path, atlas=told)
    expected = index_for_atlas({"islet": ISLET, "t cell": ["CD3E", "CD8A", "LCK"]}, atlas=told)
    assert (library.index.terms, library.index.genes) == (expected.terms, expected.genes)
    assert (library.index.membership != expected.membership).nnz == 0
    assert library.statement.endswith("9 of 9 names are genes of this atlas.")
