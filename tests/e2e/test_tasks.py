"""Nine things people come for, each from a clean profile on Home to an answer, actions counted.

An action is a press, a choice, a drawn line, a file that is given, or text typed into one box. The
atlas is the one that ships, with the annotation that ships; *Causal*, for which none ships, is
asked with small tables too. Counts become a graph in `test_data_page.py`. The numbers are those of
`docs/waiting.md`.
"""

import io
import json
import re
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from playwright.sync_api import expect

from musegnn.embeddings.embedding_set import read_embedding_set
from tests.causal_knowledge import write_causal_knowledge
from tests.e2e.browser import ROOT, annotated_dashboard, choose, settle, shipped_dashboard
from tests.knowledge_folder import write_knowledge

pytestmark = pytest.mark.e2e

SHIPPED = ROOT / "data" / "atlas"
MOST = {  # actions of each task; a test fails when a page needs more
    "neighbours of INS, human beside mouse": 3,
    "liver against brain": 3,
    "the map by species": 2,
    "a list on the map": 2,
    "a list, as GMT and enriched": 4,
    "drawn on the map, named and asked about": 6,
    "what regulates INS, as GraphML": 3,
    "a link in another profile": 2,
    "a session in another profile": 5,
    "a figure for a paper": 2,
}
LIST = "CD3E CD3D CD3G CD2 CD5 CD6 CD27 LCK IL7R CCR7 SELL LTB TRAC TCF7 LEF1 BCL11B NOTHERE"


class Person:
    """What a visitor does in a tab, counted."""

    def __init__(self, page, address):
        self.page, self.tab, self.n_actions = page, page.tab, 0
        self.tab.goto(address)
        self.tab.get_by_role("heading", name="Genes in context").wait_for(timeout=60_000)
        settle(self.tab)

    def press(self, name, *, exact=True, role="button"):
        self.n_actions += 1
        self.tab.get_by_role(role, name=name, exact=exact).first.click(timeout=60_000)
        settle(self.tab)

    def press_above_the_map(self, name):
        self.n_actions += 1
        bar = self.tab.locator(".st-key-selection_bar")
        bar.get_by_role("button", name=re.compile(f"^{name}")).first.click(timeout=60_000)
        body = self.tab.locator("[data-testid=stPopoverBody]").filter(visible=True)
        body.wait_for(timeout=60_000)
        return body

    def open(self, page):
        self.press(page, role="link")
        self.tab.get_by_role("heading", name=page, exact=True).wait_for(timeout=60_000)
        settle(self.tab)

    def type(self, box, text):
        self.n_actions += 1
        # one with suggestions becomes a box of choices once they are there
        choices = self.tab.get_by_role("combobox", name=box)
        place = self.tab.get_by_role("textbox", name=box).or_(choices)
        place.fill(text)
        place.press("Control+Enter")
        settle(self.tab)

    def choose(self, box, option):
        self.n_actions += 1
        choose(self.tab, box, option, exact=False)
        settle(self.tab)

    def give(self, *paths):
        self.n_actions += 1
        self.tab.locator("input[type=file]").first.set_input_files(list(map(str, paths)))
        settle(self.tab)

    def take(self, name):
        self.n_actions += 1
        with self.tab.expect_download(timeout=60_000) as event:
            self.tab.get_by_role("button", name=name).first.click()
        return Path(event.value.path()).read_bytes()

    def reads(self, pattern):
        found = self.tab.get_by_text(re.compile(pattern)).filter(visible=True)
        found.first.wait_for(timeout=60_000)


@pytest.fixture(scope="module")
def atlas():
    return read_embedding_set(SHIPPED / "embedding.h5ad")


@pytest.fixture(scope="module")
def bare(browser, tmp_path_factory):
    """The shipped atlas with the annotation that ships and no other."""
    with shipped_dashboard(tmp_path_factory.mktemp("cache")) as address:
        yield address


