"""`musegnn molecules predict`: words, a row a molecule, JSON, atoms, and what cannot be used."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from musegnn.cli.main import main


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "molecules.smi"
    path.write_text(
        "CC(=O)Oc1ccccc1C(=O)[O-].[Na+] aspirin\nC1CC( broken\nCN1CCC[C@H]1c1cccnc1 nicotine\n",
        encoding="utf-8",
    )
    return str(path)


def test_words_say_what_is_foretold_and_how_far_to_trust_it(given, capsys):
    assert main(["molecules", "predict", given, "-n", "1", "--atoms", "PTGS1"]) == 0
    said = capsys.readouterr()
    assert "aspirin: CC(=O)Oc1ccccc1C(=O)O" in said.out
    assert "nicotine" not in said.out.replace("more molecules", "")
    assert "a salt or solvate" in said.out
    assert "was learned from: Tanimoto 1.00" in said.out
    assert "1 more molecules: see --csv" in said.out
    assert "PTGS1" in said.out
    assert "structure alone reaches" in " ".join(said.out.split())
    assert "1 left out" in said.err


def test_a_table_has_a_row_a_molecule_and_json_says_the_same(given, tmp_path, capsys):
    out = tmp_path / "out.tsv"
    assert main(["molecules", "predict", given, "--tsv", str(out)]) == 0
    table = pd.read_csv(out, sep="\t")
    assert table["molecule"].tolist() == ["aspirin", "nicotine"]
    assert table["row"].tolist() == [1, 3]
    capsys.readouterr()
    assert main(["molecules", "predict", given, "--json", "--atoms", "PTGS1"]) == 0
    said = json.loads(capsys.readouterr().out)
    rows = [row for row in said["activity"] if row["assay"] == "PTGS1"]
    assert rows[0]["probability"] == pytest.approx(table["ChEMBL2K PTGS1"].iloc[0], rel=1e-5)
    assert said["refused"][0]["row"] == 2
    assert {row["table"] for row in said["nearest"]} == {"ChEMBL2K", "Broad6K", "Biogen3K"}
    assert set(said["atoms"][0]) >= {"fall", "fall_by_chance", "holds"}


@pytest.mark.parametrize(
    ("more", "message"),
    [(["--atoms", "PTGS9"], "Did you mean 'PTGS1'"), (["-n", "0"], "at least 1 molecule")],
)
def test_what_cannot_be_asked_is_one_sentence(given, capsys, more, message):
    assert main(["molecules", "predict", given, *more]) != 0
    assert message in capsys.readouterr().err
