"""`musegnn molecules embed` on the encoder that ships, and a slice of its benchmarks."""

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks import molecule_embedding, molecule_neighbours
from musegnn.cli.main import main
from musegnn.embeddings.vector_set import VectorSet, read_vector_set
from musegnn.molecules.alike import cosines
from musegnn.molecules.shipped import FOLDER, read_reference
from musegnn.molecules.structures import fingerprints, tanimoto
from tests.small_molecules import small_reference

TEXT = """CC(=O)Oc1ccccc1C(=O)O aspirin
CCN(CC)CC base
nonsense
CC(=O)Oc1ccccc1C(=O)[O-].[Na+] again
c1ccc2ccccc2c1
FC(F)(F)CCNC(=O)c1ccc2[nH]c(C3CC3)nc2c1 new
"""


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "given.smi"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet", ".h5ad"])
def test_good_rows_get_the_vectors_that_ship_and_bad_ones_are_listed(
    given, tmp_path, suffix, capsys
):
    made = tmp_path / f"made{suffix}"
    assert main(["molecules", "embed", str(given), "-o", str(made), "--jobs", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["molecules"], told["refused"]) == (4, 2)
    assert [row["row"] for row in told["left_out"]] == [3, 4]
    if suffix == ".h5ad":
        found = read_vector_set(made, VectorSet)
        table, vectors = found.table, found.vectors
    else:
        read = {".parquet": pd.read_parquet, ".tsv": lambda path: pd.read_csv(path, sep="\t")}
        table = read.get(suffix, pd.read_csv)(made)
        vectors = table.filter(regex=r"^v\d+$").to_numpy()
    assert list(table["molecule"]) == ["aspirin", "base", "molecule 5", "new"]
    reference = read_reference()
    row = reference.row_of["aspirin"]
    assert cosines(reference.molecules.vectors[row], vectors[:1])[0] == pytest.approx(
        np.linalg.norm(vectors[0]), rel=2e-3
    )
    assert table["nearest"].iloc[0] == "aspirin"
    new = fingerprints([table["smiles"].iloc[3]])
    known = fingerprints(list(reference.molecules.table["smiles"]))
    expected = tanimoto(new, known).max()
    assert table["nearest tanimoto"].iloc[3] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "made.xlsx"], "Expected an output that ends with .csv"),
        (["-o", "none/made.csv"], "Expected a folder for the output"),
        (["-o", "made.csv", "--jobs", "0"], "at least 1 process"),
        (["-o", "made.csv", "--encoder", "given.smi"], "Expected an encoder of molecules"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(given, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(["molecules", "embed", str(given), *arguments]) != 0
    assert said in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["given.smi"]


def test_a_slice_of_the_benchmark_of_time_counts_processes_and_memory():
    found = molecule_embedding.measure(600, 2)
    assert found["embedded"] == found["molecules"] == 600
    assert 50 < found["peak_mib"] < 1024
    assert found["cpu_seconds"] > 0


def test_the_benchmark_of_neighbours_finds_what_was_planted():
    reference = small_reference(FOLDER)
    keys = list(reference.molecules.table["inchikey"])
    # vectors join the first two and the next two; one of each pair has no edge in the context
    terms = dict(zip(keys, map(frozenset, ("a", "a", "b", "b", "c", "a")), strict=True))
    report = molecule_neighbours.compare(reference, terms, "made")
    side = report["all"]
    assert side["n"] == 3  # the second, the fourth and the sixth are asked
    assert side["embedding"]["hit_at_1"] == pytest.approx(2 / 3, abs=1e-3)
    gain = side["gain"]["embedding over tanimoto"]
    expected = side["embedding"]["hit_at_1"] - side["tanimoto"]["hit_at_1"]
    assert gain["hit_at_1"] == pytest.approx(expected, abs=1e-3)


def test_ties_count_against_the_one_that_is_right():
    scores = np.array([[0.5, 0.5, 0.5, 0.1]])
    shares = np.array([[True, False, False, True]])
    everyone = np.ones((1, 4), dtype=bool)
    assert molecule_neighbours.first_hits(scores, shares, everyone).tolist() == [3]
    only = np.array([[False, True, False, True]])
    assert molecule_neighbours.first_hits(scores, shares, only).tolist() == [2]
