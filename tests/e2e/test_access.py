"""Everybody can read and use the pages: contrast, text alternatives, the way of the keyboard."""

import re

import pytest

from tests.e2e.browser import settle

pytestmark = pytest.mark.e2e

PAGES = {
    "Home": ("/", "[data-testid=stDataFrame]"),
    "Atlas": ("/Atlas?gene=CD3E", ".gene-map[data-drawn]"),
    "Gene": ("/Gene?gene=CD3E", ".js-plotly-plot .main-svg"),
}
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
TAB_LIMIT = 60

# contrast of every visible text against the ground behind it; inactive controls are exempt
READ_CONTRAST = """() => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    const scale = text.startsWith("color(srgb") ? 255 : 1;
    return [...parts.slice(0, 3).map((v) => v * scale), parts[3] ?? 1];
  };
  const over = (top, below) =>
    [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((v) => {
      const x = v / 255;
      return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (node, box) => {
    const layers = [];
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    for (let at = node; at; at = at.parentElement) {
      const own = at.getBoundingClientRect();
      const isInside = x >= own.left && x <= own.right && y >= own.top && y <= own.bottom;
      // the value of a slider stands above its thumb, not on it
      if (isInside || own.height > 40) layers.push(getComputedStyle(at).backgroundColor);
    }
    return layers.reverse().map(parse).reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    const text = node.textContent.trim();
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (!text || box.width < 3 || box.height < 3) continue;
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (parent.closest("style, script, canvas, [hidden]")) continue;
    if (parent.closest("[disabled], [aria-disabled=true]")) continue;
    const style = getComputedStyle(parent);
    const colour = parse(parent instanceof SVGElement ? style.fill : style.color);
    for (let at = parent; at; at = at.parentElement) {
      colour[3] *= Number(getComputedStyle(at).opacity);
    }
    const ground = groundOf(parent, box);
    const [low, high] = [light(over(colour, ground)), light(ground)].sort((a, b) => a - b);
    found.push([text.slice(0, 60), Math.round(((high + 0.05) / (low + 0.05)) * 100) / 100]);
  }
  return found;
}"""

READ_FOCUS = """() => {
  const at = document.activeElement;
  const label = at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.innerText || "";
  return label.trim().split("\\n")[0];
}"""


@pytest.fixture
def open_page(visit, address):
    def run(name, **options):
        path, sign = PAGES[name]
        page = visit(address, **options)
        page.tab.goto(f"{address}{path}")
        page.tab.wait_for_selector(sign, timeout=60_000)
        page.tab.wait_for_timeout(500)
        return page

    return run


def assert_enough_contrast(tab, report_number, name):
    for _ in range(20):  # what a part of the page is about to replace fades for a moment
        settle(tab)
        found = tab.evaluate(READ_CONTRAST)
        if min(ratio for _, ratio in found) >= LEAST_CONTRAST:
            break
        tab.wait_for_timeout(500)
    assert len(found) > 20
    report_number(f"least contrast of {name}", min(ratio for _, ratio in found))
    assert [entry for entry in found if entry[1] < LEAST_CONTRAST] == []


def assert_figures_have_text_alternatives(tab, name):
    if name == "Home":
        pictures = tab.locator("[data-testid=stImage] img")
        texts = [pictures.nth(i).get_attribute("alt") for i in range(pictures.count())]
    elif name == "Atlas":
        texts = [tab.locator(".gene-map-plot[role=img]").get_attribute("aria-label")]
    else:
        charts = tab.locator("[data-testid=stPlotlyChart]")
        texts = [
            charts.nth(i).evaluate(
                "node => node.getAttribute('aria-label') || "
                "node.querySelector('[role=img][aria-label]')?.getAttribute('aria-label') || "
                "node.closest('[aria-label]')?.getAttribute('aria-label') || ''"
            )
            for i in range(charts.count())
        ]
    assert texts
    assert all(len(text or "") > 30 for text in texts), texts
    assert name != "Atlas" or re.match("Map of .* CD3E is lit in 6 contexts", texts[0])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_contrast_text_alternatives_and_a_list_of_pages(open_page, report_number, name):
    tab = open_page(name).tab
    assert_enough_contrast(tab, report_number, f"{name}, light")
    assert_figures_have_text_alternatives(tab, name)
    links = tab.locator("[data-testid=stPageLink]").all_inner_texts()
    listed = [text.splitlines()[-1] for text in links]  # a sign stands before the name
    assert [page for page in listed if page in PAGES] == list(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_text_has_enough_contrast_in_the_dark(open_page, report_number, name):
    tab = open_page(name, color_scheme="dark").tab
    assert_enough_contrast(tab, report_number, f"{name}, dark")


def test_keyboard_reaches_search_then_colours_then_tools(open_page, atlas):
    page = open_page("Atlas")
    tab = page.tab
    order = []
    for _ in range(TAB_LIMIT):
        tab.keyboard.press("Tab")
        order.append(tab.evaluate(READ_FOCUS))
        if order[-1] == "See everything":
            break
    wanted = ("Find a gene", "Colour by", "Move", "Zoom", "Lasso", "Box", "See everything")
    places = [next((i for i, at in enumerate(order) if label in at), None) for label in wanted]
    assert None not in places, order
    assert places == sorted(places), order

    # and what it reaches answers
    page.tab.locator(".gene-map-tool[data-tool=box]").focus()
    page.tab.keyboard.press("Enter")
    assert page.state()["tool"] == "box"
    page.tab.locator('.gene-map-entry[data-label="liver"]').focus()
    page.tab.keyboard.press("Enter")
    n_liver = int((atlas.genes["tissue"] == "liver").sum())
    page.wait(f"d.selected === '{n_liver}'")