@pytest.fixture(scope="module")
def annotated(browser, tmp_path_factory):
    """The shipped atlas with small tables of all kinds that the pages read."""

    def write(folder):
        write_knowledge(folder)
        write_causal_knowledge(folder)

    with annotated_dashboard(SHIPPED, tmp_path_factory.mktemp("cache"), write) as address:
        yield address


@pytest.fixture(params=["bare", "annotated"])
def address(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def person(visit, report_number):
    """Begin a task, and count its actions in the end."""
    begun = []

    def begin(task, address):
        who = Person(visit(address), address)
        begun.append((task, who))
        return who

    yield begin
    for task, who in begun:
        report_number(f"actions, {task}", who.n_actions)
        assert who.page.errors == []
        expect(who.tab.locator("[data-testid=stException]")).to_have_count(0)


def within(task, who):
    return who.n_actions <= MOST[task]


def nearest(atlas, gene, dataset, k):
    """The nearest genes by a plain product of all vectors of a context."""
    genes = atlas.genes.reset_index(drop=True)
    here = genes[genes["dataset"] == dataset]
    unit = atlas.vectors[here.index].astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    own = int(np.flatnonzero(here["gene"] == gene)[0])
    order = np.argsort(-(unit @ unit[own]), kind="stable")
    return [name for name in here["gene"].to_numpy()[order] if name != gene][:k]


def test_a_neighbours_human_beside_mouse(person, bare, atlas):
    task = "neighbours of INS, human beside mouse"
    who = person(task, bare)
    who.open("Tissues")
    who.press("INS")
    who.choose("Take contexts together by", "species and tissue")
    who.reads("In pancreas, human .*INS stands nearest to IAPP")
    who.reads("In pancreas, mouse .*stands? nearest to")
    assert nearest(atlas, "INS", "human_pancreas_baron", 1) == ["IAPP"]
    assert within(task, who)


def test_b_liver_against_brain(person, bare):
    task = "liver against brain"
    who = person(task, bare)
    who.open("Tissues")
    who.type("Find a gene", "APOE")
    who.choose("beside", "brain")
    who.reads(r"In liver \(.*stands nearest to")
    who.reads(r"In brain \(.*stands nearest to")
    who.reads(r"Of the 20 nearest in liver, \d+ are among the 20 nearest in brain")
    assert within(task, who)


def test_c_colour(person, bare, atlas):
    task = "the map by species"
    who = person(task, bare)
    who.open("Atlas")
    who.choose("Colour by", "species")
    who.page.wait("d.colour === 'species'")
    counted = atlas.genes["species"].astype(str).value_counts()
    for species, n in counted.items():
        entry = who.tab.locator(f'.gene-map-entry[data-label="{species}"]')
        assert f"{n:,}" in entry.inner_text()
    assert within(task, who)


def test_d_a_list_is_seen_taken_and_asked(person, bare):
    who = person("a list, as GMT and enriched", bare)
    who.open("Atlas")
    who.type("Paste gene names", LIST)
    who.reads("List: 1[0-9] of 17 names found")
    who.page.wait("Number(d.labelled) > 0")
    assert within("a list on the map", who)
    line = who.take("GMT").decode("utf-8").split("\n")[0].split("\t")
    assert {"CD3E", "LCK"} <= set(line[2:])
    assert "NOTHERE" not in line[2:]
    who.press("Enrichment")
    who.tab.get_by_role("heading", name="Enrichment").wait_for(timeout=60_000)
    settle(who.tab)
    who.reads(r"[1-9]\d* of [\d,]+ terms are enriched")
    who.reads("T cell")
    assert within("a list, as GMT and enriched", who)


def test_e_points_are_drawn_named_and_asked_about(person, bare):
    task = "drawn on the map, named and asked about"
    who = person(task, bare)
    who.open("Atlas")
    who.tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    who.page.tool("lasso")
    low_x, high_x, low_y, high_y = map(float, who.page.state()["range"].split())
    x, y = (low_x + high_x) / 2, (low_y + high_y) / 2
    width, height = (high_x - low_x) / 8, (high_y - low_y) / 8
    who.page.draw([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)])
    who.n_actions += 2
    who.page.wait("Number(d.selected) > 5")
    n_selected = int(who.page.state()["selected"])
    settle(who.tab)
    who.n_actions += 1
    box = who.press_above_the_map("Save").get_by_role("textbox", name="Name")
    box.fill("the middle")
    box.press("Enter")
    who.reads("Saved selections \\(1\\)")
    who.tab.keyboard.press("Escape")
    who.press("Enrichment")
    who.tab.get_by_role("heading", name="Enrichment").wait_for(timeout=60_000)
    settle(who.tab)
    who.reads(r"(\d+ of [\d,]+ terms are enriched|None of [\d,]+ terms)")
    assert n_selected > 5
    assert within(task, who)


