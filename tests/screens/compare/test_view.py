"""What the Compare page shows, against the analysis and simple loops."""

from dataclasses import replace

import numpy as np
import pytest

from musegnn.analysis.comparison.context_alignment import align_contexts
from musegnn.analysis.comparison.context_similarity import compare_all_contexts
from musegnn.analysis.comparison.neighbourhood_change import (
    FEW_TOLD,
    ChangeSettings,
    neighbourhood_change,
)
from musegnn.analysis.comparison.same_tissue_null import FEWEST_VALUES, SameTissueNull
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.context_names import context_labels, short_context_labels
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.keys import RELIABILITY_COLUMNS
from musegnn.screens.compare import ALIGNED_LAYOUT, COLOUR_LABELS, KEPT_MOST, LAYOUTS, LOST
from musegnn.screens.compare import view_pairs as compare_pairs
from musegnn.screens.compare import view_similarity as compare_similarity
from musegnn.screens.compare import view_words as words
from musegnn.screens.compare.methods import compare_methods
from musegnn.screens.compare.view import CompareRequest, build
from musegnn.screens.compare.view_colours import paired_layers
from musegnn.screens.compare.view_comparison import compare, genes_of_rows, rows_of_genes
from musegnn.screens.parts import gene_colours as atlas_colours
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.theme import LIGHT
from tests.snippets import read_again, run_snippet
from tests.toy_contexts import Context, gene_names, make_set
from tests.ui_fixtures import make_graph

PAIR = ("pancreas_human", "pancreas_mouse")
SETTINGS = ChangeSettings(k=10, permutations=500)


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


@pytest.fixture(scope="module")
def comparison(atlas):
    graphs = (make_graph(atlas, PAIR[0]), make_graph(atlas, PAIR[1]))
    return compare(atlas, *PAIR, SETTINGS, graphs=graphs)


@pytest.fixture
def view(atlas, search, comparison):
    def make(**request):
        return build(CompareRequest(**request), comparison, atlas=Atlas(atlas, search))

    return make


def test_comparison_holds_the_numbers_of_the_analysis(atlas, comparison):
    graphs = (make_graph(atlas, PAIR[0]), make_graph(atlas, PAIR[1]))
    change = neighbourhood_change(atlas, *PAIR, SETTINGS, graphs=graphs)
    assert comparison.change.table.equals(change.table)
    alignment = align_contexts(atlas, change.common)
    assert comparison.alignment.after == alignment.after
    assert comparison.alignment.p == alignment.p
    assert (comparison.left, comparison.right, comparison.has_graphs) == (*PAIR, True)


def test_view_lists_every_common_gene_and_says_what_was_tested(view, comparison):
    shown = view()
    n_genes = len(comparison.change.common)
    assert shown.table["gene"].tolist() == comparison.change.table["gene"].tolist()
    assert shown.selected is None
    assert f"{n_genes} common genes" in shown.table_title
    assert f"n = {n_genes} common genes, k = 10" in shown.table_caption
    assert "500 permutations, seed 0" in shown.table_caption
    assert "Benjamini-Hochberg" in shown.table_caption
    text = " ".join(sentence for sentence, _ in shown.summary)
    assert f"**{n_genes} common genes**" in text
    assert "1 ortholog groups without a single partner" in text
    assert "cannot be tested: no other dataset" in text
    assert " 0 of them go beyond" not in text  # what cannot be tested is no nought
    assert f"residual {comparison.alignment.before:.3g} before" in text
    assert all(meaning for _, meaning in shown.summary)


def test_places_are_those_of_the_atlas_or_of_the_aligned_plane(view, atlas, comparison):
    common = comparison.change.common
    left, right = view().places
    np.testing.assert_array_equal(left, atlas.layout[common.first_rows])
    np.testing.assert_array_equal(right, atlas.layout[common.second_rows])
    assert "UMAP of the whole atlas" in view().caption
    aligned = view(layout=ALIGNED_LAYOUT)
    assert aligned.places[0].shape == aligned.places[1].shape == left.shape
    assert "after the alignment" in aligned.caption


