"""What the page of molecules says, on six molecules whose vectors and annotation are known."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from musegnn.errors import InputError
from musegnn.molecules.molecule_set import NAME, SMILES
from musegnn.molecules.shipped import ALSO
from musegnn.screens import molecules as page
from musegnn.screens.molecules import view, view_annotation, view_chosen
from musegnn.screens.molecules.view_annotation import MoleculeAnnotation
from tests.small_molecules import NAMED, small_reference, write_hub


@pytest.fixture(scope="module")
def reference():
    return small_reference()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_hub(tmp_path_factory.mktemp("knowledge"))


@pytest.fixture(scope="module")
def annotation(folder):
    return view_annotation.open_annotation(folder)


@pytest.mark.parametrize("text", ["Aspirin", NAMED["aspirin"], "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"])
def test_a_molecule_is_found_by_name_structure_and_key(reference, annotation, text):
    found = view.like(text, reference, annotation)
    assert found.asked.row == 0
    assert 0 not in found.table["row"].tolist()
    first = found.table.iloc[0]
    assert first["molecule"] == "salicylic acid"
    assert (first["vector rank"], first["targets"]) == (1, "PTGS1")
    assert found.tanimoto[0] == pytest.approx(1)
    rows, labels = view.lit_rows(found)
    assert (rows[0], labels[:2]) == (0, ["aspirin", "salicylic acid"])


def test_what_has_no_name_is_lit_without_its_key_and_told_by_its_formula(reference, annotation):
    table = reference.molecules.table.copy()
    table.loc[[1, 2], "molecule"] = table.loc[[1, 2], "inchikey"]
    nameless = replace(reference, molecules=replace(reference.molecules, table=table))
    found = view.like("aspirin", nameless, annotation)
    rows, labels = view.lit_rows(found)
    assert labels == ["aspirin", "naphthol", "hexanol", "triethylamine"]
    assert rows.tolist() == [0, 3, 4, 5, 1, 2]  # those without a label come last
    told = dict(zip(found.table["row"], found.table["called"], strict=True))
    assert (told[1], told[3]) == ("C7H6O3, no name", "naphthol")
    chosen = view_chosen.describe(np.array([1, 3]), nameless, annotation).table
    key = table["inchikey"].iloc[1][:14]
    assert chosen["called"].tolist() == [
        f"a molecule without a name here (InChIKey {key}…)",
        "naphthol",
    ]
    of_key = view.like(str(table["inchikey"].iloc[1]), nameless, annotation)
    assert of_key.asked.label == "C7H6O3, no name"
    assert of_key.sentence.count("C7H6O3") == 1
    assert view.lit_rows(of_key)[1][:2] == ["C7H6O3, no name", "aspirin"]


def test_other_names_of_a_molecule_lead_to_it_and_stand_beside_it(reference, annotation):
    table = reference.molecules.table.assign(**{ALSO: ["acetylsalicylic acid|ASA", *[""] * 5]})
    named = replace(reference, molecules=replace(reference.molecules, table=table))
    assert named.others[:2] == [("acetylsalicylic acid", "ASA"), ()]
    for text in ("Acetylsalicylic Acid", "asa"):
        asked = view.like(text, named, annotation).asked
        assert (asked.row, asked.label.casefold()) == (0, text.casefold())
        assert asked.remarks == ("structure of aspirin, which stands for it here",)
    assert view.like("Aspirin", named, annotation).asked.remarks == ()
    first = view.facts_of(0, named, annotation)[0]
    assert first.startswith("Stands for acetylsalicylic acid, ASA too")
    assert not any("Stands for" in fact for fact in view.facts_of(1, named, annotation))
    assert not any("Stands for" in fact for fact in view.facts_of(0, reference, annotation))


def test_the_card_of_a_point_is_its_structure_and_leads_to_it(reference):
    row = next(i for i, name in enumerate(reference.molecules.table[NAME]) if name == "aspirin")
    card = view.card_of(row, reference, ink="", on="#ddd")
    svg = base64.b64decode(card["picture"]).decode("utf-8")
    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert (card["alt"], card["on"]) == ("Structure of aspirin", "#ddd")
    assert "aspirin" in card["open"]
    assert "name" not in card
    key = "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    nameless = reference.molecules.table.copy()
    nameless.loc[row, [NAME, "inchikey"]] = key
    unnamed = replace(reference, molecules=replace(reference.molecules, table=nameless))
    called = view.card_of(row, unnamed, ink="", on="#ddd")["name"]
    assert called.startswith("C9H8O4")
    assert key not in called
    assert view.text_of(row, reference) == "aspirin"
    with pytest.raises(InputError, match="row"):
        view.text_of(10**6, reference)


def test_a_molecule_that_cannot_be_drawn_says_so_and_is_asked_for_by_its_structure(reference):
    table = reference.molecules.table.assign(**{NAME: "", SMILES: "not one"})
    odd = replace(reference, molecules=replace(reference.molecules, table=table))
    card = view.card_of(0, odd, ink="", on="#ddd")
    assert card["title"] == "Its structure cannot be drawn"
    assert "picture" not in card
    assert view.text_of(0, odd) == "not one"


def test_a_salt_is_the_same_molecule_and_the_change_is_said(reference, annotation):
    found = view.like("CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", reference, annotation)
    assert found.asked.row == 0
    assert "charges taken away" in found.remarks[0]


def test_what_is_no_molecule_is_told_with_the_nearest_name(reference, annotation):
    with pytest.raises(InputError, match="name of a molecule that ships, found 'aspirine'") as told:
        view.like("aspirine", reference, annotation)
    assert told.value.hint.startswith("Did you mean aspirin")


@pytest.mark.parametrize("chosen", page.COLOURS)
def test_each_colour_colours_all_molecules(reference, annotation, folder, chosen):
    assay = ("ChEMBL2K: ABL1", view_annotation.read_assay(folder, "ChEMBL2K: ABL1", reference))
    likeness = view.like("aspirin", reference, annotation)
    layer = view.colour(chosen, reference, annotation, likeness=likeness, assay=assay)
    assert len(layer.codes) == len(NAMED)
    counts = {entry.label: entry.n for entry in layer.legend}
    expected = {
        page.PHASE: {"Launched": 2, "Preclinical": 1, view_annotation.UNKNOWN: 3},
        page.ASSAY: {"active": 1, "inactive": 1, view_annotation.NOT_MEASURED: 4},
        page.TABLE: {"ChEMBL2K": 1, "ChEMBL2K, ToxCast": 1, "ToxCast": 4},
    }.get(chosen)
    assert expected is None or counts == expected


def test_a_thousand_scaffolds_make_a_short_legend():
    names = view.pd.Series([f"s{n}" for n in range(1000)] + ["s0"])
    layer = view._named_layer(names, rest="another", title="scaffold")
    assert len(layer.legend) == 20
    assert (layer.legend[-1].label, layer.legend[-1].n) == ("another", 1001 - 2 - 18)
    assert (layer.legend[0].label, layer.legend[0].n) == ("s0", 2)
    assert layer.has_other
    counts = np.bincount(layer.codes)
    assert counts.tolist() == [entry.n for entry in layer.legend]
    assert not layer.note


def test_twenty_names_keep_a_colour_each():
    names = view.pd.Series([f"s{n}" for n in range(20)])
    layer = view._named_layer(names, rest="another", title="scaffold")
    assert not layer.has_other
    assert {entry.n for entry in layer.legend} == {1}


def test_an_assay_of_another_version_is_refused(reference, tmp_path):
    write_hub(tmp_path)
    path = tmp_path / "chembl2k_assays.csv"
    head, first, second = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([head, second, first]) + "\n", encoding="utf-8")
    assert view_annotation.list_assays(tmp_path) == ["ChEMBL2K: ABL1"]
    with pytest.raises(InputError, match="as the map was made of it, found other rows"):
        view_annotation.read_assay(tmp_path, "ChEMBL2K: ABL1", reference)
    with pytest.raises(InputError, match="Expected an assay of the annotation"):
        view_annotation.read_assay(tmp_path, "Broad6K: x", reference)


def test_numbers_of_an_assay_are_steps_and_nothing_measured_is_grey(reference):
    values = np.array([0.5, 1.5, 2.5, np.nan, 3.5, 4.5])
    layer = view.colour(page.ASSAY, reference, MoleculeAnnotation(), assay=("a number", values))
    assert layer.kind == "steps"
    assert layer.legend[-1].label == view_annotation.NOT_MEASURED
    assert layer.legend[-1].n == 1


def test_chosen_molecules_share_scaffold_and_targets(reference, annotation):
    found = view_chosen.describe(np.array([0, 1, 4]), reference, annotation)
    assert "3 molecules are chosen" in found.sentence
    assert "2 of them share the scaffold `c1ccccc1`" in found.sentence
    target = found.targets.set_index("term").loc["PTGS1"]
    # 2 of 3 with a known target, against 2 of 4 on the map: P(2 or more of 3 drawn of 4) = 1/2
    assert target[["chosen", "of chosen", "background", "of background"]].tolist() == [2, 3, 2, 4]
    assert target["p"] == pytest.approx(0.5)
    assert "No targets stand out among the 3" in found.sentence
    assert found.table["phase"].tolist() == ["Launched", "Launched", ""]


def test_without_annotation_nothing_is_claimed(reference):
    found = view_chosen.describe(np.array([4, 5]), reference, MoleculeAnnotation())
    assert found.sentence == "2 molecules are chosen. None of them has a ring."
    assert found.targets.empty
    assert view_annotation.open_annotation(None) == MoleculeAnnotation()
    assert view_annotation.list_assays(None) == []


def test_pages_of_structures_hold_24(reference):
    table = view.pd.DataFrame({"n": range(50)})
    assert view_chosen.count_pages(table) == 3
    assert view_chosen.page_of(table, 3)["n"].tolist() == [48, 49]


def measured(low, high):
    model = {"hit_at_10": 0.4}
    gain = {"embedding over tanimoto": {"hit_at_10_interval": [low, high]}}
    models = ("embedding", "tanimoto", "descriptors", "random")
    side = {"n": 100, "gain": gain, **dict.fromkeys(models, model)}
    return {"target": {"all": side, "apart": side}}


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.01, 0.1, "**the vectors are better there**, beyond chance"),
        (-0.1, -0.01, "**fingerprints are better there**, beyond chance"),
        (-0.1, 0.1, "neither is better there beyond chance"),
    ],
)
def test_what_was_measured_is_said_as_it_came_out(low, high, said):
    assert said in view.measured_words(measured(low, high))
    assert view.measured_words({}) == ""
