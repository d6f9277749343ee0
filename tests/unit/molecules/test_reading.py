"""Molecules as people bring them: one form, bad rows listed, good ones go on."""

from __future__ import annotations

import pytest
from rdkit import Chem

from musegnn.errors import InputError
from musegnn.molecules import entries
from musegnn.molecules.entries import count_rows, find_entries
from musegnn.molecules.in_parts import in_parts
from musegnn.molecules.reading import read_molecules, read_text
from musegnn.molecules.standard import MOST, standardise

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
NICOTINE, CAFFEINE = "CN1CCC[C@H]1c1cccnc1", "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
PARACETAMOL = "InChI=1S/C8H9NO2/c1-6(10)9-7-2-4-8(11)5-3-7/h2-5,11H,1H3,(H,9,10)"
NAMED = [("aspirin", 13), ("nicotine", 12)]  # heavy atoms
ASPIRIN_KEY = "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"  # as PubChem lists it


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        (ASPIRIN, ""),
        ("InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)", ""),
        ("CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", "salt"),
        ("CC(=O)Oc1ccccc1C(=O)O[Na]", "metal"),
        ("[13CH3]C(=O)Oc1ccccc1C(=O)O", "isotopes"),
        ("CC(=O)Oc1ccccc1C(=O)[O-]", "charges"),
        ("CC(=O)Oc1ccccc1C(=O)O.OCCc1ccccc1", "mixture"),
        ("[2H]OC(=O)c1ccccc1OC(C)=O", "isotopes"),
    ],
)
def test_one_molecule_has_one_form_and_what_changed_is_told(given, changed):
    found = standardise(given)
    assert found.inchikey == ASPIRIN_KEY
    assert found.key == ASPIRIN_KEY[:14]
    assert found.n_atoms == 13
    assert bool(found.changes) == bool(changed)
    assert changed in " ".join(found.changes)


def test_tautomers_are_one_and_stereochemistry_stays():
    keto, enol = standardise("O=c1cccc[nH]1"), standardise("Oc1ccccn1")
    assert keto.smiles == enol.smiles
    assert sorted(len(found.changes) for found in (keto, enol)) == [0, 1]
    left, right = standardise("C[C@H](N)C(=O)O"), standardise("C[C@@H](N)C(=O)O")
    assert left.smiles != right.smiles
    assert left.key == right.key


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("no molecule", "Expected a structure as SMILES"),
        ("CCO", "4 to 200 heavy atoms, found 3"),
        ("C" * (MOST + 300), "4 to 200 heavy atoms, found 500"),
        ("[Na+].[Cl-]", "with carbon"),
        ("[cH-]1cccc1.[Fe+2].[cH-]1cccc1", "stays one without metal"),
        ("", "Expected a structure"),
        ("c1ccccc1[*]", "Expected a whole molecule, found an open place"),
    ],
)
def test_what_no_model_can_answer_for_is_told(given, message):
    with pytest.raises(InputError, match=message):
        standardise(given)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_tables_of_any_separator_are_read_and_bad_rows_listed(mark):
    lines = ["name,smiles", f"aspirin,{ASPIRIN}", "broken,C1CC(", "again,OC(=O)c1ccccc1OC(C)=O"]
    lines += ["", "phenol,Oc1ccccc1", "short"]
    found = read_molecules("\r\n".join(lines).replace(",", mark))
    assert [(one.name, one.row) for one in found.molecules] == [("aspirin", 2), ("phenol", 6)]
    assert found.refused["row"].tolist() == [3, 4, 7]
    assert "same molecule as row 2" in found.refused["why"].iloc[1]


def test_lists_and_sdf_are_read():
    found = read_molecules(f"{ASPIRIN} aspirin of old\nOc1ccccc1\nnonsense\n")
    assert [one.name for one in found.molecules] == ["aspirin of old", "molecule 2"]
    assert found.refused["given"].tolist() == ["nonsense"]
    blocks = []
    for name, smiles in (("one", ASPIRIN), ("two", "Oc1ccccc1")):
        molecule = Chem.MolFromSmiles(smiles)
        molecule.SetProp("_Name", name)
        blocks.append(Chem.MolToMolBlock(molecule) + "> <x>\n1\n\n$$$$\n")
    blocks.insert(1, "bad\n\n\n  1  0  0\nM  END\n$$$$\n")
    found = read_molecules("".join(blocks))
    assert [(one.name, one.row) for one in found.molecules] == [("one", 1), ("two", 3)]
    assert found.molecules[0].standard.inchikey == ASPIRIN_KEY
    assert found.refused["row"].tolist() == [2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found none"),
        ("x\ny\n", "found none in 2 rows"),
        ("CCCCO\nCCCCN\nCCCCC\n", "at most 2 molecules, found 3"),
    ],
)
def test_a_text_without_molecules_or_with_too_many_is_told(text, message):
    with pytest.raises(InputError, match=message):
        read_molecules(text, most=2)


