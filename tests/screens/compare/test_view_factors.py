"""Lists of factors from the store, and what the panel of shared factors shows."""

import numpy as np
import pytest

from musegnn.knowledge.store import open_store
from musegnn.screens.compare import view_factors as compare_factors

CHOSEN = ["pancreas_human", "pancreas_mouse", "blood_human"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "TF_human_lambert2018.txt").write_text("PAX6\nISL1\nTCF7\nSPI1\nEBF1\n")
    (folder / "TF_mm_mgi.txt").write_text("Pax6\nIsl1\nTcf7\n")
    return open_store(folder)


def test_hand_checked_list_is_offered_first(store):
    lists = compare_factors.factor_lists(store)
    assert list(lists) == ["tf_lambert_2018", "tf_mgi"]
    assert lists["tf_mgi"].species == "mouse"
    assert "Lambert" in lists["tf_lambert_2018"].title
    assert compare_factors.factor_lists(None) == {}


@pytest.mark.parametrize("name", ["tf_lambert_2018", "tf_mgi"])
def test_table_holds_each_factor_once(atlas, store, name):
    chosen = compare_factors.factor_lists(store)[name]
    view = compare_factors.build(CHOSEN, chosen, which="all genes", embedding=atlas, store=store)
    listed = [f for names in view.table["factors"] for f in names.split(", ")]
    assert len(listed) == len(set(listed)) == view.table["n"].sum()
    assert set(listed) <= {"PAX6", "ISL1", "TCF7", "SPI1", "EBF1"}
    assert f"n = {len(listed)} factors of 3 contexts" in view.caption
    assert view.notice == ""


def test_rows_of_a_combination_are_its_factors_in_its_contexts(atlas, store):
    chosen = compare_factors.factor_lists(store)["tf_lambert_2018"]
    view = compare_factors.build(CHOSEN, chosen, which="all genes", embedding=atlas, store=store)
    for position, combination in enumerate(view.shared.table.itertuples()):
        rows = compare_factors.rows_of_factors(atlas, view.shared, position)
        genes = atlas.genes.iloc[rows]
        assert set(genes["common_gene"]) == set(combination.factors)
        assert set(genes["dataset"]) == set(combination.contexts)
        assert (np.diff(rows) > 0).all()
        assert len(rows) == len(combination.factors) * len(combination.contexts)


def test_usual_contexts_are_the_pair_and_those_with_most_genes_in_common(atlas):
    found = compare_factors.usual_contexts(atlas, "pancreas_human", "pancreas_mouse")
    assert found[:2] == ["pancreas_human", "pancreas_mouse"]
    assert len(set(found)) == 4
    same = compare_factors.usual_contexts(atlas, "blood_human", "blood_human")
    assert len(set(same)) == 4


def test_list_without_a_measured_factor_says_so(atlas, tmp_path):
    (tmp_path / "TF_mm_mgi.txt").write_text("Nobody\n")
    store = open_store(tmp_path)
    chosen = compare_factors.factor_lists(store)["tf_mgi"]
    view = compare_factors.build(CHOSEN, chosen, which="hubs", embedding=atlas, store=store)
    assert "No factor of this list" in view.notice
    assert view.table.empty


def test_contexts_survive_the_code_of_a_link():
    names = ["human_pancreas_baron", "mouse_liver", "a" * 100, "b"]
    code = compare_factors.code_of_contexts(names[:3])
    assert len(code) == 20
    assert compare_factors.contexts_of_code(code, names[::-1]) == names[:3]
    assert compare_factors.contexts_of_code(code, ["b", "mouse_liver"]) == ["mouse_liver"]
    assert compare_factors.contexts_of_code("", names) == []
