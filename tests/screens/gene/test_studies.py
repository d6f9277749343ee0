"""The switch between your cells and other studies: on Gene, Enrichment, Causal, not on Labels."""

import pytest

from musegnn.screens.parts.studies import BLOCK_LABELS
from tests.page_visits import texts, visit_page

INS = {"gene": "INS", "dataset": "pancreas_human"}
BOTH = {**INS, "blocks": "cells+studies"}
STUDY_COLUMNS = ["brought_by", "cosine_cells", "rank_cells", "cosine_studies", "rank_studies"]


@pytest.fixture
def visit(monkeypatch, atlas_folder, module_knowledge):
    """Run a page on the synthetic atlas, with its modules as gene sets."""

    def run(page, query, knowledge=module_knowledge, session=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
        monkeypatch.delenv("MUSEGNN_ENSEMBLE", raising=False)
        found = visit_page(page, query=query, session=session)
        assert not found.exception
        return found

    return run


def neighbours(page):
    return page.dataframe[0].value


def test_your_cells_are_what_is_shown_at_first(visit):
    page = visit("3_Gene", INS)
    assert page.selectbox(key="_blocks").value == "cells"
    assert page.selectbox(key="_blocks").options == list(BLOCK_LABELS.values())
    assert not set(STUDY_COLUMNS) & set(neighbours(page))
    assert "Other studies:" not in texts(page)


def test_each_neighbour_says_which_block_brings_it_and_the_link_keeps_the_switch(visit):
    page = visit("3_Gene", INS)
    page.selectbox(key="_blocks").select("cells+studies").run()
    table = neighbours(page)
    assert set(table["brought_by"]) <= {"your cells", "other studies", "both"}
    assert set(STUDY_COLUMNS) <= set(table)
    said = texts(page)
    assert "those of other studies times 0.4" in said
    assert "Other studies: gene sets of 5 to 500 genes" in said
    assert "KEGG pathways" in said
    assert page.query_params["blocks"] == "cells+studies"
    vectors = page.query_params["studies"]
    assert len(vectors) == 16
    again = visit("3_Gene", {**BOTH, "studies": vectors})
    assert neighbours(again)["gene"].tolist() == table["gene"].tolist()
    assert "This link was made with other vectors" not in texts(again)
    page.selectbox(key="_blocks").select("cells").run()
    assert "studies" not in page.query_params
    assert not set(STUDY_COLUMNS) & set(neighbours(page))


def test_other_studies_alone_compare_what_they_know(visit):
    page = visit("3_Gene", {**INS, "blocks": "studies"})
    table = neighbours(page)
    assert (table["cosine"] == table["cosine_studies"]).all()
    assert "Only genes that other studies know are compared" in texts(page)


def test_a_link_that_was_made_with_other_vectors_is_told(visit):
    page = visit("3_Gene", {**BOTH, "studies": "0123456789abcdef"})
    assert "made with other vectors of other studies" in texts(page)
    odd = visit("3_Gene", {**BOTH, "studies": "<b>"})
    assert "Expected the id of vectors of other studies" in texts(odd)


@pytest.mark.parametrize("blocks", ["cells+studies", "studies"])
def test_without_annotation_it_says_what_is_missing_and_what_to_do(visit, tmp_path, blocks):
    page = visit("3_Gene", {**INS, "blocks": blocks}, knowledge=tmp_path / "none")
    said = texts(page)
    assert "Other studies cannot be asked" in said
    assert "found no annotation" in said
    assert "musegnn knowledge fetch msigdb" in said
    assert "Shown are the neighbours from your cells" in said
    assert not set(STUDY_COLUMNS) & set(neighbours(page))


def test_too_few_sets_are_told(visit, tmp_path):
    (tmp_path / "KEGG_2016.gmt").write_text("one\tna\tINS\tGCG\tSST\tPPY\tIAPP\n", encoding="utf-8")
    page = visit("3_Gene", BOTH, knowledge=tmp_path)
    assert "Expected at least 3 gene sets of 5 to 500 genes, found 1" in texts(page)
    assert len(neighbours(page)) == 20


def test_a_gene_that_no_study_knows_is_told(visit, tmp_path):
    sets = {"one": "GCG SST PPY IAPP", "two": "CD3E CD3D CD3G CD2", "three": "ALB HP TF FGA"}
    lines = [f"{name}\tna\t" + "\t".join([*genes.split(), "CPE"]) for name, genes in sets.items()]
    (tmp_path / "KEGG_2016.gmt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = visit("3_Gene", BOTH, knowledge=tmp_path)
    assert "Other studies know nothing of INS" in texts(page)
    assert not set(STUDY_COLUMNS) & set(neighbours(page))
    known = visit("3_Gene", {**BOTH, "gene": "CPE"}, knowledge=tmp_path)
    assert neighbours(known)["rank_studies"].isna().any()
    assert "candidates other studies know nothing" in texts(known)


NEAR = {"enrichment_kind": "neighbours", "enrichment_k": "24", "library": "kegg_2016"}


@pytest.mark.parametrize("ask", ["terms", "contexts"])
def test_enrichment_of_such_neighbours_says_that_it_is_circular(visit, ask):
    page = visit("7_Enrichment", {**INS, **NEAR, "blocks": "studies", "ask": ask})
    assert page.selectbox(key="_enrichment_blocks").value == "studies"
    assert "Circular" in texts(page)
    assert "by other studies alone" in texts(page)
    page.selectbox(key="_enrichment_blocks").select("cells").run()
    assert "Circular" not in texts(page)


def test_going_to_enrichment_takes_the_switch_along(visit):
    page = visit("3_Gene", BOTH)
    button = next(b for b in page.button if b.label == "Enrichment of the neighbours")
    assert "Circular" in button.help
    assert (
        "Circular"
        not in next(
            b for b in visit("3_Gene", INS).button if b.label == "Enrichment of the neighbours"
        ).help
    )


def test_causal_takes_the_same_neighbours_and_says_so(visit):
    page = visit("8_Causal", {**INS, "causal_kind": "neighbours", "blocks": "studies"})
    assert page.selectbox(key="_causal_blocks").value == "studies"
    assert "Other studies: gene sets" in texts(page)


def test_labels_are_told_by_the_cells_whatever_the_switch_says(visit):
    page = visit("10_Labels", {**INS, "labels_kind": "neighbours", "blocks": "studies"})
    assert not [box for box in page.selectbox if box.key == "_labels_blocks"]
    assert "Other studies" not in texts(page)