def test_selection_of_either_row_selects_the_gene_on_both_maps_and_in_the_table(view, comparison):
    common = comparison.change.common
    rows = np.array([common.first_rows[3], common.second_rows[8], 0, 1])
    expected = {common.names[3], common.names[8]}
    expected |= set(common.names[np.isin(common.first_rows, [0, 1])])
    shown = view(selection=Selection(rows))
    assert set(common.names[shown.selected]) == set(shown.table["gene"]) == expected
    assert shown.table_title.startswith(f"Selection: {len(expected)} of")
    both = rows_of_genes(comparison, shown.selected)
    assert (genes_of_rows(comparison, both) == shown.selected).all()
    assert len(both) == 2 * len(expected)


def test_selection_elsewhere_in_the_atlas_leaves_the_view_as_it_is(view, atlas):
    rows = atlas.rows_of_dataset("liver_human")
    shown = view(selection=Selection(rows))
    assert shown.selected is None
    assert "changed most" in shown.table_title


def test_searched_gene_and_marked_row_are_lit_with_the_symbol_of_each_side(view, comparison):
    common = comparison.change.common
    shown = view(gene="cd3e", marked="PAX6")
    assert list(common.names[shown.lit]) == ["CD3E", "PAX6"]
    assert shown.lit_labels == (("CD3E", "PAX6"), ("Cd3e", "Pax6"))
    assert shown.match.status == "found"


def test_gene_that_is_not_common_one_to_one_is_said(view):
    shown = view(gene="INS")
    assert not len(shown.lit)
    assert "INS is not among the genes" in shown.notice[0]
    unknown = view(gene="CD3EE")
    assert "not a gene name known here" in unknown.notice[0]


def test_kept_most_turns_the_order_round(view, comparison):
    shown = view(order=KEPT_MOST)
    assert shown.table["gene"].tolist() == comparison.change.table["gene"].tolist()[::-1]
    assert "stayed most alike" in shown.table_title


@pytest.mark.parametrize("label", COLOUR_LABELS)
def test_both_maps_share_codes_and_legend_with_the_atlas(atlas, search, comparison, label):
    list_rows = search.rows_of_genes(("CD3E", "GCG"))
    layers = paired_layers(label, comparison.change, embedding=atlas, list_rows=list_rows)
    common = comparison.change.common
    assert [e.code for e in layers[0].legend] == [e.code for e in layers[1].legend]
    for layer, rows in zip(layers, (common.first_rows, common.second_rows), strict=True):
        assert len(layer.codes) == len(common)
        if label in {"change", "lost beyond sampling"}:
            # nothing was measured in these contexts: both show what is known
            assert "cannot be shown, since the reliability" in layer.note
            change = comparison.change.table.set_index("gene")["change"].loc[common.names]
            order = np.argsort(change.to_numpy())
            assert (np.diff(layer.codes[order].astype(int)) >= 0).all()
            continue
        whole = atlas_colours.colour_layer(label, embedding=atlas, list_rows=list_rows)
        assert [e.label for e in layer.legend] == [e.label for e in whole.legend]
        if label != "my gene list":
            np.testing.assert_array_equal(layer.codes, whole.codes[rows])
        if layer.kind != "number":
            assert sum(e.n for e in layer.legend) == len(common)
    if label == "my gene list":
        assert set(common.names[layers[0].codes == 1]) == {"CD3E", "GCG"}


def test_what_was_lost_beyond_sampling_is_a_colour_and_what_cannot_be_told_is_grey(atlas):
    loose = atlas.rows_of_dataset(PAIR[0])[::3]
    shares = np.full(len(atlas), 0.8, dtype=np.float32)
    shares[loose] = 0.0
    columns = dict.fromkeys(RELIABILITY_COLUMNS, shares)
    measured = replace(atlas, table=atlas.genes.assign(**columns))
    change = compare(measured, *PAIR, SETTINGS).change
    nothing = np.empty(0, dtype=np.int64)
    left, right = paired_layers(LOST, change, embedding=measured, list_rows=nothing)
    assert left is right
    labels = {entry.code: entry.label for entry in left.legend}
    effect = change.table.set_index("gene")["effect"].loc[change.common.names]
    for value, code in zip(effect, left.codes.tolist(), strict=True):
        ends = {"below 0": (-1, 0), "0.5 or more": (0.5, 1.01), "cannot be told": None}
        label = labels[code]
        if np.isnan(value):
            assert label == "cannot be told"
        else:
            low, high = ends.get(label) or map(float, label.split(" to "))
            assert low <= value < high
    assert sum(entry.n for entry in left.legend) == len(effect)
    assert left.legend[-1].n == np.isin(change.common.first_rows, loose).sum() > 0
    colours = map_colours(left, on=LIGHT)
    assert not colours.is_scale
    assert len(set(colours.colours)) == len(labels)
    assert colours.colours[-1] == LIGHT.other
    raw, _ = paired_layers("change", change, embedding=measured, list_rows=nothing)
    assert "badly measured genes" in raw.note


