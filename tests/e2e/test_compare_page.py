"""Two contexts side by side in a real browser: one selection, one link, and a way in by heatmap."""

import numpy as np
import pytest

from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.compare.view_comparison import compare
from musegnn.screens.shell.selection import rows_in_polygon
from tests.e2e.browser import choose

pytestmark = pytest.mark.e2e

PAIR = ("pancreas_human", "blood_human")


class Side:
    """One of the two maps, seen through the state it reports in its DOM."""

    def __init__(self, tab, side):
        self.tab = tab
        self.place = f".st-key-compare_{side} .gene-map"

    def wait(self, condition):
        self.tab.wait_for_function(
            f"(() => {{ const d = document.querySelector('{self.place}')?.dataset; "
            f"return d && d.drawn && ({condition}) }})()",
            timeout=60_000,
        )
        return self

    def state(self):
        return self.tab.locator(self.place).evaluate("node => ({...node.dataset})")

    def draw(self, vertices):
        self.tab.locator(f"{self.place} .gene-map-tool[data-tool=lasso]").click()
        plot = self.tab.locator(f"{self.place} .gene-map-plot")
        plot.scroll_into_view_if_needed()
        places = plot.evaluate(
            """(plot, vertices) => {
                const {xaxis, yaxis} = plot._fullLayout;
                const box = plot.getBoundingClientRect();
                return vertices.map(([x, y]) => [
                    box.left + xaxis._offset + xaxis.d2p(x),
                    box.top + yaxis._offset + yaxis.d2p(y),
                ]);
            }""",
            [[float(x), float(y)] for x, y in vertices],
        )
        self.tab.mouse.move(*places[0])
        self.tab.mouse.down()
        for place in places[1:]:
            self.tab.mouse.move(*place, steps=6)
        self.tab.mouse.up()


def sides(tab):
    return [Side(tab, side).wait("true") for side in ("left", "right")]


def test_lasso_on_one_map_selects_on_both_and_the_link_shows_the_same(visit, address, atlas):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Compare")
    sides(tab)  # human and mouse pancreas first
    choose(tab, "Right context", "Blood, human", exact=False)
    tab.get_by_role("heading", name="Blood, human").wait_for()
    left, right = sides(tab)
    comparison = compare(atlas, *PAIR, ChangeSettings())
    common = comparison.change.common
    left.wait(f"d.drawn === '{len(common)}'")
    # the same part of the plane on both maps
    ranges = [[float(v) for v in side.state()["range"].split()] for side in (left, right)]
    assert ranges[0] == pytest.approx(ranges[1], abs=0.01)

    row = GeneSearch(atlas).rows("CD3E")
    centre = atlas.layout[np.intersect1d(row, common.first_rows)][0]
    corners = centre + 1.6 * np.array([[-1, -1], [1, -1.2], [1.1, 1], [-0.9, 1.1], [-1, -0.9]])
    left.draw(corners)
    left.wait("Number(d.selected) > 0")
    n_selected = int(left.state()["selected"])
    expected = len(rows_in_polygon(atlas.layout[common.first_rows], *corners.T.tolist()))
    assert expected > 10
    # a mouse moves by whole pixels, so a point on the outline may fall on either side
    assert abs(n_selected - expected) <= 2
    right.wait(f"d.selected === '{n_selected}'")
    title = f"Selection: {n_selected} of {len(common)} common genes"
    tab.get_by_role("heading", name=title).wait_for()

    tab.wait_for_function("location.search.includes('selection=')")
    second = visit(address)
    second.tab.goto(tab.url)
    second.tab.get_by_role("heading", name=title).wait_for()
    for side in sides(second.tab):
        side.wait(f"d.selected === '{n_selected}' && d.colour === '{left.state()['colour']}'")
    assert page.errors == second.errors == []


def test_cell_of_the_heatmap_opens_its_pair(visit, address):
    tab = visit(address).tab
    tab.goto(f"{address}/Compare?left={PAIR[0]}&right={PAIR[1]}")
    sides(tab)
    tab.get_by_text("All contexts by all contexts").click()
    plot = tab.locator(".st-key-similarity_plot .js-plotly-plot")
    plot.wait_for(timeout=30_000)
    plot.scroll_into_view_if_needed()
    tab.wait_for_timeout(500)  # the page settles after it grew
    x, y = plot.evaluate(
        """plot => {
            const {xaxis, yaxis} = plot._fullLayout;
            const box = plot.getBoundingClientRect();
            const cells = plot.calcdata[1];
            const wanted = ({data: d}) => d[0] === "heart_mouse" && d[1] === "liver_human";
            const cell = cells.find(wanted);
            return [
                box.left + xaxis._offset + xaxis.d2p(cell.x),
                box.top + yaxis._offset + yaxis.d2p(cell.y),
            ];
        }"""
    )
    tab.mouse.move(x - 2, y - 2)
    plot.locator(".hovertext").wait_for()  # a click means the cell that the pointer rests on
    tab.mouse.click(x, y)
    tab.wait_for_function("location.search.includes('left=heart_mouse')", timeout=30_000)
    tab.get_by_role("heading", name="Heart, mouse").first.wait_for()
    tab.get_by_role("heading", name="Liver, human").first.wait_for()
