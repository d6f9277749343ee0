"""What a map says by itself: where names stand, what is said of them, marks of a list, cards."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from musegnn import keys
from musegnn.analysis.enrichment.cluster_names import name_clusters
from musegnn.analysis.enrichment.term_index import build_term_index
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.screens.parts import map_names_panel
from musegnn.screens.parts.list_marks import MOST_MARKED, MOST_NAMED, mark_list
from musegnn.screens.parts.map_names import build_names, densest_places, place_names
from musegnn.screens.parts.map_names_panel import take_gesture
from musegnn.screens.parts.map_writing_figure import AT_REST, Writing, write_names
from musegnn.screens.parts.point_card import point_card
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.parts.point_map_panel import SetMap
from musegnn.screens.parts.point_map_svg import MapLook, point_map_svg
from musegnn.screens.shell.colour_layer import category_layer
from musegnn.screens.shell.selection import NOTHING, SelectionHistory
from musegnn.screens.shell.theme import LIGHT
from tests.ui_fixtures import MODULES, make_embedding


@pytest.fixture(scope="module")
def opened():
    embedding = make_embedding()
    return Atlas(embedding, GeneSearch(embedding))


@pytest.fixture(scope="module")
def names(opened):
    terms = {f"{name} (GO:{i:07d})": text.split() for i, (name, text) in enumerate(MODULES.items())}
    found = name_clusters(opened, [("Made <b>terms</b>", build_term_index(terms))])
    return place_names(found, opened.embedding)


def test_a_name_stands_where_its_cluster_is_densest():
    rng = np.random.default_rng(1)
    many, few, other = (
        rng.normal(centre, 0.1, (n, 2))
        for centre, n in (((3, 1), 60), ((-3, 2), 30), ((0, 0), 200))
    )
    layout = np.concatenate([many, few, other])
    codes = np.repeat([0, 0, 1], [60, 30, 200])
    places = densest_places(layout, codes, [0, 1])
    np.testing.assert_allclose(places, [[3, 1], [0, 0]], atol=0.15)


def test_a_name_keeps_off_the_crowd_of_another_cluster():
    rng = np.random.default_rng(1)
    mixed, alone, crowd = (
        rng.normal(centre, 0.1, (n, 2))
        for centre, n in (((3, 1), 60), ((-3, 2), 40), ((3, 1), 600))
    )
    layout = np.concatenate([mixed, alone, crowd])
    places = densest_places(layout, np.repeat([0, 0, 1], [60, 40, 600]), [0])
    np.testing.assert_allclose(places, [[-3, 2]], atol=0.15)


def test_names_are_ordered_by_size_and_lead_to_their_rows(opened, names):
    sizes = [name.points for name in names.placed]
    assert sizes == sorted(sizes, reverse=True)
    clusters = opened.embedding.genes[keys.CLUSTER].astype(str).to_numpy()
    for name in names.placed:
        assert (
            names.rows(name.cluster).tolist() == np.flatnonzero(clusters == name.cluster).tolist()
        )
        assert names.label(name.cluster) == name.text
        assert "(GO:" not in name.text
        assert "(GO:" in name.evidence
    assert len(names.rows("no such cluster")) == 0


def test_the_caption_has_test_background_numbers_and_limit(names):
    caption = names.caption
    for part in ("10 clusters", "Background", "196", "q at most 0.05", "no draws", "Made <b>terms"):
        assert part in caption
    assert "no finding" not in caption


def test_names_of_what_was_made_of_tables_say_so(opened, names):
    made = replace(names, found=replace(names.found, is_circular=True))
    assert "no finding" in made.caption


def test_without_a_library_nothing_is_called_a_term(opened):
    found = build_names(opened, None)
    assert "No library of terms is at hand" in found.caption or "No names" in found.caption
    assert {name.kind for name in found.placed} <= {"markers"}


def test_a_list_is_named_once_a_gene_at_its_middle():
    layout = np.array([[0, 0], [1, 0], [9, 0], [5, 5], [5, 6]], dtype=float)
    marked = mark_list(np.arange(5), np.array(["A", "A", "A", "B", "B"]), layout)
    assert marked.labels == ((1, "A"), (3, "B"))
    many = np.array([f"G{i}" for i in range(MOST_NAMED + 1)])
    far = np.zeros((len(many), 2))
    assert mark_list(np.arange(len(many)), many, far).labels == ()
    assert len(mark_list(np.arange(len(many)), many, far).rows) == len(many)
    n = MOST_MARKED + 1
    assert len(mark_list(np.arange(n), np.array(["A"] * n), np.zeros((n, 2))).rows) == 0


def test_a_card_has_the_five_nearest_of_the_context(opened):
    embedding = opened.embedding
    row = int(opened.search.rows("ALB")[0])
    card = point_card(embedding, row)
    rows = embedding.rows_of_dataset(str(embedding.genes[keys.DATASET].iloc[row]))
    cosine = {
        str(embedding.genes[keys.GENE].iloc[other]): float(
            embedding.unit_vectors[other] @ embedding.unit_vectors[row]
        )
        for other in rows
        if other != row
    }
    best = sorted(cosine, key=lambda gene: -cosine[gene])[:5]
    assert [gene for gene, _ in card["neighbours"]] == best
    assert card["neighbours"][0][1] == f"{cosine[best[0]]:.2f}"
    with pytest.raises(InputError, match="row"):
        point_card(embedding, len(embedding))


class State:
    """What `take_gesture` does to a page."""

    def __init__(self):
        self.history, self.gene, self.dataset, self.page = SelectionHistory(), "", "", ""

    def select(self, new, *, mode="replace"):
        self.history = self.history.apply(new, mode=mode)

    def leave_for(self, page):
        self.page = page


@pytest.fixture
def page(opened, names, monkeypatch):
    monkeypatch.setattr(map_names_panel, "known_names", lambda atlas: names)
    layer = category_layer(opened.embedding.genes[keys.TISSUE], title="tissue")
    drawn = SetMap({"id": "x"}, {}, MapColours("tissue", False, layer.codes, ("#000",), ()))
    frame = SimpleNamespace(atlas=opened, state=State())

    def do(**gesture):
        take_gesture(frame, drawn, gesture, layer, mode="replace")
        return frame.state

    return do, layer


def test_a_press_on_a_name_selects_its_cluster(page, names):
    do, _ = page
    first = names.placed[0]
    state = do(kind="name", cluster=first.cluster)
    assert state.history.current.label == first.text
    assert len(state.history.current) == first.points
    # what does not exist, as from a page that was left open, changes nothing
    assert len(do(kind="name", cluster="99").history.current) == first.points


def test_entries_of_the_legend_are_added_and_taken_out_again(page):
    do, layer = page
    first, second = (np.flatnonzero(layer.codes == code) for code in (0, 1))
    assert do(kind="legend", code=0, how="").history.current.rows.tolist() == first.tolist()
    both = do(kind="legend", code=1, how="add").history.current
    assert both.rows.tolist() == sorted([*first, *second])
    assert do(kind="legend", code=0, how="remove").history.current.rows.tolist() == second.tolist()
    assert len(do(kind="legend", code=1, how="remove").history.current) == len(NOTHING)


def test_open_goes_to_the_gene_in_its_context(page, opened):
    do, _ = page
    state = do(kind="open", row=7)
    own = opened.embedding.genes.iloc[7]
    assert (state.gene, state.dataset, state.page) == (own["gene"], own["dataset"], "Gene")
    for row in (-1, len(opened.embedding)):
        with pytest.raises(InputError, match="row"):
            do(kind="open", row=row)


def test_a_gesture_of_no_known_kind_is_refused(page):
    do, _ = page
    with pytest.raises(InputError, match="Expected a click"):
        do(kind="dance")


def svg_of(opened, names, part="", look=None):
    embedding = opened.embedding
    layer = category_layer(embedding.genes[keys.TISSUE], title="tissue")
    colours = MapColours("tissue", False, layer.codes, ("#123456",) * 6, ())
    placed = tuple((name.x, name.y, name.text) for name in names.placed)
    writing = Writing(names=placed, marked=(3, 4), labels=((3, "MARKED"),))
    return point_map_svg(
        embedding.layout, colours, look=look or MapLook(writing=writing), part=part
    )


def test_a_file_has_the_names_and_the_list_as_text(opened, names):
    svg = svg_of(opened, names)
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
    assert "MARKED" in texts
    shown = {name.text.split()[0] for name in names.placed}
    assert len(shown & set(" ".join(texts).split())) >= 5
    assert svg == svg_of(opened, names)
    assert "MARKED" not in svg_of(opened, names, look=MapLook())


def test_a_narrow_map_has_fewer_names_those_of_most_points_and_cuts_none():
    placed = [(x, y, f"a name of cluster {5 * x + y}") for x in range(5) for y in range(5)]
    written = {}
    for inches in (8.0, 3.5, 0.5):
        figure = Figure(figsize=(inches, inches), dpi=100)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-0.5, 4.5), ylim=(-0.5, 4.5))
        n = write_names(axes, placed, dots=np.empty((0, 2)), zoom=1, on=LIGHT)
        FigureCanvasAgg(figure).draw()
        boxes = [text.get_window_extent() for text in axes.texts]
        written[inches] = [text.get_text().replace("\n", " ") for text in axes.texts]
        assert len(boxes) == n
        for box in boxes:
            assert (box.min >= -2).all()
            assert (box.max <= 100 * inches + 2).all()
        assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])
    assert len(written[8.0]) == AT_REST
    assert 1 <= len(written[3.5]) < AT_REST
    assert written[3.5][0] == placed[0][2]  # the first matters most
    assert written[0.5] == []  # no name fits


def test_a_part_of_a_map_has_the_names_that_lie_in_it(opened, names):
    first, *others = names.placed
    part = f"{first.x - 0.2},{first.x + 0.2},{first.y - 0.2},{first.y + 0.2}"
    texts = " ".join(re.findall(r"<text[^>]*>([^<]+)</text>", svg_of(opened, names, part=part)))
    assert first.text.split()[0] in texts
    outside = [
        name.text for name in others if abs(name.x - first.x) > 2 or abs(name.y - first.y) > 2
    ]
    assert outside
    assert not any(name in texts for name in outside)


def test_a_map_of_some_rows_has_the_names_of_which_it_has_enough(opened, names):
    cluster = names.placed[0].cluster
    own, others = names.rows(cluster), names.rows(names.placed[1].cluster)
    rows = np.concatenate([own[:12], others[:9]])
    layout = np.zeros((21, 2))
    layout[:12] = (4, 5)
    placed = names.placed_on(rows, layout)
    assert [(name.cluster, name.points, name.x, name.y) for name in placed] == [(cluster, 12, 4, 5)]
