"""The Matching page without annotation: a molecule, a profile, genes, and what cannot be used."""

from __future__ import annotations

import pytest

from musegnn.errors import MuseGNNError
from musegnn.screens.matching import view as matching
from tests.page_visits import texts, visit_page

PAGE = "15_Matching"


@pytest.fixture
def open_page(atlas_folder, monkeypatch):
    def run(query=None, session=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        return visit_page(PAGE, query=query, session=session)

    return run


def test_a_molecule_of_the_link_is_answered(open_page):
    page = open_page({"match_molecule": "dexamethasone"})
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "measured profiles that of" in said
    assert "Where a well lies tells the compound" in said
    assert "left out of training" in said
    table = page.dataframe[0].value
    assert table["score"].is_monotonic_decreasing
    assert "All as CSV" in [b.label for b in page.get("download_button")]


def test_the_first_structures_are_drawn_side_by_side_when_asked_for(open_page):
    page = open_page({"match_molecule": "dexamethasone"})
    assert not page.get("image")
    page.toggle(key="match_grid").set_value(True).run()
    assert not page.exception
    assert len(page.get("image")) == 12
    names = page.dataframe[0].value["name"].head(12).tolist()
    assert set(names) <= {caption.value.replace("\\", "") for caption in page.caption}


def test_what_a_link_cannot_carry_is_told_and_the_page_stays(open_page):
    page = open_page({"match_molecule": "dexamethasone"})
    page.text_input(key="_match_molecule").set_value("C" * 700).run()
    assert not page.exception
    assert any("of at most 600 characters" in item.value for item in page.warning)
    assert page.text_input(key="_match_molecule").value == "dexamethasone"
    assert len(page.dataframe[0].value) > 300
    page.text_input(key="_match_molecule").set_value("C" * 190).run()
    assert "is predicted to leave" in texts(page)


def test_empty_questions_say_what_to_give(open_page):
    assert "Try `dexamethasone`" in texts(open_page())
    assert "Features are compared by name" in texts(open_page({"match_ask": "profile"}))
    assert "Paste human gene symbols" in texts(open_page({"match_ask": "genes"}))


def test_the_example_profile_finds_its_molecule(open_page):
    content = matching.example_profile(matching.open_reference())
    page = open_page({"match_ask": "profile"}, session={"match_file": ("own.csv", content)})
    assert not page.exception
    assert page.dataframe[0].value["name"].iloc[0] == matching.EXAMPLE


def test_good_rows_among_molecules_of_ones_own_go_on(open_page):
    content = matching.example_profile(matching.open_reference())
    session = {"match_file": ("own.csv", content), "match_more": "CCCCCO six\nnonsense\n"}
    page = open_page({"match_ask": "profile"}, session=session)
    assert not page.exception
    assert not page.error
    assert "six" in set(page.dataframe[0].value["name"])
    assert "left out: row 2 (Expected a structure as SMILES or InChI, found" in texts(page)
    session["match_more"] = "nonsense"
    page = open_page({"match_ask": "profile"}, session=session)
    assert "None of your own molecules is compared" in texts(page)
    assert page.dataframe[0].value["name"].iloc[0] == matching.EXAMPLE


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("own.csv", b"", "found an empty file: own.csv"),
        ("own.csv", b"PK\3\4\0", "bytes that are no text in own.csv"),
        ("own.xlsx", b"PK\3\4\0", "found a spreadsheet: own.xlsx"),
        ("own.parquet", b"PAR1", "own.parquet"),
    ],
)
def test_a_file_is_told_by_the_name_that_its_owner_knows(name, content, said):
    with pytest.raises(MuseGNNError, match=said) as raised:
        matching.read_upload(content, name, matching.open_reference())
    assert "/" not in raised.value.message


def test_genes_up_and_down_find_compounds(open_page):
    page = open_page({"match_ask": "genes"}, session={"match_up": matching.EXAMPLE_GENES})
    assert not page.exception
    table = page.dataframe[0].value
    assert table["cosine"].is_monotonic_decreasing
    assert table["percentile"].iloc[0] == 100


@pytest.mark.parametrize(
    ("query", "session", "said"),
    [
        ({"match_molecule": "dexamethason"}, None, "Did you mean dexamethasone"),
        ({"match_ask": "profile"}, {"match_file": ("a.csv", b"\x00\xff\x00")}, "Expected"),
        ({"match_ask": "profile"}, {"match_file": ("a.csv", b"x,y\na,b\n")}, "features in columns"),
        ({"match_ask": "profile"}, {"match_file": ("a.parquet", b"PAR1")}, "Parquet"),
        ({"match_ask": "genes"}, {"match_up": "one two"}, "Expected gene symbols"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_the_fields_stay(open_page, query, session, said):
    page = open_page(query, session)
    assert not page.exception
    assert said in page.error[0].value
    assert page.radio
