from dataclasses import replace

import pandas as pd

from musegnn.screens.causal import panel as causal_panels
from musegnn.screens.causal import panel_regulators as causal_regulator_panels
from musegnn.screens.causal import panel_rules as causal_rules_panel
from musegnn.screens.compare import panel_similarity as compare_similarity_panel
from musegnn.screens.compare import panel_table as compare_table
from musegnn.screens.enrichment import panel_tables as enrichment_tables
from musegnn.screens.gene import panel as gene_panels
from musegnn.screens.gene import panel_contexts as gene_contexts_panel
from musegnn.screens.home.view_glossary import glossary_table
from musegnn.screens.home.view_tour import build_tour, find_example
from musegnn.screens.labels import panel as label_panels
from musegnn.screens.shell import permalink
from musegnn.screens.shell import tables as tables_of_pages
from tests.ui_fixtures import make_large_embedding


def test_the_example_is_a_known_gene_with_two_contexts_of_different_tissues(atlas):
    example = find_example(atlas)
    assert example.gene in {"CD3E", "Cd3e"}
    tissues = [atlas.datasets.loc[name, "tissue"] for name in example.contexts[:2]]
    assert tissues[0] != tissues[1]
    degrees = [
        atlas.genes.loc[
            (atlas.genes["ortholog"] == "CD3E") & (atlas.genes["dataset"] == name), "degree"
        ].max()
        for name in example.contexts
    ]
    assert degrees[0] == max(degrees)


def test_an_atlas_without_known_genes_shows_its_most_frequent_one():
    embedding = make_large_embedding(200)
    example = find_example(embedding)
    assert example.gene.startswith("GENE")
    assert len(example.contexts) == 20


def test_every_step_opens_a_page_with_values_that_its_link_can_carry(atlas):
    known = {"contexts": atlas.datasets.index.tolist()}
    steps = build_tour(atlas)
    assert len(steps) == 7
    for page, step in steps:
        query = permalink.encode(step.fields, page=page)
        defaults = {name: permalink.field(name).default for name in step.fields}
        assert query == {n: v for n, v in step.fields.items() if v != defaults[n]}
        assert permalink.decode(query, known=known).messages == ()
        assert bool(step.label) == (page != "Home")
        assert "{" not in step.title + step.text + step.label


def test_an_empty_or_a_small_atlas_has_fewer_steps(atlas):
    nothing = replace(atlas, table=atlas.genes.iloc[:0])
    assert build_tour(nothing) == ()
    one = replace(atlas, table=atlas.genes[atlas.genes["dataset"] == "blood_human"])
    assert "Compare" not in {page for page, _ in build_tour(one)}


def test_glossary_says_range_and_meaning_of_each_score_once():
    table = glossary_table()
    assert not table.duplicated(["score", "page"]).any()
    assert (table != "").all(axis=None)
    assert isinstance(table, pd.DataFrame)
    assert {"cosine", "overlap", "q"} <= set(table["score"])


def test_every_score_in_a_table_of_a_page_is_in_the_glossary():
    listed = set(glossary_table()["score"])
    tables = [
        *(tables_of_pages._COLUMNS, gene_panels._MEANINGS, gene_contexts_panel._COMPANY),
        *(compare_similarity_panel._MEANINGS, compare_table._meanings("a", "b", 5)),
        *(causal_panels._EDGE_COLUMNS, causal_regulator_panels._COLUMNS),
        *(causal_rules_panel._METRICS, causal_rules_panel._BINS),
        *(enrichment_tables._COLUMNS, label_panels._NUMBERS),
    ]
    named_otherwise = {"low": "low, high", "high": "low, high"}
    missing = {
        named_otherwise.get(header, header)
        for columns in tables
        for header, _, kind, *_ in columns.values()
        if kind not in {"", "text", "count", "localized", "%d"}
    } - listed
    assert missing == set()
