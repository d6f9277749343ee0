"""The Compare page: two contexts, their table, the panels below, and what cannot be compared."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.screens.compare import cache as compare_cache
from musegnn.screens.shell.selection import Selection, SelectionHistory
from tests.page_visits import texts, visit_page
from tests.ui_fixtures import make_embedding

PAIR = {"left": "pancreas_human", "right": "blood_human"}
TABLE, PAIRS = 0, 1  # data frames on the page, in order


@pytest.fixture
def open_page(monkeypatch, atlas_folder):
    def run(folder=atlas_folder, query=None, session=None, knowledge=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        if knowledge is not None:
            monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
        return visit_page("6_Compare", query=query, session=session)

    return run


def healthy(page):
    assert not page.exception
    assert not page.error
    return page


def test_opens_with_two_species_of_one_tissue(open_page):
    page = healthy(open_page())
    assert page.selectbox(key="_left").value == "pancreas_human"
    assert page.selectbox(key="_right").value == "pancreas_mouse"
    headings = [item.value for item in page.subheader]
    assert headings[:2] == ["Pancreas, human", "Pancreas, mouse"]
    assert "in Pancreas, human, 10x 3' v2, 2,126 cells" in texts(page)
    assert headings[2].startswith("Genes whose neighbourhood changed most")
    assert "Orthologs in the same cluster" in [item.label for item in page.expander]
    downloads = {item.label for item in page.get("download_button")}
    assert {"This table as CSV", "Both maps as SVG", "Program as .py"} <= downloads


def test_table_lists_every_common_gene_with_test_and_background(open_page, atlas):
    page = healthy(open_page(query=PAIR))
    table = page.dataframe[TABLE].value
    names = atlas.genes["common_gene"]
    common = {name: set(names[atlas.genes["dataset"] == name]) for name in PAIR.values()}
    assert set(table["gene"]) == set.intersection(*common.values())
    assert table["change"].is_monotonic_decreasing
    assert "q_changed" not in table  # no second dataset of these tissues: it cannot be tested
    text = texts(page)
    assert "9,999 permutations, seed 0" in text
    assert "cannot be tested: no other dataset" in text
    assert "Orthologs in the same cluster" not in [item.label for item in page.expander]


def test_link_opens_the_view_it_was_copied_from(open_page):
    query = {
        **PAIR,
        "k": "10",
        "measure": "jaccard",
        "paired_colour": "cluster",
        "layout": "aligned on common genes",
        "order": "kept most",
    }
    page = healthy(open_page(query=query))
    assert {name: page.query_params[name] for name in query} == query
    assert page.slider(key="_k").value == 10
    assert page.selectbox(key="_measure").value == "jaccard"
    assert page.selectbox(key="_layout").value == "aligned on common genes"
    assert page.dataframe[TABLE].value["change"].is_monotonic_increasing
    assert "k = 10, change = 1 - Jaccard index" in texts(page)


def test_link_without_a_selection_carries_the_default_pair(open_page):
    page = healthy(open_page())
    assert page.query_params["left"] == "pancreas_human"
    assert page.query_params["right"] == "pancreas_mouse"


def test_other_difference_offers_other_pairs(open_page):
    page = open_page(query=PAIR)
    page.selectbox(key="_differ").set_value("species").run()
    healthy(page)
    assert len(page.selectbox(key="_left").options) == 2
    assert all("Pancreas" in option for option in page.selectbox(key="_left").options)
    page.selectbox(key="_differ").set_value("dataset").run()
    healthy(page)
    assert "No two contexts of this atlas differ in dataset alone" in texts(page)


def test_swap_exchanges_the_two(open_page):
    page = open_page(query=PAIR)
    page.button(key="swap").click().run()
    healthy(page)
    assert page.selectbox(key="_left").value == PAIR["right"]
    assert page.selectbox(key="_right").value == PAIR["left"]


def test_first_genes_of_the_list_become_the_selection_of_every_page(open_page, atlas):
    page = open_page(query=PAIR)
    first = page.dataframe[TABLE].value["gene"].head(7).tolist()
    page.number_input(key="_compare_top").set_value(7).run()
    page.button(key="select_top").click().run()
    healthy(page)
    assert page.dataframe[TABLE].value["gene"].tolist() == first
    assert "Selection: 7 of" in texts(page)
    selection = page.session_state["history"].current
    chosen = atlas.genes.iloc[selection.rows]
    assert set(chosen["common_gene"]) == set(first)
    assert set(chosen["dataset"]) == set(PAIR.values())
    assert "selection" in page.query_params
    page.button(key="undo").click().run()
    assert "changed most" in texts(page)


def test_selection_made_on_another_page_is_shown_here(open_page, atlas):
    plain = open_page(query=PAIR)
    row = int(atlas.genes.index[(atlas.genes["gene"] == "CD3E")][0])
    session = {
        "history": SelectionHistory((Selection(np.array([row])),)),
        "history_of": plain.session_state["history_of"],
    }
    page = healthy(open_page(query=PAIR, session=session))
    assert page.dataframe[TABLE].value["gene"].tolist() == ["CD3E"]


def test_a_pair_that_nobody_chose_follows_the_gene_and_a_chosen_one_stays(open_page, atlas):
    usual = open_page()
    pair = (usual.selectbox(key="_left").value, usual.selectbox(key="_right").value)
    genes = atlas.genes.astype({"dataset": str, "ortholog": str})
    has = genes.groupby("ortholog")["dataset"].agg(set)
    alone = has[[len(names) > 1 and not set(pair) <= names for names in has]]
    gene = next(name for name in alone.index if has[name] and name.isupper())
    usual.text_input(key="_gene").set_value(gene).run()
    assert {usual.selectbox(key="_left").value, usual.selectbox(key="_right").value} <= has[gene]
    usual.selectbox(key="_right").set_value(pair[1]).run()  # somebody chooses
    usual.selectbox(key="_left").set_value(pair[0]).run()
    assert (usual.selectbox(key="_left").value, usual.selectbox(key="_right").value) == pair


def test_searched_gene_that_is_not_common_is_said(open_page):
    page = healthy(open_page(query={"gene": "INS"}))
    assert "INS is not among the genes" in texts(page)


def test_too_large_a_neighbourhood_is_explained_and_the_rest_still_works(open_page, tmp_path):
    embedding = make_embedding()
    small = embedding.genes["dataset"] != "blood_human"
    small |= embedding.genes["cluster"] == "1"
    kept = np.flatnonzero(small)
    cut = dataclasses.replace(
        embedding,
        table=embedding.genes.iloc[kept].reset_index(drop=True),
        vectors=embedding.vectors[kept],
        layout=embedding.layout[kept],
        neighbour_graph=embedding.neighbour_graph[kept][:, kept],
    )
    write_embedding_set(cut, tmp_path / keys.EMBEDDING_FILE)
    page = open_page(tmp_path, query={**PAIR, "k": "60"})
    assert not page.exception
    assert "more than 61 common genes for neighbourhoods of 60" in page.error[0].value
    assert "All contexts by all contexts" in [item.label for item in page.expander]


def test_nothing_below_is_computed_before_it_is_opened(open_page, monkeypatch):
    monkeypatch.setattr(compare_cache, "compare_all_contexts", pytest.fail)
    page = healthy(open_page(query=PAIR))
    assert len(page.get("plotly_chart")) == 0


def test_all_contexts_are_listed_as_picture_and_table(open_page):
    page = healthy(open_page(query=PAIR, session={"compare_similarity": True}))
    assert len(page.get("plotly_chart")) == 1
    pairs = page.dataframe[PAIRS].value
    assert len(pairs) == 15
    page.selectbox(key="_heatmap_value").set_value("CKA").run()
    page.selectbox(key="_heatmap_order").set_value("similarity").run()
    healthy(page)
    assert page.dataframe[PAIRS].value["cka"].is_monotonic_decreasing


def test_tissues_of_the_pair_say_what_a_test_would_take(open_page):
    page = healthy(open_page(query=PAIR, session={"compare_tissues": True}))
    text = texts(page)
    assert "of pancreas (pancreas_human, pancreas_mouse) against" in text
    assert "This cannot be tested:" in text
    assert "more of blood would do" in text
    assert page.query_params["tissues"] == "open"
    same = {"left": "pancreas_human", "right": "pancreas_mouse", "tissues": "open"}
    assert "Both contexts are of pancreas" in texts(healthy(open_page(query=same)))


def test_factors_without_annotation_say_what_to_do(open_page):
    page = healthy(open_page(query=PAIR, session={"compare_factors": True}))
    assert "No annotation is loaded" in texts(page)
    assert "MUSEGNN_KNOWLEDGE" in texts(page)


def test_factors_are_counted_by_the_contexts_that_have_them(open_page, tmp_path):
    (tmp_path / "TF_human_lambert2018.txt").write_text("PAX6\nISL1\nTCF7\nSPI1\nEBF1\n")
    page = healthy(open_page(query=PAIR, session={"compare_factors": True}, knowledge=tmp_path))
    combinations = page.dataframe[PAIRS].value
    assert combinations["n"].sum() == 5
    contexts = page.multiselect(key="_factor_contexts")
    contexts.set_value(["blood_human"]).run()
    assert "Choose at least two contexts" in texts(healthy(page))


def test_link_opens_the_panels_below_as_they_were(open_page, tmp_path):
    (tmp_path / "TF_human_lambert2018.txt").write_text("PAX6\nISL1\nTCF7\nSPI1\nEBF1\n")
    (tmp_path / "TF_mouse_mgi.txt").write_text("Pax6\n")
    both = {"compare_similarity": True, "compare_factors": True}
    page = healthy(open_page(query=PAIR, session=both, knowledge=tmp_path))
    page.selectbox(key="_heatmap_value").set_value("CKA").run()
    page.selectbox(key="_heatmap_order").set_value("similarity").run()
    page.multiselect(key="_factor_contexts").set_value(["blood_human", "pancreas_mouse"]).run()
    page.selectbox(key="_factor_which").set_value("hubs").run()
    query = dict(healthy(page).query_params)
    other = healthy(open_page(query=query, knowledge=tmp_path))
    assert len(other.get("plotly_chart")) == len(page.get("plotly_chart")) == 2
    for found, expected in zip(other.dataframe, page.dataframe, strict=True):
        pd.testing.assert_frame_equal(found.value, expected.value)
    assert other.multiselect(key="_factor_contexts").value == ["blood_human", "pancreas_mouse"]
    assert other.selectbox(key="_factor_which").value == "hubs"

    # another pair starts with its own contexts
    other.selectbox(key="_right").set_value("pancreas_mouse").run()
    contexts = healthy(other).multiselect(key="_factor_contexts").value
    assert {"pancreas_human", "pancreas_mouse"} <= set(contexts)


@pytest.mark.parametrize(
    "query",
    [
        {"factors": "open", "factor_contexts": "nowhere,x", "factor_list": "none"},
        {"heatmap": "open", "heatmap_value": "x", "heatmap_order": "y", "factors": "x"},
        {"left": "../../etc", "right": "<script>"},
        {"left": "nowhere"},
        {"left": "pancreas_human", "right": "pancreas_human"},
        {"k": "0"},
        {"k": "9" * 400},
        {"layout": "x", "measure": "y", "order": "z", "paired_colour": "w", "differ": "v"},
    ],
)
def test_odd_links_do_no_harm(open_page, query):
    healthy(open_page(query=query))


def test_atlas_of_one_context_says_that_two_are_needed(open_page, tmp_path):
    embedding = make_embedding()
    kept = embedding.rows_of_dataset("blood_human")
    single = dataclasses.replace(
        embedding,
        table=embedding.genes.iloc[kept].reset_index(drop=True),
        vectors=embedding.vectors[kept],
        layout=embedding.layout[kept],
        neighbour_graph=embedding.neighbour_graph[kept][:, kept],
        datasets=embedding.datasets.loc[["blood_human"]],
    )
    write_embedding_set(single, tmp_path / keys.EMBEDDING_FILE)
    page = healthy(open_page(tmp_path))
    assert "No two contexts" in texts(page)
    assert len(page.dataframe) == 0