def test_progress_is_told():
    told = []
    read_molecules(
        "\n".join("C" * size for size in range(4, 8)) + "\nq" * 996,
        tell=lambda *at: told.append(at),
    )
    assert told == [(500, 1000), (1000, 1000)]


@pytest.mark.parametrize("column", ["name", "Internal ID", "ChEMBL_ID", "compound-name"])
def test_the_column_of_names_is_found_by_what_it_is_called(column):
    (one,) = read_molecules(f"batch,{column},smiles\n7,first,{ASPIRIN}\n").molecules
    assert one.name == "first"
    (one,) = read_molecules(f"batch,{column},name,smiles\n7,x,second,{ASPIRIN}\n").molecules
    assert one.name == ("x" if column == "name" else "second")


@pytest.mark.parametrize("n", [0, 1, 9, 13])
def test_parts_come_in_their_order_from_any_number_of_processes(n):
    texts = ["C" * size for size in range(n)]
    parts = [texts[at : at + 2] for at in range(0, n, 2)]
    assert list(in_parts(list, texts, size=2)) == parts
    assert list(in_parts(list, texts, processes=2, size=2)) == parts


@pytest.mark.parametrize(
    "text",
    [
        f"{ASPIRIN} aspirin\n{NICOTINE} nicotine",
        f"  {ASPIRIN}\taspirin  \n\n{NICOTINE}\u00a0nicotine\n",
        f"aspirin {ASPIRIN}\nnicotine {NICOTINE}",
        f"{ASPIRIN},aspirin\n{NICOTINE},nicotine",
        f"aspirin;{ASPIRIN}\nnicotine;{NICOTINE}",
        f"1\t{ASPIRIN}\taspirin\n2\t{NICOTINE}\tnicotine",
        f"# mine\nSMILES Name\n{ASPIRIN} aspirin\n{NICOTINE} nicotine",
        f"sep=;\r\nCompound ID;Canonical SMILES\r\naspirin;{ASPIRIN}\r\nnicotine;{NICOTINE}",
        f"\ufeffname,smiles_of_parent,inchikey\raspirin,{ASPIRIN},\rnicotine,{NICOTINE},",
        f'"Name"\t"Smiles"\n"aspirin"\t"{ASPIRIN}"\n"nicotine"\t"{NICOTINE}"',
        "ASPIRIN\nnicotine",
        f"{ASPIRIN_KEY}\nNicotine",
        f"{ASPIRIN} |c:1| aspirin\n{NICOTINE} nicotine",
        f"#,smiles,name\n#1,{ASPIRIN},aspirin\n#2,{NICOTINE},nicotine",
    ],
)
def test_structures_and_names_are_told_apart_however_they_are_written(text):
    assert count_rows(text, most=10) == 2
    assert count_rows(text, most=1) == 2  # one beyond it
    found = read_molecules(text)
    assert [(one.name, one.standard.n_atoms) for one in found.molecules] == NAMED
    assert found.refused.empty


@pytest.mark.parametrize("mark", [", ", "; ", ";", " ", "|", " , "])
def test_no_structure_of_a_list_is_taken_for_a_name(mark):
    found = read_molecules(mark.join((ASPIRIN, NICOTINE, CAFFEINE)))
    assert [one.standard.n_atoms for one in found.molecules] == [13, 12, 14]
    assert [one.name for one in found.molecules] == [f"molecule 1.{n}" for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (PARACETAMOL, "molecule 1"),
        (f"{PARACETAMOL} a, b; c", "a, b; c"),
        (f"{PARACETAMOL},x", "x"),
        (f"x;{PARACETAMOL}", "x"),
        (f'name,inchi\nx,"{PARACETAMOL}"', "x"),
    ],
)
def test_commas_of_an_inchi_are_its_own(text, name):
    (one,) = read_molecules(text).molecules
    assert (one.name, one.standard.key) == (name, "RZVAJINKPMORJF")  # as PubChem lists it


