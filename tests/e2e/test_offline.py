"""The story of a first visit, on a server that cannot leave the machine, in a browser that does
not try.
"""

import io
import os
import re
import subprocess
import sys
from urllib.parse import urlparse

import numpy as np
import pandas as pd
import pytest

from benchmarks.streamlit_client import Visitor
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.shell.screen import screens
from musegnn.screens.shell.selection import rows_in_polygon
from tests.e2e.browser import take, under_guard

pytestmark = pytest.mark.e2e


def assert_nobody_tried(log):
    """The server ran under the guard, which saw nothing that would leave this machine."""
    assert log.with_suffix(".guarded").read_text().strip()
    attempts = log.with_suffix(".attempts")
    assert not attempts.exists(), attempts.read_text()


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.socket().connect(('192.0.2.1', 80))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "__import__('urllib.request').request.urlopen('http://example.org')",
    ],
)
def test_guard_refuses_and_writes_down(tmp_path, attempt):
    command = [sys.executable, "-c", f"import socket; {attempt}"]
    environment = {**os.environ, **under_guard(tmp_path / "network")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "may not reach" in done.stderr
    assert (tmp_path / "network.attempts").read_text().strip()


def test_every_page_answers_without_a_network_and_tries_none(address, network_log):
    for name in (screen.name for screen in screens()):
        visitor = Visitor(address)
        answer = visitor.open("" if name == "Home" else name, "gene=CD3E&list=CD3E,CD4")
        visitor.close()
        assert answer.errors == (), name
        assert answer.title, name
    assert_nobody_tried(network_log)


def draw_around(page, atlas, gene):
    """Draw a lasso around a gene; return how many points it encloses."""
    page.tool("lasso")
    centre = atlas.layout[GeneSearch(atlas).rows(gene)].mean(axis=0)
    corners = centre + 2.0 * np.array([[-1, -1], [1, -1.2], [1.1, 1], [-0.9, 1.1]])
    page.draw([*corners, corners[0] + [0.05, 0.05]])
    page.wait("Number(d.selected) > 0")
    return len(rows_in_polygon(atlas.layout, *corners.T.tolist()))


def check_neighbours(content, atlas):
    """The table of the twenty nearest to CD3E in blood is that of all cosines of this context."""
    table = pd.read_csv(io.BytesIO(content))
    row = atlas.row("CD3E", "blood_human")
    own = atlas.rows_of_dataset("blood_human")
    cosine = pd.Series(atlas.unit_vectors[own] @ atlas.unit_vectors[row], index=own).drop(row)
    best = cosine.sort_values(ascending=False).head(20)
    assert table["gene"].tolist() == atlas.genes["gene"].iloc[best.index].tolist()
    np.testing.assert_allclose(table["cosine"], best, rtol=1e-5)
    assert set(table["config_hash"]) == {"3f9a2c7d"}


def test_a_gene_is_found_lit_selected_opened_and_taken_home(visit, address, atlas, network_log):
    page = visit(address)
    tab = page.tab
    sockets = []
    tab.on("websocket", lambda socket: sockets.append(socket.url))
    tab.goto(address)
    tab.get_by_role("button", name="Open the Atlas").click()
    tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    assert page.state()["drawn"] == str(len(atlas.genes))

    box = tab.get_by_label("Find a gene", exact=True)
    box.fill("CD3E")
    box.press("Enter")
    page.wait("d.lit === '6' && d.labelled === '6'")
    page.choose_colour("cluster")
    page.wait("d.colour === 'cluster'")

    n_enclosed = draw_around(page, atlas, "CD3E")
    n_selected = int(page.state()["selected"])
    assert n_enclosed > 20
    # a mouse moves by whole pixels, so a point on the outline may fall on either side
    assert abs(n_selected - n_enclosed) <= 2
    tab.get_by_role("heading", name=f"Selection: {n_selected} genes in context").wait_for()

    name = tab.get_by_role("textbox", name=re.compile("selected points as"))
    name.fill("around CD3E")
    form = tab.get_by_test_id("stFormSubmitButton")  # the bar above the map saves genes
    form.get_by_role("button", name="Save", exact=True).click()
    tab.get_by_text("Saved selections (1)").wait_for(timeout=30_000)
    line = take(tab, "All as GMT")[1].decode("utf-8").strip().split("\t")
    assert line[0] == "around CD3E"
    assert "CD3E" in line[2:]
    assert take(tab, "Selection as h5ad")[1].startswith(b"\x89HDF")
    assert len(pd.read_csv(io.BytesIO(take(tab, "This table as CSV")[1]))) == n_selected
    assert take(tab, "Map as SVG")[1].startswith(b"<?xml")

    tab.get_by_role("button", name="Neighbours of CD3E in Blood, human").click()
    tab.get_by_role("heading", name="CD3E in Blood, human").wait_for(timeout=30_000)
    tab.wait_for_selector(".js-plotly-plot .main-svg", timeout=30_000)
    file_name, content = take(tab, "Neighbours as CSV")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d_synthetic-atlas_3f9a2c7d_CD3E-blood-human-neighbours\.csv", file_name
    )
    check_neighbours(content, atlas)
    assert b"graphml" in take(tab, "as GraphML")[1]
    tab.get_by_role("button", name="Light CD3E on the Atlas").click()
    page.wait("d.lit === '6'")

    urls = [url for url in (*page.requests, *sockets) if not url.startswith(("blob:", "data:"))]
    assert {urlparse(url).hostname for url in urls} == {"127.0.0.1"}
    assert sockets
    assert page.errors == []
    assert_nobody_tried(network_log)
