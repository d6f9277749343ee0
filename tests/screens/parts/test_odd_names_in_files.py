"""Files that people take away, with names that are no formulas and that files cannot hold."""

import csv
import io
import json
from xml.etree import ElementTree as ET

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.network_files import cx2, sif
from musegnn.analysis.causal.network_files import graphml as causal_graphml
from musegnn.embeddings.origin import Origin
from musegnn.io.spreadsheet import table_text
from musegnn.screens.compare.figure_maps_svg import paired_maps_svg
from musegnn.screens.gene.view_network import graphml_bytes
from musegnn.screens.parts.point_map import MapColours
from musegnn.screens.parts.point_map_svg import point_map_svg
from musegnn.validation import writable

NAMES = (
    r"$\frac{1}$",
    "$x_{$",
    "$$",
    r"$\nosuchmacro$ and \text",
    "a\x00b",
    "a\x01b",
    "\ud800 half",
    "<&>\"'",
    "\uffff\x1b[31m\x7f",
    "two\nlines\tand a tab",
)
ORIGIN = Origin(name="$x_{$ \x00", config_hash="\ud800", model="m", seed="0")


def colours():
    """Points in as many groups as there are names, each called after one."""
    n = len(NAMES)
    return MapColours(
        title=NAMES[0],
        is_scale=False,
        colours=("#ff0000",) * n,
        codes=np.arange(n),
        legend=tuple((code, name, 1) for code, name in enumerate(NAMES)),
    )


@pytest.mark.filterwarnings("ignore:Glyph .* missing")  # the reader's font may have it
def test_a_map_of_odd_names_is_xml_that_says_them():
    layout = np.random.default_rng(0).normal(size=(len(NAMES), 2))
    text = point_map_svg(
        layout, colours(), title=NAMES[1], caption=NAMES[2], lit=range(len(NAMES)), lit_labels=NAMES
    )
    said = " ".join(ET.fromstring(text.encode("utf-8")).itertext())
    for name in NAMES[:4]:
        assert name in said
    assert "a\u2400b" in said
    assert "a\u2401b" in said


@pytest.mark.filterwarnings("ignore:Glyph .* missing")
def test_two_maps_of_odd_names_are_xml():
    layout = np.random.default_rng(0).normal(size=(len(NAMES), 2))
    text = paired_maps_svg(
        (layout, layout), (colours(), colours()), titles=(NAMES[0], NAMES[1]), caption=NAMES[4]
    )
    assert NAMES[1] in " ".join(ET.fromstring(text.encode("utf-8")).itertext())


def test_networks_of_odd_names_are_read_back():
    nodes = pd.DataFrame({"node": NAMES, "note": NAMES})
    edges = pd.DataFrame({"source": NAMES[:-1], "target": NAMES[1:], "w": 1.0})
    read = nx.read_graphml(io.BytesIO(graphml_bytes(nodes, edges, ORIGIN)))
    assert len(read) == len(NAMES)
    assert {"a\u2400b", "a\u2401b", NAMES[1]} <= set(read)
    assert read.number_of_edges() == len(NAMES) - 1


class Network:
    """As much of a causal network as its files need."""

    nodes = pd.DataFrame({"node": (*NAMES, "alone\n")})
    edges = pd.DataFrame(
        {
            "regulator": NAMES[:-1],
            "target": NAMES[1:],
            "kind": "curated",
            "sign": 1,
            "is_directed": True,
        }
    )


def test_causal_networks_of_odd_names_are_read_back():
    n = len(Network.nodes)
    about = {"atlas": NAMES[4], "context": NAMES[6]}
    assert len(nx.read_graphml(io.BytesIO(causal_graphml(Network, about)))) == n
    lines = sif(Network).decode("utf-8").splitlines()
    assert len(lines) == n - 1
    assert [line.count("\t") for line in lines] == [2] * (n - 2) + [0]
    document = json.loads(cx2(Network, np.zeros((n, 2)), about).decode("utf-8"))
    assert sum(len(part.get("nodes", ())) for part in document) == n


def test_a_table_of_odd_names_can_be_encoded_and_read_back():
    table = pd.DataFrame({"name": NAMES, "\udfff column": range(len(NAMES))})
    text = table_text(table).encode("utf-8").decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[0] for row in rows[1:]] == [name.replace("\ud800", "\ufffd") for name in NAMES]
    assert rows[0][1] == "\ufffd column"


@pytest.mark.parametrize("name", ["INS", "HLA-A*02:01", "\u00e4\u4e2d\U0001f9ec", "a\tb\nc"])
def test_what_can_be_written_stays(name):
    assert writable(name) == name
