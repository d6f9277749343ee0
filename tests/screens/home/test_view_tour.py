import importlib
import pkgutil
from dataclasses import replace

import pandas as pd

from musegnn import screens
from musegnn.analysis.annotated_atlas import read_atlas
from musegnn.analysis.enrichment.enrichment import enrich
from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.gene_set_choice import choose_neighbours
from musegnn.embeddings.reliability import doubtful_contexts
from musegnn.knowledge.store import KnowledgeStore
from musegnn.screens.benchmarks.columns import difference_columns
from musegnn.screens.compare.columns import change_columns
from musegnn.screens.enrichment.view import library_names
from musegnn.screens.home.view_glossary import glossary_table
from musegnn.screens.home.view_tour import build_tour, find_example
from musegnn.screens.parts.ortholog_columns import ortholog_columns
from musegnn.screens.shell import permalink
from musegnn.settings import REPOSITORY
from tests.ui_fixtures import make_large_embedding

SHIPPED = REPOSITORY / "data" / "atlas"


def test_the_example_is_a_known_gene_with_two_contexts_of_different_tissues(atlas):
    example = find_example(atlas)
    assert example.gene in {"CD79A", "Cd79a"}
    tissues = [atlas.datasets.loc[name, "tissue"] for name in example.contexts[:2]]
    assert tissues[0] != tissues[1]
    degrees = [
        atlas.genes.loc[
            (atlas.genes["ortholog"] == "CD79A") & (atlas.genes["dataset"] == name), "degree"
        ].max()
        for name in example.contexts
    ]
    assert degrees[0] == max(degrees)


def test_the_example_of_the_shipped_atlas_ends_in_terms_by_the_annotation_that_ships():
    atlas, store = read_atlas(SHIPPED), KnowledgeStore(None, REPOSITORY / "data" / "annotation")
    example = find_example(atlas.embedding)
    here, there = example.contexts[:2]
    doubtful = doubtful_contexts(atlas.embedding)
    assert doubtful
    assert not any(atlas.context_names[name] in doubtful for name in (here, there))
    library = load_library(store, library_names(store)[0], atlas=atlas)
    chosen = choose_neighbours(example.gene, here, atlas=atlas)
    found = enrich(chosen, index=library.index, atlas=atlas)
    assert (found.table["q"] < 0.05).any()


def test_an_atlas_without_known_genes_shows_its_most_frequent_one():
    embedding = make_large_embedding(200)
    example = find_example(embedding)
    assert example.gene.startswith("GENE")
    assert len(example.contexts) == 20


def test_every_step_opens_a_page_with_values_that_its_link_can_carry(atlas):
    known = {"contexts": atlas.datasets.index.tolist()}
    steps = build_tour(atlas)
    assert len(steps) == 12
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


def list_tables():
    """The columns of each table of each screen, as their modules say them."""
    for entry in pkgutil.walk_packages(screens.__path__, f"{screens.__name__}."):
        if entry.name.endswith(".columns"):
            for name, value in vars(importlib.import_module(entry.name)).items():
                if isinstance(value, tuple) and not name.startswith("_"):
                    yield f"{entry.name}.{name}", value
    yield "change", change_columns("left", "right", "k")
    yield "orthologs", ortholog_columns("one", "other")
    yield "differences", difference_columns("units")


def test_every_number_in_a_table_of_a_page_says_its_range_and_is_in_the_glossary():
    listed = set(glossary_table()["score"])
    tables = dict(list_tables())
    assert len(tables) > 20
    whole = {"text", "context", "right", "count", "d", "flag"}
    for place, columns in tables.items():
        for column in columns:
            if column.format not in whole:
                assert column.range, (place, column)
                assert column.meaning, (place, column)
            if column.range:
                assert column.header in listed, (place, column)
