"""A fresh machine: with the annotation that ships, and nothing else, every page answers."""

from __future__ import annotations

import pytest

from tests.page_visits import labels, texts, visit_page


@pytest.fixture
def visit(fresh_machine, monkeypatch, atlas_folder, work_here):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))

    def look(name, **query):
        page = visit_page(name, query=query)
        assert not page.exception
        assert not page.error
        return page

    return look


def box(page):
    """Headings of the boxes of annotation on a page."""
    return [fold.label for fold in page.expander if fold.label.startswith("Annotation")]


def test_enrichment_answers_by_processes_that_ship(visit):
    page = visit("7_Enrichment", gene="CD3E", dataset="blood_human")
    said = texts(page)
    assert "are enriched (q < 0.05)" in said or "is enriched at q < 0.05" in said
    assert "go_biological_process_2022" in said
    assert "release 2022-07-01" in said
    assert "ships with the product" in said
    assert "CC BY 4.0" in said
    assert box(page) == ["Annotation: 6 of 15 kinds of tables. **Get the rest**"]
    options = next(entry for entry in page.selectbox if entry.label == "Gene sets").options
    assert any("hpo_phenotypes_2025" in option for option in options)


def test_causal_names_transcription_factors_and_says_what_is_missing(visit):
    page = visit("8_Causal", gene="INS", dataset="pancreas_human")
    said = texts(page)
    assert "No table of who regulates whom in human is at hand" in said
    assert "Transcription factors by the annotation at hand are" in said
    assert {"PAX6", "ISL1"} & set(said.replace(",", " ").replace(".", " ").split())
    assert box(page)


def test_gene_has_evidence_and_a_full_name(visit):
    page = visit("3_Gene", gene="INS", dataset="pancreas_human")
    said = texts(page)
    assert "insulin" in said
    assert "11p15.5" in said
    assert "No annotation is loaded" not in said
    assert box(page)


@pytest.mark.parametrize("name", ["10_Labels", "12_Modules", "6_Compare", "2_Atlas"])
def test_other_pages_answer(visit, name):
    page = visit(name, gene="CD3E", dataset="blood_human")
    assert "MUSEGNN_KNOWLEDGE" not in texts(page)


def test_labels_start_with_the_genes_of_a_disease(visit):
    page = visit("10_Labels")
    page.button(key="labels_example").click().run()
    assert not page.exception
    (heading,) = [entry.value for entry in page.subheader if entry.value.startswith("list of")]
    # those of the synthetic atlas that the package names: all else would be an empty answer
    assert int(heading.split()[2]) >= 5
    assert "Where do these genes keep together?" in texts(page)
    assert box(page)


def test_home_opens_the_box_when_asked(visit):
    page = visit("1_Home")
    assert box(page) == ["Annotation: what is at hand. **Get the rest**"]
    assert "annotation_get_home" not in {button.key for button in page.button}


def test_without_the_layer_pages_say_what_they_lack(visit, monkeypatch, tmp_path):
    monkeypatch.setenv("MUSEGNN_SHIPPED", str(tmp_path / "empty"))
    page = visit("7_Enrichment", gene="CD3E", dataset="blood_human")
    assert "Upload gene sets on the left" in texts(page)
    assert box(page) == ["Annotation: 0 of 15 kinds of tables. **Get the rest**"]
    assert labels(page)
