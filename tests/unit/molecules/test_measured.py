"""The measured molecules nearest to those asked about, as a function and as a command."""

from __future__ import annotations

import json

import numpy as np
import pytest

from musegnn.cli.main import main
from musegnn.molecules.assays import AssayTable
from musegnn.molecules.measured import nearest_measured
from musegnn.molecules.standard import standardise

SMILES = ("CCCCO", "CCCCCCN", "c1ccccc1")
LABELS = np.array([[1, 0], [np.nan, 1], [np.nan, np.nan]], dtype=np.float32)


def made(labels, *, is_binary):
    return AssayTable("t", SMILES, ("", "", ""), ("A", "B"), labels, is_binary=is_binary)


def test_nearest_measured_molecules_come_with_what_was_found():
    found = nearest_measured(made(LABELS, is_binary=True), ["x"], ["CCCCO"], n=9)
    assert found["measured"].tolist() == list(SMILES)
    assert found["similarity"].iloc[0] == 1
    assert found["similarity"].is_monotonic_decreasing
    assert found["found"].tolist() == ["active in A; inactive in B", "active in B", "nothing"]
    numbers = nearest_measured(made(LABELS * 2.5, is_binary=False), ["x"], ["CCCCO"])
    assert numbers["found"].tolist() == ["A 2.5, B 0", "B 2.5", "nothing"]


def test_a_molecule_finds_itself_however_a_table_writes_it():
    labels = np.ones((3, 1), dtype=np.float32)
    smiles = ("C[NH+]1CCC[C@H]1c1cccnc1", "Oc1ccccn1", "C")
    table = AssayTable("t", smiles, ("", "", ""), ("A",), labels, is_binary=True)
    asked = [standardise(given).smiles for given in ("CN1CCC[C@H]1c1cccnc1", "O=c1cccc[nH]1")]
    found = nearest_measured(table, ["nicotine", "pyridone"], asked, n=1)
    assert found["similarity"].tolist() == [1, 1]
    assert found["measured"].tolist() == list(smiles[:2])


@pytest.fixture
def files(tmp_path):
    asked = tmp_path / "asked.csv"
    asked.write_text("name;smiles\none;CCCC[O-].[Na+]\nbad;C1CC(\n", encoding="utf-8")
    measured = tmp_path / "measured.csv"
    measured.write_text("smiles,A\nCCCCO,1\nc1ccccc1,0\n", encoding="utf-8")
    return asked, measured


def test_the_command_reads_structures_and_finds_measured_ones(files, capsys):
    asked, measured = files
    assert main(["molecules", "read", str(asked), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["structure"] for one in said["molecules"]] == ["CCCCO"]
    assert "salt" in said["molecules"][0]["changes"]
    assert [one["row"] for one in said["refused"]] == [3]
    nearest = ["molecules", "nearest", str(asked), "--measured", str(measured)]
    assert main([*nearest, "-n", "1", "--csv"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "molecule,similarity,measured,found",
        "one,1.0,CCCCO,active in A",
    ]
    assert "1 left out" in said.err
    assert main([*nearest, "-n", "0"]) == 2
    assert "at least 1" in capsys.readouterr().err
    assert main(["molecules", "read", str(asked.parent / "none.csv")]) == 2