def test_the_words_of_both_tests_say_what_each_one_asks(atlas):
    columns = dict.fromkeys(RELIABILITY_COLUMNS, np.full(len(atlas), 0.8, dtype=np.float32))
    measured = replace(atlas, table=atlas.genes.assign(**columns))
    comparison = compare(measured, *PAIR, SETTINGS)
    change, names = comparison.change, context_labels(atlas.datasets)
    differ, beyond = (text for text, _ in words.summary(comparison, names)[1:3])
    assert f"{change.n_differing:,} of the {change.n_told:,} genes" in differ
    assert "only other cells of the same sample" in differ
    assert "Is it more than donor and technique?" in beyond
    assert "cannot be tested: no other dataset" in beyond
    null = SameTissueNull((("a", "b"),), np.zeros(FEWEST_VALUES), 1)
    table = change.table.assign(q_changed=0.5, call="changed", q_differs=0.01)

    def said(**changes):
        known = replace(change, null=null, table=table.assign(**changes))
        return words.summary(replace(comparison, change=known), names)[2][0]

    n = len(table)
    assert f"0 of these {n} genes changed more than genes do between two datasets" in said()
    assert "1 such pair in this atlas): they may differ by donor or technique alone" in said()
    assert f"{n} of these {n} genes" in said(call="changed beyond its tissue")
    assert "alone" not in said(call="changed beyond its tissue")
    assert "alone" not in said(q_differs=0.9)

    def asked(n_told, q=0.01):
        some = np.where(np.arange(n) < n_told, q, np.nan)
        known = replace(change, table=table.assign(q_differs=some, effect=0.5))
        return words.summary(replace(comparison, change=known), names)[1][0]

    assert n > FEW_TOLD
    assert "6 of 57 genes were called where fewer than 30" in asked(FEW_TOLD - 1)
    assert "to be doubted" not in asked(FEW_TOLD)
    assert "to be doubted" not in asked(3, q=0.9)  # nothing is called


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"colour": "chnage"}, "Did you mean 'change'"),
        ({"layout": "map"}, "Expected `layout` to be one of"),
        ({"order": "first"}, "Expected `order` to be one of"),
    ],
)
def test_what_is_not_offered_is_refused(view, request_, message):
    with pytest.raises(InputError, match=message):
        view(**request_)


def test_methods_program_gives_the_table_of_the_page(atlas_folder, atlas, search):
    from musegnn.embeddings.co_expression import read_context_graph

    graphs = (read_context_graph(atlas, PAIR[0]), read_context_graph(atlas, PAIR[1]))
    comparison = compare(atlas, *PAIR, SETTINGS, graphs=graphs)
    rows = comparison.change.common.first_rows[:9]
    request = CompareRequest(order=KEPT_MOST, selection=Selection(rows))
    table = build(request, comparison, atlas=Atlas(atlas, search)).table
    methods = compare_methods(
        comparison, embedding=atlas, order=KEPT_MOST, selected=tuple(table["gene"])
    )
    assert methods.parameters["permutations"] == 500
    called = short_context_labels(atlas.datasets)
    assert methods.title == f"Neighbourhood change from {called[PAIR[0]]} to {called[PAIR[1]]}"
    found = run_snippet(methods, atlas_folder)
    assert found.equals(read_again(table.drop(columns="code")))


# pairs


@pytest.mark.parametrize(
    ("tissue", "parts"),
    [
        ("breast tumour", ("breast", "tumour")),
        ("lung tumour lines", ("lung", "tumour lines")),
        ("heart (fetal)", ("heart", "fetal")),
        ("bone marrow", ("bone marrow", "")),
        ("tumour", ("tumour", "")),
    ],
)
def test_tissue_is_taken_apart_into_organ_and_condition(tissue, parts):
    assert compare_pairs.split_tissue(tissue) == parts


def make_kinds(*kinds):
    names = gene_names(6)
    return make_set(
        *(
            Context(f"c{i}", names[: 6 - i], np.eye(6)[: 6 - i], species, tissue, modality)
            for i, (species, tissue, modality) in enumerate(kinds)
        )
    )


