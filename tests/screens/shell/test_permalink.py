import json
import string
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musegnn.errors import InputError
from musegnn.screens.parts.colour_choices import COLOUR_LABELS
from musegnn.screens.shell import permalink
from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.permalink import address, decode, encode
from musegnn.screens.shell.screen import find_screen, screens

PAGES = [screen.name for screen in screens()]
FIELDS = permalink.fields()
KNOWN = {"contexts": ["blood_human", "liver_human"], "clusters": ["0", "1"]}
GOOD = {
    "gene": "Ins2",
    "dataset": "liver_human",
    "selection": "~LwOHYnjaE2fECjjqRBlxgJlYRWcQ",
    "list": "CD3E,CD4",
    "colour": "cluster",
    "zoom": "-13.295,13.125,-9.33,9.406",
    "k": "35",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_carries_its_own_fields_and_reads_them_back(page):
    query = encode(GOOD, page=page)
    assert set(query) == {entry.name for entry in find_screen(page).fields if entry.name in GOOD}
    text = urlsplit(address("http://localhost:8501/Atlas?old=1#top", query)).query
    linked = decode(dict(parse_qsl(text)), known=KNOWN)
    assert linked.values == query
    assert linked.messages == ()


def test_defaults_and_empty_values_stay_out_of_the_address():
    values = {name: entry.default for name, entry in FIELDS.items()}
    assert all(encode(values, page=page) == {} for page in PAGES)
    assert address("http://localhost/Gene", {}) == "http://localhost/Gene"


def longest_value(entry):
    """Return the value of a field that takes most room in an address."""
    if entry.choices:
        return max(entry.choices, key=len)
    if entry.most is not None:
        return str(entry.most)
    letters = {"gene": "\u20ac", "list": "A,", "zoom": "-13.295,"}.get(entry.name, "A")
    return (letters * entry.longest)[: entry.longest]


@pytest.mark.parametrize("page", PAGES)
def test_the_longest_address_of_a_page_stays_below_the_limit(page):
    query = {entry.name: longest_value(entry) for entry in find_screen(page).link_fields}
    assert len(address("https://dashboard.institute.example.org/Enrichment", query)) < 2_000


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"colour": "tisue"}, ["a colour of the map", "`tisue`", "Nearest: tissue"]),
        ({"dataset": "liver_humans"}, ["a context of this atlas", "Nearest: liver_human"]),
        ({"k": "0"}, ["from 5 to 100", "`0`"]),
        ({"k": "9" * 30}, ["from 5 to 100"]),
        ({"k": "\u0665"}, ["from 5 to 100"]),
        ({"zoom": "1,2,3"}, ["four numbers"]),
        ({"zoom": "1,2,3,nan"}, ["four numbers"]),
        ({"gene": "x" * 5000}, ["at most 35 characters", "xxx..."]),
        ({"gene": "<img src=x>"}, ["the name of a gene"]),
        ({"gene": "INS\n# Title"}, ["the name of a gene"]),
        ({"selection": "../../etc/passwd"}, ["the id of a selection"]),
        ({"run": "../x"}, ["the name of a run"]),
        ({"nonsense": "1", "zz`": "2"}, ["what no page knows: `nonsense, zz`"]),
    ],
)
def test_what_cannot_be_used_is_dropped_and_said(query, words):
    linked = decode({"gene": "INS", **query}, known=KNOWN)
    assert set(linked.values) == {"gene"} - set(query)
    assert len(linked.messages) == 1
    assert all(word in linked.messages[0] for word in words)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)) | st.text(max_size=10), st.text()))
def test_no_address_breaks_the_reader(query):
    linked = decode(query, known=KNOWN)
    assert set(linked.values) <= set(query) & set(FIELDS)
    for message in linked.messages:
        # a value from outside stands between two quotes and cannot leave them
        assert message.count("`") % 2 == 0
        assert not set(message) & set(map(chr, range(32)))
    for page in PAGES:
        carried = {name: linked.values[name] for name in linked.values}
        assert decode(encode(carried, page=page), known=KNOWN).messages == ()


@given(st.text(alphabet=string.printable + "\u20ac\u03b2", max_size=200))
def test_typed_text_is_made_fit_for_its_field(text):
    clean = permalink.clean("gene", text)
    permalink.check_value("gene", clean)
    assert len(clean) <= FIELDS["gene"].longest
    assert dict(parse_qsl(urlencode({"gene": clean}))).get("gene", "") == clean


def test_a_value_that_a_page_may_not_choose_is_refused():
    with pytest.raises(InputError, match="from 5 to 100"):
        encode({"k": "3"}, page="Gene")
    with pytest.raises(InputError, match="field of the link"):
        permalink.check_value("no such field", "1")
    with pytest.raises(InputError, match="`page`"):
        encode({}, page="Nowhere")


def test_a_list_of_the_atlas_that_is_not_given_is_not_asked():
    entry = LinkField("x", "a context", known="contexts")
    assert entry.problem("anything") == ""
    assert entry.problem("anything", known={"contexts": []}) == ""
    assert "Expected a context" in entry.problem("anything", known=KNOWN)


def test_no_two_fields_of_a_screen_share_a_name_and_a_shared_one_means_the_same_everywhere():
    for screen in screens():
        names = [entry.name for entry in screen.link_fields]
        assert len(names) == len(set(names))
        assert all(FIELDS[entry.name] is entry for entry in screen.link_fields)


def test_links_of_version_0_1_mean_what_they_meant():
    """One link a page with every field, and each word a field may have, written by that version."""
    old = json.loads(Path(__file__).with_name("links_of_version_0_1.json").read_text("utf-8"))
    defaults = {name: FIELDS[name].default for name in old["defaults"]}
    # of no link that names its edges: the page opens on fewer, and one switch shows the others
    assert defaults.pop("causal_kinds") == ""
    assert old["defaults"].pop("causal_kinds") == "curated,inferred,co-expressed"
    # nor its colour: that is the first that tells points apart, tissue where there are several
    assert old["defaults"]["colour"] == COLOUR_LABELS[0]
    assert defaults == {**old["defaults"], "colour": ""}
    known = {"contexts": ["blood_human", "pancreas_human"], "clusters": ["1"]}
    pages = set()
    for link in old["links"]:
        parts = urlsplit(link)
        page = parts.path.strip("/") or "Home"
        asked = dict(parse_qsl(parts.query))
        linked = decode(asked, known=known)
        assert linked.messages == ()
        assert linked.values == asked
        assert encode(linked.values, page=page) == asked
        pages.add(page)
    assert pages <= set(PAGES)
    assert len(pages) == 10
    carried = {name for link in old["links"] for name, _ in parse_qsl(urlsplit(link).query)}
    assert carried == {*old["defaults"], "causal_kinds"}
