from dataclasses import replace

import numpy as np
import pytest

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.context_names import context_labels
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.screens.atlas import view as atlas_view
from musegnn.screens.atlas.view import AtlasRequest
from musegnn.screens.parts.colour_choices import COLOUR_LABELS
from musegnn.screens.shell.selection import Selection


@pytest.fixture
def build(atlas):
    search = GeneSearch(atlas)
    return lambda **request: atlas_view.build(AtlasRequest(**request), atlas=Atlas(atlas, search))


@pytest.mark.parametrize("colour", COLOUR_LABELS)
def test_every_colour_covers_every_point(build, atlas, colour):
    view = build(colour=colour)
    assert len(view.layer.codes) == len(atlas.genes)
    assert view.n_drawn == view.n_stored == len(atlas.genes)


def test_unknown_colour_names_the_nearest(build):
    with pytest.raises(InputError, match="Did you mean 'tissue'"):
        build(colour="tisue")


def test_searched_gene_lights_all_its_contexts(build, atlas):
    view = build(gene="cd3e")
    lit = atlas.genes.iloc[view.lit]
    assert set(lit["gene"].str.upper()) == {"CD3E"}
    assert sorted(lit["dataset"]) == sorted(atlas.datasets.index)
    names = context_labels(atlas.datasets)
    assert view.lit_labels == tuple(names[name] for name in lit["dataset"].astype(str))
    assert "CD3E is lit in 6 contexts" in view.description


def test_ortholog_with_another_name_is_labelled_with_it(build):
    labels = build(gene="INS").lit_labels
    assert "Pancreas, human, 10x 3' v2, 2,126 cells" in labels
    assert "Ins2: Pancreas, mouse, Smart-seq2, 1,886 cells" in labels


def test_table_lists_the_lit_gene_while_nothing_is_selected(build):
    view = build(gene="CD3E")
    assert len(view.table) == 6
    assert view.table_title == "CD3E: 6 genes in context"


def test_a_context_without_cells_has_no_mean(atlas):
    known = atlas.datasets.assign(modality=keys.KNOWLEDGE)
    genes = atlas.genes.assign(modality=keys.KNOWLEDGE)
    of_knowledge = replace(atlas, datasets=known, table=genes)
    request = AtlasRequest(selection=Selection(np.array([5, 7])))
    for embedding, has_mean in ((atlas, True), (of_knowledge, False)):
        table = atlas_view.build(request, atlas=Atlas(embedding, GeneSearch(embedding))).table
        assert table["mean_expression"].notna().all() == has_mean


def test_selection_wins_over_the_lit_gene_in_the_table(build):
    view = build(gene="CD3E", selection=Selection(np.array([5, 7])))
    assert sorted(view.table["row"]) == [5, 7]
    assert view.selected.sum() == 2
    assert len(view.lit) == 6


def test_table_follows_the_legend_then_the_gene(build, atlas):
    view = build(selection=Selection(np.arange(len(atlas.genes))), colour="species")
    assert len(view.table) == len(atlas.genes)
    keys = list(zip(view.table["code"], view.table["gene"], view.table["context"], strict=True))
    assert keys == sorted(keys)
    legend = {entry.code: entry.label for entry in view.layer.legend}
    assert (view.table["code"].map(legend) == view.table["species"]).all()


def test_counts_add_up_to_the_table(build):
    view = build(selection=Selection(np.arange(0, 900, 7)))
    for counts, column in ((view.tissues, "tissue"), (view.species, "species")):
        assert counts["n"].sum() == len(view.table)
        assert counts["share"].sum() == pytest.approx(100)
        for name, n in zip(counts["name"], counts["n"], strict=True):
            assert n == (view.table[column] == name).sum()


def test_pasted_list_is_a_colour_and_is_listed_back(build, atlas):
    view = build(colour="my gene list", list_text="CD3E, GCG, nope")
    members = atlas.genes.iloc[view.list_rows]["gene"].str.upper()
    assert set(members) == {"CD3E", "GCG"}
    assert view.layer.codes.sum() == len(view.list_rows)
    assert any("2 of 3 names found" in line for line in view.notice)
    assert any("Unknown (1): `nope`" in line for line in view.notice)


def test_unknown_gene_lights_nothing_and_says_so(build):
    view = build(gene="TP-53")
    assert len(view.lit) == 0
    assert view.table.empty
    assert any("Nearest names: TP53" in line for line in view.notice)


def test_caption_says_what_a_point_is_and_that_none_is_left_out(build, atlas):
    caption = build().caption
    n = f"{len(atlas.genes):,}"
    assert "Each point is a gene in one context" in caption
    assert f"{n} of {n} points" in caption
    assert "3f9a2c7d" in caption


def test_nothing_asked_shows_an_empty_table(build):
    view = build()
    assert view.table.empty
    assert view.table_title == "Nothing selected yet"
    assert view.selected is None
    assert view.notice == ()


def test_five_thousand_pasted_lines_with_junk_are_sorted_into_classes(atlas):
    rng = np.random.default_rng(3)
    here = sorted(set(atlas.genes["gene"]))
    known = {f"KNOWN{number}" for number in range(700)}
    lines = [
        *rng.choice(here, 2_000),
        *rng.choice(sorted(known), 1_000),
        *(f"junk-{number}" for number in range(1_990)),
        *(
            "<script>",
            "=cmd()",
            "'; DROP TABLE",
            "\u0000",
            "x" * 10_000,
            "\u03b2",
            "../..",
            "%s",
            "NaN",
        ),
    ]
    text = "\n".join(rng.permutation(np.array(lines, dtype=object)).tolist())
    search = GeneSearch(atlas, known_symbols=known)
    view = atlas_view.build(AtlasRequest(list_text=text), atlas=Atlas(atlas, search))
    names = view.gene_list
    assert {match.query for match in names.found} == set(lines) & set(here)
    assert {match.query for match in names.absent} == set(lines) & known
    assert len(names.unknown) >= 1_990
    notice = "\n".join(view.notice)
    assert f"Known, but not in this atlas ({len(names.absent):,}): `KNOWN" in notice
    assert f"Unknown ({len(names.unknown):,}): `" in notice
    assert len(notice) < 3_000
    is_named = atlas.genes["gene"].isin(set(lines)).to_numpy()
    assert set(search.ortholog_groups[view.list_rows]) == set(search.ortholog_groups[is_named])
