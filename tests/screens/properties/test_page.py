"""The Properties page: structures in, assays, coloured atoms, near molecules, what is left out."""

from __future__ import annotations

import shutil

import pytest
from rdkit import Chem

from musegnn import runs
from musegnn.runs.inputs import keep
from musegnn.screens.parts import work_again
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.properties import view, view_file
from musegnn.screens.properties.panel_file import FILE
from musegnn.screens.properties.view import EXAMPLE, as_lines, as_link
from musegnn.worker.perform import perform
from tests.page_visits import labels, texts, visit_page
from tests.toy_runs import submit_waiting

PAGE = "16_Properties"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_the_example_is_answered_with_its_atoms_and_how_far_to_trust(open_page):
    page = open_page(PAGE)
    assert not page.exception
    assert "give a file of up to 100,000" in texts(page)
    page.button(key="properties_example").click().run()
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "2 molecules, 79 assays of 3 tables" in said
    assert "let the log odds fall by" in said
    assert "the colours" in said
    assert "Measured values do not ship" in said
    assert "adds nothing that was measured here" in said
    assert "Calibration error 0.0" in said
    molecules, activity, numbers, near = (table.value for table in page.dataframe)
    assert molecules["molecule"].tolist() == ["aspirin", "nicotine"]
    assert len(activity) == 73
    is_numbered = activity["assay"].str.startswith("assay no. ")
    assert is_numbered.sum() == 32
    assert is_numbered.is_monotonic_increasing  # aspirin is inside of both tables
    assert set(activity["table"][is_numbered]) == {"Broad6K"}
    for _, part in activity.groupby("table"):
        assert part["times"].is_monotonic_decreasing
    assert "Broad6K gives its assays by number alone" in said
    shown = page.selectbox(key="_properties_assay").options
    assert shown[0] == f"ChEMBL2K: {activity['assay'][0]}"
    assert sum(option.startswith("Broad6K: assay no. ") for option in shown) == 32
    assert len(numbers) == 6
    assert near["similarity"].is_monotonic_decreasing
    assert near["name"][0] == "aspirin"
    assert near["measured"][0] == ASPIRIN
    saved = [button.label for button in page.get("download_button")]
    assert {"All activity as CSV", "All numbers as CSV"} <= set(saved)
    page.selectbox(key="_properties_assay").select("Biogen3K: LOG SOLUBILITY PH 6.8 (ug/mL)").run()
    assert "let the number fall by" in texts(page)


def test_bad_rows_are_listed_and_a_text_without_molecules_is_one_sentence(open_page):
    page = open_page(PAGE, query={"properties_of": f"{ASPIRIN}; nonsense; CCO"})
    assert not page.exception
    assert "2 rows are left out" in texts(page)
    assert page.dataframe[0].value["row"].tolist() == [2, 3]
    page = open_page(PAGE, query={"properties_of": "nonsense"})
    assert not page.exception
    assert "found 'nonsense'" in page.error[0].value
    assert page.text_area


def test_with_the_very_table_of_assays_near_molecules_have_their_values(
    monkeypatch, shared, atlas_folder, tmp_path
):
    shutil.copy(shared / "molecules" / "chembl2k_assays.csv.gz", tmp_path)
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path))
    page = visit_page(PAGE, query={"properties_of": f"{ASPIRIN} aspirin"})
    assert not page.exception
    near = page.dataframe[-1].value
    assert near["similarity"].iloc[0] == 1
    assert "active in PTGS1" in near["found"].iloc[0]


def test_it_leads_to_the_pages_that_know_more(open_page):
    page = open_page(PAGE, query={"properties_of": f"{ASPIRIN} aspirin"})
    page.button(key="properties_to_matching").click().run()
    assert page.session_state["field:match_molecule"] == ASPIRIN
    page = open_page(PAGE, query={"properties_of": f"{ASPIRIN} aspirin"})
    page.button(key="properties_to_drugs").click().run()
    assert page.session_state["field:drug"] == ASPIRIN