def test_f_what_regulates_it(person, address, request):
    task = "what regulates INS, as GraphML"
    who = person(task, address)
    who.open("Causal")
    who.press("INS")
    who.reads("INS and its 50 nearest in Pancreas")
    graph = nx.read_graphml(io.BytesIO(who.take("Network as GraphML")))
    kinds = {edge["kind"] for _, _, edge in graph.edges(data=True)}
    if request.node.callspec.params["address"] == "annotated":
        assert kinds == {"curated"}  # what is known comes first
        assert ("MAFA", "INS") in graph.edges
    else:
        assert kinds == {"co-expressed"}
        who.reads("No table of who regulates whom in human is at hand")
    assert within(task, who)


def test_h_a_link_opens_in_another_profile(person, visit, bare):
    task = "a link in another profile"
    who = person(task, bare)
    who.tab.goto(f"{bare}/Gene?gene=INS&dataset=human_pancreas_baron&k=7")
    who.tab.get_by_role("heading", name="INS in Pancreas, human").wait_for(timeout=60_000)
    settle(who.tab)
    who.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    who.n_actions += 1
    who.tab.get_by_role("button", name="Copy link").click()
    who.reads("Link copied")  # stands there for two seconds
    link = who.tab.evaluate("navigator.clipboard.readText()")
    who.n_actions += 1
    other = visit(bare).tab
    other.goto(link)
    other.get_by_role("heading", name="INS in Pancreas, human").wait_for(timeout=60_000)
    other.get_by_text(re.compile("The 7 nearest of 1,999 genes in context to INS")).first.wait_for()
    assert within(task, who)


def test_i_a_session_opens_in_another_profile(person, visit, bare, tmp_path):
    task = "a session in another profile"
    who = person(task, bare)
    who.tab.goto(f"{bare}/Gene?gene=INS&dataset=human_pancreas_baron&k=7")
    who.tab.get_by_role("heading", name="INS in Pancreas, human").wait_for(timeout=60_000)
    settle(who.tab)
    who.press("Session", exact=False)
    session = tmp_path / "session.json"
    session.write_bytes(who.take("Save session"))
    assert json.loads(session.read_text("utf-8"))
    other = Person(visit(bare), bare)
    other.press("Session", exact=False)
    other.give(session)
    other.press("Load session", exact=False)
    other.tab.get_by_role("heading", name="INS in Pancreas, human").wait_for(timeout=60_000)
    other.reads("The 7 nearest of 1,999 genes in context to INS")
    who.n_actions += other.n_actions
    assert within(task, who)


def test_j_a_figure_for_a_paper(person, bare):
    task = "a figure for a paper"
    who = person(task, bare)
    who.open("Atlas")
    who.tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    content = who.take("Map as PDF")
    (box,) = re.findall(rb"/MediaBox\s*\[([^\]]*)\]", content)
    assert float(box.split()[2]) / 72 * 25.4 == pytest.approx(183, abs=0.1)
    assert within(task, who)
