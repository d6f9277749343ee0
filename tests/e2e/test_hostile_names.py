"""Names that are pictures, links, scripts and formulas, read by a real browser."""

import json
from urllib.parse import urlparse

import pytest

from musegnn.screens.shell.screen import screens
from tests.e2e.browser import dashboard, settle
from tests.hostile_atlas import PAYLOADS, write_hostile_atlas

pytestmark = pytest.mark.e2e

NAMES = (
    *PAYLOADS[:5],
    "http://evil.example/a?b=c&d",
    "https://evil.example WWW.EVIL.EXAMPLE a.b+c@evil.example",
    "a:blue-background[x]{.y} a:help :streamlit: :material/home:",
    "HLA-A*02:01 and HLA-B*07:02, __dunder__ _x_ a_b_c ~~no~~ ~no~",
    "# heading",
    "1. one",
    "2) two",
    "- dash",
    "+ plus",
    "> said",
    "=== ---",
    "| a | b |",
    "a <-> b -> c <- d -- e >= f <= g ~= h",
    "&copy; &#33; &amp; & &x",
    "``code`` \\ \\[ \\\\ ```x```",
    "[^1] [x]: http://evil.example 'title'",
    "<!-- hidden --> </div> <a href=//evil.example>x</a> <http://evil.example>",
    "$$y$$ \\(z\\) 5$ and 6$",
    "C:\\new GO:0001 p:q 12:30 a::b",
)
SCRIPT = """
import json, sys
import streamlit as st
from musegnn.screens.shell.words import escaped, prose
for i, name in enumerate(json.loads({names!r})):
    with st.container(key=f"markdown{{i}}"):
        st.markdown(escaped(name))
    with st.container(key=f"middle{{i}}"):
        st.caption(prose(f"**{{escaped(name)}}**"))
    with st.container(key=f"button{{i}}"):
        st.button(escaped(name), key=f"b{{i}}")
    with st.container(key=f"heading{{i}}"):
        st.subheader(escaped(name), anchor=False)
    with st.container(key=f"raw{{i}}"):
        st.info(prose(f"Of {{name}} and **{{name}}**"))
"""


def plain(text):
    """A text as it reads: what has no width is not seen."""
    return " ".join(text.replace("\u2060", "").split())


def test_a_name_reads_as_it_is_and_does_nothing(visit, tmp_path):
    script = tmp_path / "names.py"
    script.write_text(SCRIPT.format(names=json.dumps(NAMES)), encoding="utf-8")
    with dashboard(tmp_path, script=script) as address:
        page = visit(address)
        page.tab.goto(address)
        page.tab.locator(f".st-key-raw{len(NAMES) - 1}").wait_for(timeout=60_000)
        page.tab.wait_for_timeout(1000)
        shown = {
            kind: [plain(page.tab.locator(f".st-key-{kind}{i}").inner_text()) for i in places]
            for kind in ("markdown", "middle", "button", "heading")
            for places in [range(len(NAMES))]
        }
        made = page.tab.locator("[data-testid=stMain]").evaluate(
            "node => [...node.querySelectorAll('img, a, .katex, iframe, table, h1, ol, ul, hr, pre,"
            " blockquote, del, [data-testid=stIconMaterial], p span')].map(n => n.outerHTML)"
        )
    expected = [plain(name) for name in NAMES]
    for kind, texts in shown.items():
        assert texts == expected, kind
    assert made == []
    assert {urlparse(url).hostname for url in page.requests if url.startswith("http")} == {
        "127.0.0.1"
    }
    assert page.errors == []


def test_no_page_loads_or_links_what_an_atlas_names(visit, tmp_path):
    atlas = write_hostile_atlas(tmp_path)
    gene = next(gene for gene in atlas.genes["gene"] if gene.startswith(PAYLOADS[0]))
    with dashboard(tmp_path) as address:
        page = visit(address)
        for name in (screen.name for screen in screens()):
            page.tab.goto(f"{address}/{'' if name == 'Home' else name}")
            page.tab.locator("h1").first.wait_for(timeout=60_000)
            box = page.tab.get_by_label("Find a gene", exact=True)
            if name in {"Atlas", "Gene"}:
                box.fill(gene)
                box.press("Enter")
                page.tab.wait_for_timeout(1500)
            settle(page.tab)
            made = page.tab.evaluate(
                "[...document.querySelectorAll('img, a, iframe')].map(n => n.src || n.href)"
            )
            # what a page itself draws, such as the sign that it works, is a picture in its text
            led_to = {
                urlparse(url).hostname or url[:30]
                for url in made
                if not url.startswith("data:image/svg+xml")
            }
            assert led_to <= {"127.0.0.1"}, name
    asked = [url for url in page.requests if not url.startswith(("data:", "blob:"))]
    assert {urlparse(url).hostname for url in asked} == {"127.0.0.1"}
    assert page.errors == []