def test_a_file_of_few_is_looked_at_and_a_broken_one_is_one_sentence(open_page):
    few = Upload.of("few.csv", f"name;smiles\none;{ASPIRIN}\n".encode())
    page = open_page(PAGE, session={FILE: few})
    assert not page.exception
    assert "In use, in place of what is typed: few.csv" in texts(page)
    assert "One molecule" in texts(page)
    for content, said in ((b"PK\3\4\0", "no text in odd.csv"), (b"\n", "found none")):
        page = open_page(PAGE, session={FILE: Upload.of("odd.csv", content)})
        assert not page.exception
        assert said in page.error[0].value


def test_a_file_of_many_is_asked_in_the_background(open_page, monkeypatch, tmp_path):
    root = tmp_path / "runs"
    monkeypatch.setenv("MUSEGNN_RUNS", str(root))
    monkeypatch.setattr(view, "MOST", 3)
    rows = [f"{'C' * size}O chain{size}" for size in range(4, 9)]
    many = Upload.of("many.smi", "\n".join([*rows, "nonsense"]).encode())
    page = open_page(PAGE, session={FILE: many})
    assert "Ask about all 6" in labels(page)
    work = view_file.work_of(many, root=root)
    request = runs.make_request(
        settings=work.settings, files=keep(work.inputs), name=work.name, device="cpu"
    )
    runs.submit(request, executor="inprocess", root=root, perform=perform)
    page = open_page(PAGE, session={FILE: many})
    assert not page.exception
    assert "5 molecules are foretold, one row is left out" in texts(page)
    assert "Choose a row to see its assays and atoms" in texts(page)
    assert page.dataframe[1].value["molecule"].tolist() == [row.split()[1] for row in rows]
    reloaded = open_page(PAGE)  # without the file
    assert not reloaded.exception
    assert "Properties of many.smi**, as it was asked before" in texts(reloaded)
    assert "5 molecules are foretold, one row is left out" in texts(reloaded)
    monkeypatch.setattr(work_again, "JUST", -1)  # it has ended long ago
    later = open_page(PAGE)
    assert "are foretold" not in texts(later)
    later.button(key="properties_earlier").click().run()
    assert not later.exception
    assert "5 molecules are foretold, one row is left out" in texts(later)


def test_a_reload_finds_the_file_that_is_asked_about_and_can_stop_it(
    open_page, monkeypatch, tmp_path
):
    root = tmp_path / "runs"
    monkeypatch.setenv("MUSEGNN_RUNS", str(root))
    many = Upload.of("many.smi", b"CCO\nCCCO\n")
    work = view_file.work_of(many, root=root)
    submit_waiting(root, work)
    page = open_page(PAGE)
    assert "Properties of many.smi**, as it was asked before" in texts(page)
    page.button(key="properties_cancel").click().run()
    page.run()
    assert not page.exception
    assert "Stopped; nothing was kept" in page.info[0].value


def test_a_long_name_of_an_assay_in_the_link_is_not_believed(open_page):
    page = open_page(PAGE, query={"properties_of": ASPIRIN, "properties_assay": "ChEMBL2K: NONE"})
    assert not page.exception
    assert page.selectbox(key="_properties_assay").value.startswith("ChEMBL2K: PTGS1")


def test_what_no_link_can_carry_is_kept_as_it_was_typed(open_page):
    page = open_page(PAGE)
    long = "\n".join(f"{'C' * size}O\tchain {size}" for size in range(5, 55))
    assert as_link(long) == ""
    assert as_link(Chem.MolToMolBlock(Chem.MolFromSmiles(ASPIRIN))) == ""
    page.text_area(key="_properties_of").set_value(long).run()
    assert not page.exception
    assert page.text_area(key="_properties_of").value == long
    assert "50 molecules" in texts(page)
    assert "Too long for a link" in texts(page)


@pytest.mark.parametrize("text", ["a;b; c;  d\ne", "name;smiles\nx;CCCCO"])
def test_semicolons_within_a_line_are_carried(text):
    assert [line.split(";") for line in as_lines(as_link(text)).split("\n")] == [
        [part.strip() for part in line.split(";")] for line in text.split("\n")
    ]


@pytest.mark.parametrize("text", [EXAMPLE, "C#N\n\nCC<b>`x`\tname"])
def test_a_link_carries_what_was_typed(text):
    line = as_link(text)
    assert not set("\n\t`<>") & set(line)
    assert as_link(as_lines(line)) == line
    assert len(as_lines(line).split("\n")) == 2
