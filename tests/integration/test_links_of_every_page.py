"""The address of every page, opened in a new session, sends the same view element by element."""

from collections import Counter

import pytest

from benchmarks.streamlit_client import Visitor
from tests.e2e.browser import dashboard
from tests.page_visits import PAGES

LASSO = {"kind": "polygon", "x": [-9.0, 9.0, 9.0, -9.0], "y": [-9.0, -9.0, 9.0, 9.0]}
# what is chosen on a page, and what the link must then carry
QUERIES = {
    "Atlas": "gene=CD3E&colour=cluster&list=GCG,nope&ortholog_panel=open",
    "Gene": "gene=INS&dataset=pancreas_human&scope=all+contexts&k=7",
    "Compare": "left=blood_human&right=spleen_mouse&gene=CD3E",
    "Enrichment": "enrichment_kind=list&list=CD3E,CD4,LCK",
    "Causal": "causal_kind=list&list=CD3E,CD4,LCK",
    "Labels": "labels_kind=list&list=CD3E,CD4,LCK",
    "Modules": "module=T+cell&module_context=blood_human&module_value=near",
    "Drugs": "drugs_ask=signature",
    "Benchmarks": "group=published+six",
}
RANDOM = {"download_button"}  # its address is a secret of the session
# what tells of this moment: who is here, how much memory is free, the last lines of the log
MOVING = {"Server": {"dataframe", "markdown", "code"}}


@pytest.fixture(scope="module")
def address(atlas_folder, tmp_path_factory):
    folders = {
        name: str(tmp_path_factory.mktemp("own")) for name in ("MUSEGNN_LINKS", "MUSEGNN_RUNS")
    }
    with dashboard(atlas_folder, folders) as address:
        yield address


@pytest.fixture
def visitor(address):
    people = []

    def make():
        people.append(Visitor(address))
        return people[-1]

    yield make
    for person in people:
        person.close()


def shown(visitor, name=""):
    left_out = RANDOM | MOVING.get(name, set())
    return Counter(element for element in visitor.elements if element[0] not in left_out)


@pytest.mark.parametrize("name", [page.partition("_")[2] for page in PAGES])
def test_link_brings_the_same_page(visitor, name):
    first, second = visitor(), visitor()
    asked = QUERIES.get(name, "")
    answer = first.open("" if name == "Home" else name, asked)
    assert answer.errors == ()
    for part in filter(None, asked.replace(",", "%2C").split("&")):
        assert part in first.query
    assert second.open("" if name == "Home" else name, first.query).title == answer.title
    assert second.query == first.query
    assert len(first.query) < 1_900
    assert shown(second, name) == shown(first, name)


def test_selection_of_one_visitor_is_that_of_who_opens_the_link(visitor):
    first, second, third = visitor(), visitor(), visitor()
    first.open("Atlas")
    first.gesture("gene_map", "gesture", LASSO)
    assert "selection=" in first.query
    second.open("Atlas", first.query)
    # a label tells how a selection was made: by hand here, from a link there
    tables = [
        Counter(content for kind, content in person.elements if kind == "dataframe")
        for person in (first, second)
    ]
    assert sum(tables[0].values()) >= 3
    assert tables[0] == tables[1]
    third.open("Gene", f"gene=INS&{first.query}")
    assert first.query in third.query
