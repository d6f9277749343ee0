import numpy as np
import pytest
from scipy.stats import hypergeom

from musegnn.analysis.enrichment.enrichment import EnrichmentSettings, enrich
from musegnn.analysis.enrichment.gene_set_library import index_for_atlas
from musegnn.analysis.gene_set_choice import choose_cluster, choose_list, choose_neighbours
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from tests.ui_fixtures import MODULES


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


@pytest.fixture(scope="module")
def library():
    terms = {name: frozenset(genes.split()) for name, genes in MODULES.items()}
    terms["islet again"] = terms["islet"] - {"INS"}
    terms["mouse names"] = frozenset({"Ins1", "Ins2", "Gcg", "Ttr", "Sst", "Ppy", "Gm1234"})
    terms["not here"] = frozenset({"FOO1", "FOO2", "FOO3", "FOO4", "FOO5"})
    return terms


@pytest.fixture(scope="module")
def index(library, atlas, search):
    return index_for_atlas(library, atlas=Atlas(atlas, search))


@pytest.fixture
def ask(index, atlas, search):
    def run(choice, **settings):
        return enrich(
            choice,
            index=index,
            atlas=Atlas(atlas, search),
            settings=EnrichmentSettings(**settings),
        )

    return run


def test_neighbours_of_a_gene_are_about_its_module(ask, atlas, search):
    choice = choose_neighbours("INS", "pancreas_human", k=20, atlas=Atlas(atlas, search))
    found = ask(choice)
    assert found.table["term"][0] == "islet"
    here = set(search.ortholog_groups[atlas.rows_of_dataset("pancreas_human")]) - {"INS"}
    inside = set(MODULES["islet"].split()) & here
    hits = len(inside & set(choice.symbols))
    expected = hypergeom.sf(hits - 1, len(here), len(inside), len(choice) - 1)
    assert found.table["plain_p"][0] == pytest.approx(expected, abs=1e-12)


def test_the_gene_that_was_given_is_not_counted(ask, atlas, search):
    choice = choose_neighbours("INS", "pancreas_human", k=20, atlas=Atlas(atlas, search))
    found = ask(choice)
    n_here = len(set(search.ortholog_groups[atlas.rows_of_dataset("pancreas_human")]))
    assert found.result.background == n_here - 1
    assert found.result.n == 20
    assert "INS" not in " ".join(found.table["genes"]).split()
    assert "INS itself is not counted" in found.statement


def test_terms_that_repeat_stand_behind_the_best(ask, atlas, search):
    choice = choose_neighbours("GCG", "pancreas_human", k=20, atlas=Atlas(atlas, search))
    found = ask(choice)
    behind = dict(zip(found.table["term"], found.table["represented_by"], strict=True))
    assert behind["islet again"] in {"islet", "islet again"}
    assert found.n_redundant == len(found.table) - len(found.kept)
    assert found.kept["stands"].sum() == found.n_redundant
    assert ask(choice, overlap=1.0).n_redundant == 0


def test_mouse_names_are_read_as_their_ortholog_groups(index):
    names = {term: row for row, term in enumerate(index.terms)}
    everything = index.mask(index.genes)
    assert "INS" in index.members(names["mouse names"], everything)
    assert "GCG" in index.members(names["mouse names"], everything)
    assert "Ins2" not in index.genes


def test_each_background_is_what_it_says(ask, index, atlas, search):
    choice = choose_cluster("0", dataset="pancreas_human", atlas=Atlas(atlas, search))
    sizes = {
        kind: ask(choice, background=kind).result.background
        for kind in ("context", "atlas", "annotated")
    }
    assert sizes == {
        "context": len(set(search.ortholog_groups[atlas.rows_of_dataset("pancreas_human")])),
        "atlas": len(set(search.ortholog_groups)),
        "annotated": len(index.genes),
    }
    listed = ask(choice, background="list", background_list="\n".join(choice.symbols) + " junk")
    assert listed.result.background == len(choice)
    assert listed.table["p"].to_numpy() == pytest.approx(1)
    assert "pasted list" in listed.statement


def test_matched_sets_decide_where_degree_is_known(ask, atlas, search):
    choice = choose_cluster("1", dataset="blood_human", atlas=Atlas(atlas, search))
    found = ask(choice)
    assert found.table["p"].is_monotonic_increasing
    assert found.table["p"][0] < 1e-4
    assert found.table["matched_hits"].ge(0).all()
    assert "groups of like expression and degree" in found.statement
    assert f"calls {found.n_plain:,}." in found.statement
    assert found.facts["test"] == found.test != found.facts["plain_test"]


def test_genes_without_a_degree_are_tested_plainly_and_that_is_said(ask, atlas, search):
    choice = choose_cluster("1", dataset="blood_human", atlas=Atlas(atlas, search))
    found = ask(choice, background="annotated")
    assert found.table["matched_hits"].isna().all()
    assert found.table["p"].equals(found.table["plain_p"].rename("p"))
    assert "Not matched" in found.statement
    assert found.facts["test"] == found.facts["plain_test"]


def test_same_settings_same_table(ask, atlas, search):
    choice = choose_cluster("2", atlas=Atlas(atlas, search))
    assert ask(choice).table.equals(ask(choice).table)
    assert "the 6 contexts of the choice" in ask(choice).background


def test_wrong_background_is_explained(ask, atlas, search):
    choice = choose_list("CD3E", atlas=Atlas(atlas, search))
    with pytest.raises(InputError, match="`background` to be one of"):
        ask(choice, background="universe")
    with pytest.raises(InputError, match="genes of a background"):
        ask(choice, background="list", background_list="junk")
    with pytest.raises(InputError, match="found none of 1"):
        ask(choice, background="list", background_list="CD4")


def test_numbers_are_finite(ask, atlas, search):
    table = ask(choose_cluster("5", atlas=Atlas(atlas, search))).table
    assert np.isfinite(table.select_dtypes("number").drop(columns=["matched_hits"])).all(axis=None)