def test_letters_that_may_be_a_structure_stay_a_name_behind_one():
    (one,) = read_molecules(f"{ASPIRIN} CCCP").molecules
    assert one.name == "CCCP"


def test_a_molecule_that_is_taken_by_its_name_says_so():
    (one,) = read_molecules("aspirin").molecules
    assert one.standard.inchikey == ASPIRIN_KEY
    assert one.standard.changes == ("structure of aspirin, which ships, taken for its name",)


def test_a_name_that_is_spelled_wrong_is_offered_right():
    with pytest.raises(InputError, match="name of a molecule that ships, found 'Asprin'") as raised:
        read_molecules("Asprin")
    assert "aspirin" in raised.value.hint


def test_a_record_without_a_name_has_that_of_its_fields_and_a_bad_one_is_no_name():
    block = Chem.MolToMolBlock(Chem.MolFromSmiles(ASPIRIN))
    bad = block.replace("  1  2  1  0", "  1 99  1  0", 1)
    text = f"{block}> <CHEMBL_ID>\nX25\n\n$$$$\naspirin{bad}> <a>\n1\n\n$$$$\n"
    found = read_molecules(text.replace("\n", "\r\n"))
    assert [(one.name, one.row) for one in found.molecules] == [("X25", 1)]
    assert found.refused.to_numpy().tolist() == [
        [2, "aspirin", "Expected a molecule in this record, found none that RDKit can read."]
    ]


def test_a_quote_without_an_end_takes_no_rows_away():
    rows = "".join(f"m{size},{'C' * size}\n" for size in range(5, 40))
    with pytest.raises(InputError, match="found a quote without an end in row 37"):
        read_molecules(f'name,smiles\n"m,{ASPIRIN}\n{rows}')


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "cp1252"])
def test_texts_of_spreadsheets_are_read_and_spreadsheets_are_not(tmp_path, code):
    path = tmp_path / "molecules.xlsx"
    path.write_bytes(f"smiles;name\n{ASPIRIN};\u00b5-aspirin\n".encode(code))
    (one,) = read_molecules(read_text(path)).molecules
    assert one.name == "\u00b5-aspirin"
    path.write_bytes(b"PK\3\4\0\0")
    with pytest.raises(InputError, match="found a spreadsheet") as raised:
        read_text(path)
    assert raised.value.hint == "Save its sheet as CSV."


def test_a_line_without_an_end_of_structures_is_told_at_once():
    with pytest.raises(InputError, match="at most 1,000 structures in a line, found 200,000"):
        read_molecules(",".join(["CCCCO"] * 200_000))


def test_a_wide_table_without_a_line_of_names_is_looked_at_in_part():
    row = ",".join(["aspirin", ASPIRIN, *["1"] * 20_000])
    (one,) = read_molecules(row).molecules
    assert (one.name, one.standard.inchikey) == ("aspirin", ASPIRIN_KEY)


@pytest.mark.parametrize(
    ("text", "n_rows"),
    [
        ("  CCO first\n\n \n\t\nCCC\n" + " \n" * 50, 2),
        ("CCO\n" + "\n" * 1_000_000 + "CCC third", 2),
        ("smiles,name\nCCO,a\n" + "\n" * 1_000_000, 1),
        (" " * 1_000_000, 0),
    ],
)
def test_blank_lines_are_no_rows_however_many(text, n_rows):
    assert count_rows(text, most=100) == n_rows
    found = list(find_entries(text))
    assert len(found) == n_rows
    for entry in found:
        assert entry.given in text.split("\n")[entry.row - 1]


@pytest.mark.parametrize("line", ["1 1 1\n", "#x\n", "# note\n", "$$$$\n"])
def test_a_text_without_an_end_is_refused_and_not_counted_through(line, monkeypatch):
    monkeypatch.setattr(entries, "MOST_LINES", 20)
    with pytest.raises(InputError, match="found more"):
        list(find_entries(line * 30))
    if line.startswith("1"):
        assert count_rows(line * 30, most=5) == 6
    else:
        with pytest.raises(InputError, match="found more"):
            count_rows(line * 30, most=5)
