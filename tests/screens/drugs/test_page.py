"""The Drugs page with planted tables of drugs, and without any."""

from __future__ import annotations

import pytest

from musegnn.screens.drugs import view as drugs
from musegnn.targets.asking import find_compound
from tests.page_visits import texts

PAGE = "14_Drugs"
UP = "HMOX1 HSPA1A DNAJB1 HSPA8 DDIT4 GADD45A"


def test_a_compound_of_the_link_is_answered_in_words_then_tables(open_drugs_page):
    page = open_drugs_page({"drug": "kinol 0"})
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "Likeliest of 15 candidates: **KIN" in said or "candidates: KIN" in said.replace("*", "")
    assert "in domain" in said
    assert "KIN inhibitor" in said
    targets, by_structure, by_signature = (table.value for table in page.dataframe)
    assert targets["gene"].iloc[0].startswith("KIN")
    assert targets["probability"].is_monotonic_decreasing
    assert "drugbank\\_targets" in str(targets["known"].tolist()) or any(
        "drugbank_targets" in text for text in targets["known"]
    )
    assert by_structure["similarity"].is_monotonic_decreasing
    assert len(by_signature)
    assert "All targets as CSV" in [b.label for b in page.get("download_button")]
    # the planted targets are in no context of the planted atlas: said, and the rest stays
    assert any("found none in KIN" in entry.value for entry in page.info)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nosuchdrug", "Expected a compound of the store or a SMILES"),
        ("C1CC(=O", "Expected a structure as SMILES"),
        ("DB99999", "which it lacks"),
    ],
)
def test_what_is_no_compound_is_one_sentence_and_the_field_stays(open_drugs_page, text, message):
    page = open_drugs_page({"drug": text})
    assert not page.exception
    assert message in page.error[0].value
    assert {entry.value for entry in page.text_input if entry.label == "Compound"} == {text}


def test_without_annotation_a_compound_is_answered_by_what_ships(open_page):
    page = open_page(PAGE)
    assert not page.exception
    (question,) = page.radio
    # what cannot be answered is not offered
    assert question.options == ["Targets of a compound", "A signature of your own"]
    assert "held out" in texts(page)
    assert "musegnn knowledge fetch" in texts(page)
    page = open_page(PAGE, query={"drug": "imatinib"})
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "Likeliest of" in said
    assert "held out" in said
    targets = page.dataframe[0].value
    assert list(targets.columns) == ["rank", "gene", "probability", "low", "high", "known"]
    assert targets["probability"].is_monotonic_decreasing
    assert "These targets as CSV" in [b.label for b in page.get("download_button")]
    assert f"Open {targets['gene'].iloc[0]}" in [b.label for b in page.button]
    # what needs tables is not offered from here either
    assert not any("in the network" in b.label for b in page.button)


def test_without_annotation_a_compound_that_is_not_there_is_one_sentence(open_page):
    page = open_page(PAGE, query={"drug": "imatinb"})
    assert not page.exception
    assert "Did you mean imatinib" in page.error[0].value
    assert {entry.value for entry in page.text_input if entry.label == "Compound"} == {"imatinb"}


def test_without_annotation_own_lists_are_answered(open_page):
    page = open_page(PAGE, query={"drugs_ask": "signature"})
    areas = {area.label: area for area in page.text_area}
    assert {"Genes up", "Genes down"} <= set(areas)
    page.button(key="drugs_example").click().run()
    assert not page.exception
    assert drugs.EXAMPLE_UP in [area.value for area in page.text_area]
    assert "mimics the signature best" in texts(page)
    page = open_page(
        PAGE, query={"drugs_ask": "signature"}, session={"drugs_up": UP, "drugs_down": ""}
    )
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "mimics the signature best" in said
    assert "6 of 6 genes are measured" in said
    assert "None stands out" in said  # with six genes chance does as well, and the page says so
    mimic, reverse = (table.value for table in page.dataframe)
    assert "targets" not in mimic  # no table tells them: no empty column
    assert mimic["cosine"].is_monotonic_decreasing
    assert reverse["cosine"].is_monotonic_increasing


def test_the_link_names_the_compound_before_the_long_wait(open_drugs_page, monkeypatch):
    from musegnn.screens.drugs import panel

    written = []
    learn = panel._predictor

    def look(folder, state):
        import streamlit as st

        written.append(dict(st.query_params).get("drug"))
        return learn(folder, state)

    monkeypatch.setattr(panel, "_predictor", look)
    page = open_drugs_page()
    (field,) = [entry for entry in page.text_input if entry.label == "Compound"]
    field.set_value("kinol 1").run()
    assert not page.exception
    assert written[0] == "kinol 1"
    assert "a minute or two" in drugs.LEARNING


def test_genes_of_another_species_are_told(open_page):
    session = {"drugs_up": "Trp53 Cdk1 Hmox1 Fos Jun", "drugs_down": ""}
    page = open_page(PAGE, query={"drugs_ask": "signature"}, session=session)
    assert "These are names of mouse: 4 of 5 were led" in page.error[0].value
    assert any(entry.value.startswith("Trp53") for entry in page.text_area)


def test_bytes_that_are_no_table_are_refused():
    from musegnn.errors import InputError

    with pytest.raises(InputError, match="bytes that are no text"):
        drugs.text_of(b"\xff\xfe\x00PK")
    assert drugs.text_of("\ufeffgene,lfc".encode()) == "gene,lfc"


def test_a_gene_is_told_to_be_within_reach_with_its_like(open_drugs_page):
    page = open_drugs_page({"drugs_ask": "gene", "drug_near": "KIN2"})
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "KIN2 is tractable" in said
    assert "Tractable here means" in said
    (table,) = (one.value for one in page.dataframe)
    assert {"KIN1", "KIN3"} == set(table["gene"].head(2))
    assert "Tractable genes as CSV" in [b.label for b in page.get("download_button")]
    page = open_drugs_page({"drugs_ask": "gene", "drug_near": "nosuchgene"})
    assert "Expected a human gene of which something is known" in page.error[0].value


def test_a_link_to_a_gene_says_that_tables_lack(open_page):
    page = open_page(PAGE, query={"drugs_ask": "gene", "drug_near": "KRAS"})
    assert not page.exception
    assert "Whether drugs reach KRAS" in page.warning[0].value


def test_a_compound_that_reverses_a_signature_is_asked_about(open_page):
    session = {"drugs_up": UP, "drugs_down": ""}
    page = open_page(PAGE, query={"drugs_ask": "signature"}, session=session)
    reverse = next(table.value for table in page.dataframe if (table.value["cosine"] < 0).all())
    name = reverse["name"].iloc[0]
    assert not any("in the network" in button.label for button in page.button)  # it needs tables
    page.button(key="drugs_reverse_targets").click().run()
    assert not page.exception
    assert not page.error
    assert name in [entry.value for entry in page.subheader]


def test_of_compounds_with_the_same_name_each_leads_to_itself():
    data = drugs.open_drugs(None)
    own = drugs.read_own(None, data, up=UP, down="", table="", group="")
    table = drugs.compare(own, data).table
    asked = {
        row["compound"]: drugs.name_for_link(row, data)
        for _, row in table[table["name"].duplicated(keep=False)].iterrows()
    }
    assert asked
    assert len(set(asked.values())) == len(asked)
    for compound, text in asked.items():
        assert find_compound(text, data) == compound
