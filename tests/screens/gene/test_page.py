"""The Gene page with annotation, without it, with filters, and with models of other seeds."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from musegnn.graphs.gene_graph import write_gene_graph
from tests.page_visits import labels, picture_file, texts, visit_page
from tests.ui_fixtures import make_embedding, make_graph

INS = {"gene": "INS", "dataset": "pancreas_human"}


@pytest.fixture
def open_gene(monkeypatch, atlas_folder, knowledge_folder):
    """Run the page on the synthetic atlas with annotation about its genes."""

    def run(
        query=INS, knowledge=knowledge_folder, ensemble=None, session=None, folder=atlas_folder
    ):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(folder))
        monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
        monkeypatch.delenv("MUSEGNN_ENSEMBLE", raising=False)
        if ensemble is not None:
            monkeypatch.setenv("MUSEGNN_ENSEMBLE", str(ensemble))
        return visit_page("3_Gene", query=query, session=session)

    return run


def tables(page):
    return [item.value for item in page.dataframe]


def test_each_neighbour_says_why_and_chance_stands_beside_it(open_gene):
    page = open_gene()
    assert not page.exception
    assert not page.error
    neighbours, background, contexts, company = tables(page)
    assert (neighbours["why"] != "").all()
    assert "stability" not in neighbours
    assert background["kind"].tolist() == [
        *("interaction", "regulation", "pathway", "GO process", "co-expressed"),
    ]
    assert len(contexts) == 9
    assert company["neighbour_in"].is_monotonic_decreasing
    said = texts(page)
    assert "hypergeometric" in said
    assert "release 2016" in said
    assert "MUSEGNN_ENSEMBLE" in said
    assert picture_file(page, "network")["format"] == "svg"
    assert "INS-pancreas-human-network" in picture_file(page, "network")["filename"]


def test_each_neighbour_has_its_share_of_resamples_where_cells_were_drawn_anew(
    open_gene, atlas, atlas_folder, tmp_path
):
    assert "resampled" not in tables(open_gene())[0]
    folder = tmp_path / "resampled"
    shutil.copytree(atlas_folder, folder)
    graph = make_graph(atlas, "pancreas_human")
    shares = np.random.default_rng(0).random((graph.n_genes, graph.n_genes)).round(2)
    shares = sparse.csr_matrix(shares.astype(np.float32))
    write_gene_graph(replace(graph, resampled=shares), folder / "graphs" / "pancreas_human.h5ad")
    page = open_gene(folder=folder)
    assert not page.exception
    place = {name: number for number, name in enumerate(graph.genes["gene"])}
    neighbours = tables(page)[0]
    expected = [shares[place["INS"], place[name]] for name in neighbours["gene"]]
    np.testing.assert_allclose(neighbours["resampled"], expected, atol=1e-6)
    assert "the cells of the dataset are drawn anew" in texts(page)


def test_a_link_carries_filters_and_they_can_be_taken_away(open_gene):
    page = open_gene({**INS, "why": "interaction", "cosine": "0.9", "orthologs": "only"})
    assert page.selectbox(key="_why").value == "interaction"
    assert page.toggle(key="_orthologs").value
    assert "No gene meets the filters" in texts(page)
    next(b for b in page.button if b.label == "Take the filters away").click().run()
    assert len(tables(page)[0]) == 20
    assert "why" not in page.query_params


def test_filters_go_into_the_link(open_gene):
    page = open_gene()
    page.selectbox(key="_why").set_value("pathway").run()
    page.selectbox(key="_scope").set_value("other tissues").run()
    page.toggle(key="_orthologs").set_value(True).run()
    assert dict(page.query_params) == {
        **INS,
        "why": "pathway",
        "scope": "other tissues",
        "orthologs": "only",
    }
    assert tables(page)[0]["why"].str.contains("pathway").all()
    assert "context" in tables(page)[0]


@pytest.mark.parametrize("query", [{"why": "hearsay"}, {"cosine": "7"}, {"orthologs": "x"}])
def test_filters_that_do_not_exist_are_left_out_with_a_word(open_gene, query):
    page = open_gene({**INS, **query})
    assert not page.exception
    assert "was left out" in texts(page)
    assert len(tables(page)[0]) == 20


def test_without_annotation_the_page_says_how_to_get_it(open_gene, tmp_path):
    page = open_gene(knowledge=tmp_path)
    assert not page.exception
    assert "musegnn knowledge fetch" in texts(page)
    why = tables(page)[0]["why"]
    assert set(why) <= {"co-expressed", "no annotation loaded"}


def test_damaged_annotation_is_explained_without_a_traceback(open_gene, tmp_path):
    (tmp_path / "Reactome_2016.gmt").write_bytes(b"\x00\x01")
    page = open_gene(knowledge=tmp_path)
    assert not page.exception
    assert "Expected a gene-set library" in page.error[0].value
    assert "Traceback" not in texts(page)


def test_models_of_other_seeds_give_stability(open_gene, tmp_path):
    from musegnn.embeddings.embedding_set import write_embedding_set

    other = make_embedding()
    other.vectors[:] += 1.0
    write_embedding_set(other, tmp_path / "seed_1" / "result" / "embedding.h5ad")
    page = open_gene(ensemble=tmp_path)
    neighbours = tables(page)[0]
    assert neighbours["stability"].isin([0, 1]).all()
    assert neighbours["ranks"].str.fullmatch(r"(\d+) to \1").all()  # there is one other model
    assert "the one model of other seeds (seed_1)" in texts(page)


def test_a_gene_of_one_context_has_nothing_to_agree_with(open_gene, monkeypatch):
    page = open_gene({"gene": "ALB", "dataset": "liver_human"})
    assert not page.exception
    assert "Where do the neighbourhoods agree?" in texts(page)


def test_the_page_goes_on_to_others_with_what_was_chosen(open_gene):
    page = open_gene()
    names = labels(page)
    assert "Light INS on the Atlas" in names
    if "Enrichment of the neighbours" in names:
        page.button(key="to_enrichment").click().run()
        assert page.session_state["field:enrichment_kind"] == "neighbours"
        assert page.session_state["field:enrichment_k"] == "20"
    if any(name.startswith("Compare with") for name in names):
        page.button(key="to_compare").click().run()
        assert page.session_state["field:left"] == "pancreas_human"


@pytest.mark.parametrize("gene", ["INS", "CD3E"])
def test_a_gene_with_several_partners_goes_to_lists_side_by_side(open_gene, gene):
    page = open_gene({"gene": gene, "dataset": "pancreas_human"})
    contexts = tables(page)[2]
    other = contexts[contexts["context"] != "pancreas_human"].iloc[0]
    page.button(key="to_compare").click().run()
    assert not page.exception
    chosen = page.session_state
    if other["gene"] in {"Ins1", "Ins2"}:
        assert chosen["field:pooled_by"] == "context"
        assert chosen["field:other_pool"] == other["context"]
    else:
        assert (chosen["field:left"], chosen["field:right"]) == ("pancreas_human", other["context"])
