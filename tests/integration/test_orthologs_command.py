"""`musegnn orthologs`: what it prints and writes, and what it refuses."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from musegnn.analysis.orthologs.ortholog_proportion import ortholog_proportion
from tests.command_line import list_all, musegnn


def test_json_holds_the_numbers_of_the_function_and_the_definition(atlas_folder, atlas):
    answer = musegnn("orthologs", atlas_folder, "--json")
    assert (answer.code, answer.err) == (0, "")
    printed = json.loads(answer.out)
    result = ortholog_proportion(atlas)
    assert printed["species"] == ["human", "mouse"]
    assert "Proportion:" in printed["definition"]
    assert printed["comparable"] == result.comparable
    assert [row["cluster"] for row in printed["clusters"]] == result.clusters["cluster"].tolist()
    assert [row["q"] for row in printed["clusters"]] == result.clusters["q"].tolist()


def test_table_names_species_and_says_what_all_clusters_give(atlas_folder, atlas):
    answer = musegnn("orthologs", atlas_folder, "--species", "mouse", "human")
    header = answer.out.splitlines()[0].split()
    assert header[:4] == ["cluster", "mouse_genes", "human_genes", "comparable"]
    assert {"proportion", "expected", "fold", "q", "one_to_one_proportion"} <= set(header)
    n_clusters = atlas.genes["cluster"].nunique()
    assert f"All {n_clusters} clusters:" in answer.out
    assert "Expected: the same share" in " ".join(answer.out.split())


def test_file_holds_all_columns(atlas_folder, atlas, tmp_path):
    answer = musegnn("orthologs", atlas_folder, "--tsv", tmp_path / "out" / "orthologs.tsv")
    assert answer.code == 0
    assert list_all(tmp_path) == ["out", "out/orthologs.tsv"]
    table = pd.read_csv(tmp_path / "out" / "orthologs.tsv", sep="\t", dtype={"cluster": str})
    pd.testing.assert_frame_equal(table, ortholog_proportion(atlas).named())


@pytest.mark.parametrize(
    ("species", "message"),
    [
        (("human", "lemur"), "Expected genes of human and lemur, found only human, mouse"),
        (("human", "human"), "Expected two different species"),
        (("human", "mose"), "Did you mean 'mouse'?"),
    ],
)
def test_species_that_are_not_there_are_refused(atlas_folder, species, message):
    answer = musegnn("orthologs", atlas_folder, "--species", *species)
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1
    assert message in answer.err
