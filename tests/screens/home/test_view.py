from dataclasses import replace

from musegnn.screens.home import view as home


def test_numbers_are_those_of_the_atlas(atlas):
    view = home.build(atlas)
    assert view.n_points == len(atlas.genes)
    assert view.n_contexts == 6
    assert view.n_genes == len(set(atlas.genes["common_gene"]))
    assert view.config == "3f9a2c7d"
    assert f"all {len(atlas.genes):,} points" in view.map_caption


def test_every_context_is_listed_with_its_source(atlas):
    table = home.build(atlas).contexts
    assert sorted(table["context"]) == sorted(atlas.datasets.index)
    assert table["tissue"].is_monotonic_increasing
    for column in ("technique", "source", "licence", "publication"):
        assert (table[column] != "").all()
    row = table.set_index("context").loc["blood_human"]
    assert row["cells"] == 4340
    assert row["edges"] == atlas.datasets.loc["blood_human", "n_edges"]


def test_column_that_an_atlas_lacks_stays_empty(atlas):
    bare = replace(atlas, datasets=atlas.datasets[["species", "tissue"]])
    assert (home.contexts_table(bare)["licence"] == "").all()


def test_three_sentences_open_the_page(atlas):
    view = home.build(atlas)
    assert len(view.sentences) == 3
    assert any("human and mouse" in line for line in view.origin)
