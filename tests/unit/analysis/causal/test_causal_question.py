import numpy as np
import pytest

from musegnn import keys
from musegnn.analysis.causal.causal_question import (
    best_context,
    genes_in_context,
    load_regulation,
    names_without_directions,
    question_id,
    read_directions,
    spell_directions,
)
from musegnn.analysis.gene_set_choice import choose_list, choose_neighbours
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


def test_a_neighbourhood_is_spelt_as_in_its_context_and_tested_without_its_centre(atlas, search):
    choice = choose_neighbours("Ins2", "pancreas_mouse", k=10, atlas=Atlas(atlas, search))
    found = genes_in_context(
        choice, "pancreas_mouse", embedding=atlas, ortholog_groups=search.ortholog_groups
    )
    symbols = atlas.genes[keys.GENE].iloc[choice.rows].tolist()
    assert found.genes == tuple(sorted(symbols))
    assert found.species == "mouse"
    assert "Ins2" in found.genes
    assert not {"Ins1", "Ins2"} & set(found.tested)  # one ortholog group
    assert found.n_elsewhere == 0
    rows = atlas.rows_of_dataset("pancreas_mouse")
    assert set(found.background) == set(atlas.genes[keys.GENE].iloc[rows])


def test_a_list_is_looked_up_in_the_context_and_the_rest_counted(atlas, search):
    choice = choose_list("INS CD3E ALB GCG", atlas=Atlas(atlas, search))
    found = genes_in_context(
        choice, "pancreas_mouse", embedding=atlas, ortholog_groups=search.ortholog_groups
    )
    assert "Cd3e" in found.genes
    assert "Alb" not in found.genes  # the mouse has none here
    assert found.n_elsewhere == 1 + ("Gcg" not in found.genes)
    assert found.tested == found.genes


def test_a_context_without_the_genes_is_refused(atlas, search):
    choice = choose_list("Gm1234", atlas=Atlas(atlas, search))
    with pytest.raises(InputError, match="found none of the 1 chosen ones there"):
        genes_in_context(
            choice, "blood_human", embedding=atlas, ortholog_groups=search.ortholog_groups
        )


def test_the_best_context_has_most_of_the_genes(atlas, search):
    choice = choose_list("Gm1234 CD3E", atlas=Atlas(atlas, search))
    best = best_context(choice, atlas, search.ortholog_groups)
    assert best == "heart_mouse"  # the first by name of those that have both
    own = choose_neighbours("INS", "blood_human", atlas=Atlas(atlas, search))
    assert best_context(own, atlas, search.ortholog_groups) == "blood_human"


def test_directions_are_read_from_signs_words_and_numbers():
    text = "A +\nB -\nC\tup\nD,down\nE 1.5\nF;-2e-3\nG 0\nH nan\nI\nJ maybe\nA -\nK +1 x"
    assert read_directions(text) == {
        "A": 1.0,
        "B": -1.0,
        "C": 1.0,
        "D": -1.0,
        "E": 1.0,
        "F": -1.0,
        "K": 1.0,
    }
    assert names_without_directions("A +\nB C\nD,down\nE 1.5").splitlines() == [
        "A",
        "B C",
        "D",
        "E",
    ]


def test_directions_are_spelt_as_in_the_context(atlas, search):
    choice = choose_list("INS CD3E", atlas=Atlas(atlas, search))
    context = genes_in_context(
        choice, "pancreas_mouse", embedding=atlas, ortholog_groups=search.ortholog_groups
    )
    spelt, unknown = spell_directions({"INS2": 1.0, "cd3e": -1.0, "XYZ": 1.0}, context)
    assert spelt == {"Ins2": 1.0, "Cd3e": -1.0}
    assert unknown == ("XYZ",)


def test_without_a_store_nothing_is_known():
    assert load_regulation(None, "human", "C").is_empty


def test_a_question_has_an_id_of_its_own(atlas, search):
    choice = choose_list("INS CD3E", atlas=Atlas(atlas, search))
    context = genes_in_context(
        choice, "blood_human", embedding=atlas, ortholog_groups=search.ortholog_groups
    )
    ids = {question_id(context), question_id(context, 1), question_id(context, "1", 2)}
    assert len(ids) == 3
    assert question_id(context, 1) == question_id(context, np.int64(1))
