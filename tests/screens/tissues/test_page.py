"""The Tissues page: empty, one gene, two lists, the test, what a click and a link say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from musegnn.analysis.neighbours.pooled_company import POOLED_BY as ANALYSED_BY
from musegnn.analysis.neighbours.pooled_company import pooled_company
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search
from musegnn.screens.shell.theme import DARK, LIGHT
from musegnn.screens.tissues import POOLED_BY
from musegnn.screens.tissues import view as tissues
from musegnn.screens.tissues.figure_company import plot_company
from musegnn.screens.tissues.figure_lists import plot_lists
from tests.page_visits import labels, texts
from tests.ui_fixtures import CONTEXTS, make_embedding

PAGE = "19_Tissues"


def make_view(gene="CD3E", left="", right="", by="tissue"):
    embedding = make_embedding()
    atlas = Atlas(embedding, open_search(embedding, None))
    company = pooled_company(gene, atlas=atlas, by=by, asked=left)
    pools = company.pools["pool"].tolist()
    return company, tissues.build(
        company, left=left or pools[0], right=right or pools[1], embedding=embedding
    )


def test_the_choices_are_those_of_the_analysis():
    assert POOLED_BY == ANALYSED_BY


def test_without_a_gene_it_says_what_to_do(open_page):
    page = open_page(PAGE)
    assert not page.exception
    assert "Type a gene on the left" in texts(page)
    assert not page.get("plotly_chart")
    assert any(label.startswith("CD") or label.isupper() for label in labels(page))


def test_a_gene_is_answered_in_words_pictures_and_tables(open_page):
    page = open_page(PAGE, query={"gene": "CD3E"})
    assert not page.exception
    assert not page.error
    text = texts(page)
    assert "CD3E stands nearest to **" in text
    assert "are among the 20 nearest in" in text
    assert len(page.get("plotly_chart")) == 3
    pools, partners = (table.value for table in page.dataframe)
    tissues_there = {tissue for _, _, tissue, _ in CONTEXTS}
    assert set(pools["pool"]) <= tissues_there
    assert {"gene", "closeness", "n_measured"} <= set(partners)
    assert "Genes as CSV" in [item.label for item in page.get("download_button")]


def test_the_link_says_which_two_and_what_is_pooled(open_page):
    _, view = make_view()
    other = view.pools["pool"].iloc[-1]
    query = {"gene": "CD3E", "pool": other, "pooled_by": "tissue", "k": "10"}
    page = open_page(PAGE, query=query)
    assert not page.exception
    assert page.selectbox(key="_tissues_pool").value == other
    assert "10 nearest" in texts(page)
    page.selectbox(key="_pooled_by").select("modality").run()
    assert not page.exception
    assert "nothing to compare" in texts(page)  # one modality alone


def test_a_tissue_that_has_not_measured_the_gene_is_said(open_page):
    page = open_page(PAGE, query={"gene": "CD3E", "pool": "phlogiston"})
    assert not page.exception
    assert "CD3E stands nearest to" in texts(page)


def test_the_test_is_folded_and_says_what_it_takes(open_page):
    page = open_page(PAGE, query={"gene": "CD3E", "pool_test": "open"})
    assert not page.exception
    assert "ways: no p below" in texts(page) or "Cannot be compared" in texts(page)


def test_lists_join_what_both_have_and_say_where_the_others_are():
    company, view = make_view()
    left, right = view.lists.values()
    for row, partner in enumerate(left["partner"]):
        if partner >= 0:
            assert right["gene"].iloc[partner] == left["gene"].iloc[row]
            assert right["partner"].iloc[partner] == row
    there = company.partners[company.partners["pool"] == view.right].set_index("gene")["rank"]
    for row in left[left["partner"] < 0].itertuples():
        if row.gene not in there.index:
            assert row.elsewhere == "not measured"
        elif not np.isnan(there[row.gene]):
            assert row.elsewhere.startswith(f"place {there[row.gene]:.0f} of ")


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_pictures_hold_every_gene_and_no_markup(on):
    _, view = make_view()
    lists = {f"<i>{name}": table for name, table in view.lists.items()}
    figure = plot_lists(lists, on=on)
    drawn = json.dumps(figure.to_plotly_json(), default=str)
    assert "<i>" not in drawn
    n_lines = sum(trace.mode == "lines" for trace in figure.data)
    assert n_lines == (view.lists[view.left]["partner"] >= 0).sum()
    picture = plot_company(view.genes, view.columns, view.closeness, view.hover, on=on)
    assert picture.data[1].z.shape == (len(view.genes), len(view.columns))
    assert len(picture.data[-1].customdata) == view.closeness.size
    assert np.isnan(view.closeness).sum() == (view.hover == "not measured").sum()


def test_one_list_alone_is_drawn():
    company, _ = make_view()
    pool = company.pools["pool"].iloc[0]
    view = tissues.build(company, left=pool, right="", embedding=make_embedding())
    assert len(plot_lists(view.lists, on=LIGHT).data) == 1
    assert "nothing to compare" in view.sentences[-1]


def test_a_technique_that_differs_is_called_as_people_call_it():
    embedding = make_embedding()
    datasets = embedding.datasets.assign(modality="scrna")
    datasets.loc["liver_human", "modality"] = "spatial"
    company, _ = make_view()
    pools = company.pools["pool"].tolist()
    view = tissues.build(
        company,
        left="liver",
        right=next(pool for pool in pools if pool != "liver"),
        embedding=replace(embedding, datasets=datasets),
    )
    (said,) = (text for text in view.warnings if "technique" in text)
    assert "liver is tissue section here" in said
    assert "single-cell RNA: the technique is part of the difference" in said


def test_what_else_differs_is_said():
    _, view = make_view(by="species and tissue", left="", right="")
    species = {name.rsplit(", ", 1)[-1] for name in (view.left, view.right)}
    assert any("the species is part of" in text for text in view.warnings) == (len(species) == 2)


def test_only_common_genes_can_be_listed(open_page):
    company, _ = make_view()
    left, right = company.pools["pool"].iloc[:2]
    view = tissues.build(
        company, left=left, right=right, embedding=make_embedding(), common_only=True
    )
    ranked = company.partners.dropna(subset="rank")
    common = set.intersection(
        *(set(ranked.loc[ranked["pool"] == p, "gene"]) for p in (left, right))
    )
    for own in view.lists.values():
        assert set(own["gene"]) <= common
        assert all(text.startswith("place ") for text in own["elsewhere"])
    first = view.lists[left]
    n_before = ranked[(ranked["pool"] == left) & ranked["gene"].isin(common)]["gene"].tolist()
    assert first["gene"].tolist() == n_before[:20]
    page = open_page(PAGE, query={"gene": "CD3E", "pool_genes": "common"})
    assert not page.exception
    assert "nearest among genes of both in" in texts(page)


def test_contexts_are_called_what_they_are_and_files_keep_their_names(open_page):
    page = open_page(PAGE, query={"gene": "CD3E", "pooled_by": "context"})
    assert not page.exception
    assert not page.error
    text = texts(page)
    assert "In Pancreas, " in text or "In Blood, " in text or "In Liver, " in text
    said = text.partition("In each of the")[0]
    assert not [name for name, *_ in CONTEXTS if name in said], said
    assert not set(page.dataframe[0].value["pool"]) & {name for name, *_ in CONTEXTS}
