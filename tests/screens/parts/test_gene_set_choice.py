import numpy as np
import pytest

from musegnn.analysis.choices import CHOICE_KINDS
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.screens.parts.gene_set_choice import KIND_LABELS, ChoiceRequest, build, cluster_labels
from musegnn.screens.shell.named_selections import NamedSelections
from musegnn.screens.shell.selection import NOTHING, Selection


@pytest.fixture
def ask(atlas):
    selection = Selection(np.array([3, 5, 9]), "drawn on the map")
    named = NamedSelections().save("mine", Selection(np.array([1, 2]), ""))
    search = GeneSearch(atlas)

    def run(request, selection=selection):
        return build(request, atlas=Atlas(atlas, search), selection=selection, named=named)

    return run


def test_each_kind_has_a_label():
    assert set(KIND_LABELS) == set(CHOICE_KINDS)


def test_selection_and_saved_selection_keep_their_rows(ask):
    choice = ask(ChoiceRequest("selection"))
    assert choice.rows.tolist() == [3, 5, 9]
    assert choice.label == "selection: drawn on the map"
    saved = ask(ChoiceRequest("saved selection", "mine"))
    assert saved.rows.tolist() == [1, 2]
    assert (saved.label, saved.kind) == ("mine", "saved selection")


def test_other_kinds_go_to_their_makers(ask, atlas):
    cluster = ask(ChoiceRequest("cluster", "3", "liver_human"))
    in_liver = (atlas.genes["cluster"] == "3") & (atlas.genes["dataset"] == "liver_human")
    assert cluster.rows.tolist() == np.flatnonzero(in_liver).tolist()
    assert len(ask(ChoiceRequest("neighbours", "CD3E", "blood_human", 12))) == 13
    assert ask(ChoiceRequest("list", "CD3E, nope")).symbols == ("CD3E",)


def test_nothing_selected_is_an_error_with_a_way_out(ask):
    with pytest.raises(InputError, match="at least one gene"):
        ask(ChoiceRequest("selection"), selection=NOTHING)
    with pytest.raises(InputError, match="saved selections"):
        ask(ChoiceRequest("saved selection", "yours"))
    with pytest.raises(InputError, match="`kind`"):
        ask(ChoiceRequest("guess"))


def test_clusters_are_in_the_order_of_their_numbers(atlas):
    labels = cluster_labels(atlas)
    assert list(labels) == [str(number) for number in range(10)]
    n_first = int((atlas.genes["cluster"] == "0").sum())
    assert labels["0"] == f"cluster 0 ({n_first} genes in context)"
