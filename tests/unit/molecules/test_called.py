"""What a molecule without a name is called: never an InChIKey alone."""

from __future__ import annotations

import pytest

from musegnn.molecules.molecule_set import KEY, NAME, SMILES
from musegnn.molecules.names import call_known
from musegnn.molecules.shipped import read_reference
from musegnn.molecules.structures import called, is_made_up

KEY_OF_NONE = "ZZZZZZZZZZZZZZ"


def test_a_name_stays_and_one_that_looks_like_a_key_too() -> None:
    assert called("aspirin", KEY_OF_NONE) == "aspirin"
    assert called("CHLORPROMAZINE", KEY_OF_NONE) == "CHLORPROMAZINE"


@pytest.mark.parametrize(
    ("structure", "said"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", "C9H8O4, no name"),
        ("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "C2H6O, no name"),
        ("", f"a molecule without a name here (InChIKey {KEY_OF_NONE}…)"),
        ("no structure", f"a molecule without a name here (InChIKey {KEY_OF_NONE}…)"),
    ],
)
def test_a_molecule_without_a_name_is_told_by_its_formula_or_said_to_have_none(
    structure: str, said: str
) -> None:
    assert called(KEY_OF_NONE, KEY_OF_NONE, structure) == said


@pytest.mark.parametrize("number", ["DB00001", "BRD-K12345678", "CHEMBL25"])
def test_a_number_of_a_database_is_no_inchikey_and_can_be_looked_up(number: str) -> None:
    assert called(number, number) == called(number, number, "CCO") == number
    assert not is_made_up(number)


def test_what_is_made_up_is_known_as_such() -> None:
    for structure in ("CCO", "", "no structure"):
        assert is_made_up(called(KEY_OF_NONE, KEY_OF_NONE, structure))
    assert not is_made_up("aspirin")


def test_an_inchikey_is_said_by_the_name_or_the_formula_that_ships() -> None:
    table = read_reference().molecules.table
    is_named = (table[NAME] != table[KEY]).to_numpy()
    named, bare = table[is_named].iloc[0], table[~is_named].iloc[0]
    assert call_known(named[KEY]) == named[NAME]
    assert call_known(f"{named[KEY]}-UHFFFAOYSA-N") == named[NAME]
    formula = called(bare[KEY], bare[KEY], bare[SMILES])
    assert call_known(bare[KEY]) == f"{formula} (InChIKey {bare[KEY]}…)"
    assert call_known(KEY_OF_NONE) == called(KEY_OF_NONE, KEY_OF_NONE)
    assert call_known("imatinib") == "imatinib"