KINDS = (
    ("human", "lung tumour", "scrna"),
    ("human", "lung", "scrna"),
    ("human", "lung", "spatial"),
    ("mouse", "lung", "scrna"),
    ("human", "heart", "scrna"),
)


@pytest.mark.parametrize(
    ("what", "pair"),
    [
        ("condition", ("c1", "c0")),
        ("species", ("c1", "c3")),
        ("tissue", ("c1", "c4")),
        ("technique", ("c0", "c2")),
        ("anything", ("c1", "c0")),
    ],
)
def test_first_pair_differs_in_what_was_asked(what, pair):
    found = compare_pairs.choose_pair(make_kinds(*KINDS), left="", right="", differing_in=what)
    if what == "technique":  # both lung samples qualify; healthy stands on the left
        assert {found.left, found.right} <= {"c0", "c1", "c2"}
    else:
        assert (found.left, found.right) == pair
    assert found.left in found.lefts
    assert found.right in found.rights


def test_contexts_that_have_the_gene_go_before_others():
    embedding = make_kinds(*KINDS)
    usual = compare_pairs.choose_pair(embedding, left="", right="")
    assert (usual.left, usual.right) == ("c1", "c0")
    for having in ({"c1", "c3"}, {"c1", "c4"}, {"c0", "c2"}, {"c3", "c4"}):
        found = compare_pairs.choose_pair(embedding, left="", right="", having=having)
        assert {found.left, found.right} == having
    half = compare_pairs.choose_pair(embedding, left="c1", right="", having={"c1", "c4"})
    assert (half.left, half.right) == ("c1", "c4")
    for having in ((), {"c4"}):  # no pair of them: as if nothing was asked
        found = compare_pairs.choose_pair(embedding, left="", right="", having=having)
        assert (found.left, found.right) == ("c1", "c0")
    wished = compare_pairs.choose_pair(embedding, left="c4", right="c3", having={"c0", "c1"})
    assert (wished.left, wished.right) == ("c4", "c3")


def test_wished_pair_is_kept_when_it_fits_and_replaced_when_not():
    embedding = make_kinds(*KINDS)
    kept = compare_pairs.choose_pair(embedding, left="c4", right="c3")
    assert (kept.left, kept.right) == ("c4", "c3")
    moved = compare_pairs.choose_pair(embedding, left="c1", right="c4", differing_in="species")
    assert (moved.left, moved.right) == ("c1", "c3")
    assert list(moved.rights) == ["c3"]
    assert "3 common" in moved.rights["c3"]
    twice = compare_pairs.choose_pair(embedding, left="c1", right="c1")
    assert (twice.left, twice.right) == ("c1", "c1")


def test_difference_that_no_pair_has_is_said():
    found = compare_pairs.choose_pair(
        make_kinds(*KINDS[:2]), left="", right="", differing_in="species"
    )
    assert (found.left, found.lefts) == ("", {})
    assert "No two contexts of this atlas differ in species alone" in found.note
    single = compare_pairs.choose_pair(make_kinds(KINDS[0]), left="", right="")
    assert single.left == ""


# all contexts by all contexts


def test_matrix_is_reordered_with_its_names_and_the_pair_is_found(atlas):
    similarity = compare_all_contexts(atlas, k=10)
    position = {name: i for i, name in enumerate(similarity.names)}
    for value in compare_similarity.HEATMAP_VALUES:
        for order in compare_similarity.HEATMAP_ORDERS:
            shown = compare_similarity.build(
                similarity, embedding=atlas, value=value, order=order, left=PAIR[0], right=PAIR[1]
            )
            field = getattr(similarity, compare_similarity.HEATMAP_VALUES[value][0])
            for i, first in enumerate(shown.names):
                for j, second in enumerate(shown.names):
                    expected = field[position[first], position[second]]
                    assert (shown.values[i, j] == expected) or (i == j)
            assert tuple(shown.names[i] for i in shown.chosen) == PAIR
    assert len(shown.table) == 15
    assert shown.table["value"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("points", "pair"),
    [
        ([], None),
        ([{"customdata": None}], None),
        ([{"x": 1}], None),
        ([{"customdata": ["a", "a", "", "", ""]}], None),
        ([{"customdata": ["a", "b", "", "", ""]}], ("a", "b")),
    ],
)
def test_pair_behind_a_click(points, pair):
    assert compare_similarity.pair_of_points(points) == pair


def test_layouts_are_what_a_link_may_ask_for():
    assert LAYOUTS[0] == "map of the atlas"
