"""An atlas to ask gives what the commands print, and refuses what they refuse."""

import json

import numpy as np
import pytest

import musegnn
from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings
from musegnn.errors import DataFileError, InputError
from tests.command_line import musegnn as command
from tests.module_knowledge import LIBRARY
from tests.ui_fixtures import MODULES

HERE, THERE = "blood_human", "liver_human"


@pytest.fixture(scope="module")
def asked(atlas_folder, module_knowledge):
    return musegnn.read_atlas(atlas_folder, module_knowledge)


def test_neighbours_are_those_of_the_command(asked, atlas_folder, module_knowledge):
    answer = asked.neighbours("cd3e", HERE, k=7)
    options = ("--dataset", HERE, "-k", 7, "--knowledge", module_knowledge, "--json")
    (printed,) = json.loads(command("neighbours", atlas_folder, "CD3E", *options).out)
    rows = printed["neighbours"]
    assert answer.neighbours["gene"].tolist() == [row["gene"] for row in rows]
    np.testing.assert_allclose(answer.neighbours["cosine"], [row["cosine"] for row in rows])
    assert answer.neighbours["why"].tolist() == [row["why"] for row in rows]
    assert asked.evidence is asked.evidence


def test_a_comparison_is_that_of_the_command(asked, atlas_folder):
    settings = ChangeSettings(k=5, permutations=99)
    change = asked.compare(HERE, THERE, settings)
    options = ("-k", 5, "--permutations", 99, "--json")
    printed = json.loads(command("compare", atlas_folder, HERE, THERE, *options).out)
    assert change.table["gene"].tolist() == [row["gene"] for row in printed["genes"]]
    assert change.table["change"].tolist() == [row["change"] for row in printed["genes"]]


@pytest.mark.parametrize("as_text", [True, False])
def test_terms_are_found_in_a_library_and_in_a_dictionary(asked, as_text):
    names = "CD3E CD3D LCK ZAP70 xqzgene"
    genes = names if as_text else names.split()
    own = {name: text.split() for name, text in MODULES.items()}
    by_name = asked.enrich(genes, LIBRARY, context=HERE)
    by_terms = asked.enrich(genes, own, context=HERE)
    assert by_name.table["term"][0] == by_terms.table["term"][0] == "t_cell"
    assert by_name.table["p"][0] == by_terms.table["p"][0]
    assert [match.query for match in by_name.choice.report.unknown] == ["xqzgene"]


def test_what_is_not_there_is_named(asked, atlas_folder, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=f"`context` to be one of .*{HERE}"):
        asked.neighbours("INS", "blood")
    with pytest.raises(InputError, match="`INSS` is not a gene name known here"):
        asked.neighbours("INSS", HERE)
    with pytest.raises(InputError, match="`context` to be one of"):
        asked.compare(HERE, "nowhere")
    with pytest.raises(InputError, match="gene-set library"):
        asked.enrich("INS", "reactome")
    with pytest.raises(DataFileError, match="Expected"):
        musegnn.read_atlas(tmp_path / "none.h5ad")
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    bare = musegnn.read_atlas(atlas_folder)
    assert bare.store is None
    with pytest.raises(InputError, match="folder of annotation"):
        bare.enrich("INS", LIBRARY)


def test_it_says_what_it_is_in_a_line(asked, atlas):
    assert repr(asked) == f"Atlas synthetic-atlas: {len(atlas.genes):,} genes in 6 contexts"
    assert list(asked.contexts.index) == list(atlas.datasets.index)
