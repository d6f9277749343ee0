"""The map coloured by what models say of assays: offered as a run, then shown with its trust."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn import runs
from musegnn.molecules.foretelling import foretell
from musegnn.molecules.molecule_set import SMILES
from musegnn.molecules.property_heads import read_heads
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.shipped import read_reference
from musegnn.runs.inputs import give, keep
from musegnn.runs.kinds.properties import MOLECULES, PropertiesSettings
from musegnn.screens.molecules import view, view_foretold
from musegnn.screens.parts.page_work import PageWork, result_of
from musegnn.worker.perform import perform
from tests.page_visits import labels, texts, visit_page

pytest_plugins = ("tests.run_fixtures",)

ASSAY = "ChEMBL2K: PTGS1"
ROWS = [3, 40, 700, 9000]


@pytest.fixture(scope="module")
def reference():
    return read_reference()


@pytest.fixture
def work(reference, root, monkeypatch):
    """Ask about a few molecules of the map, and one that is none."""
    smiles = reference.molecules.table[SMILES]
    lines = [f"{row},{smiles.iloc[row]}" for row in ROWS]
    content = "\n".join(["id,smiles", *lines, "7,nonsense"]).encode()
    given = give(root, role=MOLECULES, name="few.csv", content=content)
    found = PageWork(PropertiesSettings(), (given,), "few")
    monkeypatch.setenv("MUSEGNN_RUNS", str(root))
    monkeypatch.setattr(view_foretold, "work_of", lambda _: found)
    return found


def perform_it(work, root):
    request = runs.make_request(
        settings=work.settings, files=keep(work.inputs), name=work.name, device="cpu"
    )
    (record,) = runs.submit(request, executor="inprocess", root=root, perform=perform)
    assert record.state == "finished", record.message


def test_values_are_those_that_properties_tell_and_trust_is_said(reference, work, root):
    assert result_of(work.find()) is None
    perform_it(work, root)
    found = view_foretold.read_foretold(result_of(work.find()), ASSAY, reference)
    assert np.flatnonzero(np.isfinite(found.values)).tolist() == ROWS
    smiles = reference.molecules.table[SMILES]
    asked = read_molecules("\n".join(f"{smiles.iloc[row]} {row}" for row in ROWS)).molecules
    classes = foretell(read_heads(), asked).classes
    own = classes[(classes["table"] == "ChEMBL2K") & (classes["assay"] == "PTGS1")]
    told = dict(zip(own["molecule"].astype(int), own["probability"], strict=True))
    np.testing.assert_allclose(found.values[ROWS], [told[row] for row in ROWS], rtol=1e-4)
    assert f"AUROC of this assay is {own['held_out'].iloc[0]:.2f}" in found.sentence
    assert f"it was learned from {own['learned_from'].iloc[0]:,}." in found.sentence
    layer = view.colour("foretold", reference, None, assay=(found.title, found.values))
    assert layer.title == "PTGS1, probability of activity"
    counts = {entry.label: entry.n for entry in layer.legend}
    assert counts["not foretold"] == len(reference.molecules) - len(ROWS)


def test_the_question_covers_the_map(reference, root, monkeypatch):
    monkeypatch.setenv("MUSEGNN_RUNS", str(root))
    (given,) = view_foretold.work_of(reference).inputs
    lines = given.content.decode().splitlines()
    assert lines[0] == "id,smiles"
    assert len(lines) == len(reference.molecules) + 1
    assert len(view_foretold.list_foretold()) == 79
    assert view_foretold.usual_assay() == "ChEMBL2K: CYP2D6"  # of most labels


def test_the_page_offers_the_run_and_then_shows_the_colour(work, root, atlas_folder, monkeypatch):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    query = {"mol_colour": "foretold", "mol_foretold": ASSAY}
    page = visit_page("17_Molecules", query=query)
    assert not page.exception
    assert "Ask about all of them" in labels(page)
    assert any("Nobody has asked the models" in item.value for item in page.info)
    perform_it(work, root)
    page = visit_page("17_Molecules", query=query)
    assert not page.exception
    assert not page.error
    assert "Ask about all of them" not in labels(page)
    assert "Foretold from structure alone, measured nowhere here" in texts(page)
