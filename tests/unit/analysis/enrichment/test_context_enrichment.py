import numpy as np
import pytest

from musegnn.analysis.enrichment.context_enrichment import bubble_table, enrich_contexts
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
def index(atlas, search):
    terms = {name: frozenset(genes.split()) for name, genes in MODULES.items()}
    return index_for_atlas(terms, atlas=Atlas(atlas, search))


def test_each_context_is_asked_by_itself(index, atlas, search):
    text = " ".join(MODULES["islet"].split()[:12]) + " CD3E"
    choice = choose_list(text, atlas=Atlas(atlas, search))
    found = enrich_contexts(choice, index=index, atlas=Atlas(atlas, search))
    assert found.contexts == tuple(sorted(atlas.datasets.index))
    for dataset in found.contexts:
        alone = enrich(
            choose_list(text, dataset=dataset, atlas=Atlas(atlas, search)),
            index=index,
            atlas=Atlas(atlas, search),
            settings=EnrichmentSettings(),
        ).table
        rows = found.table[found.table["context"] == dataset].set_index("term")
        for column in ("hits", "size", "set_size", "background", "p", "odds_ratio"):
            assert rows[column].to_dict() == pytest.approx(
                alone.set_index("term")[column].to_dict()
            )


def test_q_is_corrected_over_all_contexts(index, atlas, search):
    choice = choose_list("INS GCG IAPP CD3E", atlas=Atlas(atlas, search))
    found = enrich_contexts(choice, index=index, atlas=Atlas(atlas, search))
    assert found.n_tested == len(index.terms) * 6
    p = np.append(found.table["p"], np.ones(found.n_tested - len(found.table)))
    naive = [min(p[j] * len(p) / (j + 1) for j in range(i, len(p))) for i in range(len(p))]
    assert found.table["q"].to_numpy() == pytest.approx(np.minimum(naive, 1)[: len(found.table)])


def test_neighbours_can_be_asked_again_in_each_context(index, atlas, search):
    choice = choose_neighbours("CD3E", "blood_human", k=10, atlas=Atlas(atlas, search))
    found = enrich_contexts(
        choice, index=index, atlas=Atlas(atlas, search), mode="its own genes there"
    )
    assert len(found.contexts) == 6
    assert (found.table["set_size"] == 10).all()
    assert "CD3E" not in " ".join(found.table["genes"]).split()
    liver = choose_neighbours("CD3E", "liver_human", k=10, atlas=Atlas(atlas, search))
    rows = found.table[found.table["context"] == "liver_human"]
    listed = set(" ".join(rows["genes"]).split())
    assert listed <= set(liver.symbols)


def test_one_of_two_genes_of_a_ortholog_group_keeps_its_own_neighbours(index, atlas, search):
    choice = choose_neighbours("Ins2", "heart_mouse", k=5, atlas=Atlas(atlas, search))
    found = enrich_contexts(
        choice, index=index, atlas=Atlas(atlas, search), mode="its own genes there"
    )
    listed = " ".join(found.table.loc[found.table["context"] == "heart_mouse", "genes"]).split()
    assert set(listed) <= set(choice.symbols)


def test_contexts_without_the_genes_are_named(index, atlas, search):
    choice = choose_neighbours("ALB", "liver_human", k=10, atlas=Atlas(atlas, search))
    found = enrich_contexts(
        choice, index=index, atlas=Atlas(atlas, search), mode="its own genes there"
    )
    assert found.left_out == ("heart_mouse", "pancreas_mouse", "spleen_mouse")


def test_points_of_a_cluster_count_where_they_lie(index, atlas, search):
    choice = choose_cluster("4", atlas=Atlas(atlas, search))
    found = enrich_contexts(
        choice, index=index, atlas=Atlas(atlas, search), mode="its own genes there"
    )
    top = found.table.drop_duplicates("context")
    assert set(top["term"]) == {"liver"}
    assert found.best_terms[0] == "liver"
    assert found.n_enriched == 6


def test_picture_shows_the_best_terms_in_their_order(index, atlas, search):
    choice = choose_cluster("4", atlas=Atlas(atlas, search))
    found = enrich_contexts(choice, index=index, atlas=Atlas(atlas, search))
    shown = bubble_table(found, n_terms=2)
    assert shown["term"].drop_duplicates().tolist() == [
        term for term in found.best_terms[:2] if term in set(shown["term"])
    ]
    with pytest.raises(InputError, match="`n_terms`"):
        bubble_table(found, n_terms=0)


def test_wrong_mode_is_explained(index, atlas, search):
    choice = choose_list("INS", atlas=Atlas(atlas, search))
    with pytest.raises(InputError, match="`mode` to be one of"):
        enrich_contexts(choice, index=index, atlas=Atlas(atlas, search), mode="both")
