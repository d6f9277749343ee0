"""The whole story with a server that cannot leave the machine and a browser that does not try."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pandas as pd
import pytest

from benchmarks.streamlit_client import Visitor
from musegnn.embeddings.gene_search import GeneSearch
from tests.e2e.browser import ROOT, dashboard

pytestmark = pytest.mark.e2e

GUARD = Path(__file__).parent / "network_guard"


@pytest.fixture
def guarded(tmp_path):
    return {
        "PYTHONPATH": os.pathsep.join([str(GUARD), str(ROOT)]),
        "NETWORK_GUARD_LOG": str(tmp_path / "network"),
    }


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
def test_guard_refuses_and_writes_down(guarded, tmp_path, attempt):
    command = [sys.executable, "-c", f"import socket; {attempt}"]
    environment = {**os.environ, **guarded}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "may not reach" in done.stderr
    assert (tmp_path / "network.attempts").read_text().strip()


def test_every_page_answers_without_a_network_and_tries_none(atlas_folder, guarded, tmp_path):
    knowledge = {"MUSEGNN_LINKS": str(tmp_path / "links"), "MUSEGNN_RUNS": str(tmp_path / "runs")}
    with dashboard(atlas_folder, {**guarded, **knowledge}) as address:
        for page in sorted((ROOT / "pages").glob("*.py")):
            name = page.stem.partition("_")[2]
            visitor = Visitor(address)
            answer = visitor.open("" if name == "Home" else name, "gene=CD3E&list=CD3E,CD4")
            visitor.close()
            assert answer.errors == ()
            assert answer.title
    assert (tmp_path / "network.guarded").read_text().strip()  # the server ran under the guard
    attempts = tmp_path / "network.attempts"
    assert not attempts.exists(), attempts.read_text()


def test_story_works_without_a_network(visit, atlas_folder, atlas, guarded, tmp_path):
    with dashboard(atlas_folder, guarded) as address:
        page = visit(address)
        tab = page.tab
        sockets = []
        tab.on("websocket", lambda socket: sockets.append(socket.url))
        tab.goto(address)
        tab.get_by_role("button", name="Open the Atlas").click()
        tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)

        box = tab.get_by_role("textbox", name="Find a gene")
        box.fill("CD3E")
        box.press("Enter")
        page.wait("d.lit === '6'")
        page.choose_colour("cluster")
        page.wait("d.colour === 'cluster'")

        page.tool("lasso")
        centre = atlas.layout[GeneSearch(atlas).rows("CD3E")].mean(axis=0)
        page.draw(centre + 2.0 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -0.9]]))
        page.wait("Number(d.selected) > 0")
        n_selected = int(page.state()["selected"])

        name = tab.get_by_role("textbox", name=re.compile("selected points as"))
        name.fill("around CD3E")
        tab.get_by_role("button", name="Save", exact=True).click()
        tab.get_by_text("Saved selections (1)").wait_for(timeout=30_000)
        line = download(tab, "All as GMT").decode("utf-8").strip().split("\t")
        assert line[0] == "around CD3E"
        assert "CD3E" in line[2:]
        assert download(tab, "Selection as h5ad").startswith(b"\x89HDF")
        assert len(pd.read_csv(io.BytesIO(download(tab, "This table as CSV")))) == n_selected
        assert download(tab, "Map as SVG").startswith(b"<?xml")

        tab.get_by_role("button", name=re.compile("Neighbours of CD3E in")).first.click()
        tab.get_by_role("heading", name=re.compile("^CD3E in ")).wait_for(timeout=30_000)
        tab.wait_for_selector(".js-plotly-plot .main-svg", timeout=30_000)
        assert len(pd.read_csv(io.BytesIO(download(tab, "Neighbours as CSV")))) == 20
        assert b"graphml" in download(tab, "as GraphML")
        tab.get_by_role("button", name="Light CD3E on the Atlas").click()
        page.wait("d.lit === '6'")

    urls = [url for url in (*page.requests, *sockets) if not url.startswith(("blob:", "data:"))]
    assert {urlparse(url).hostname for url in urls} == {"127.0.0.1"}
    assert sockets
    assert page.errors == []
    assert (tmp_path / "network.guarded").read_text().strip()  # the server ran under the guard
    attempts = tmp_path / "network.attempts"
    assert not attempts.exists(), attempts.read_text()


def download(tab, label):
    """Press a button and return the bytes of its file."""
    with tab.expect_download() as event:
        tab.get_by_role("button", name=label).click()
    return Path(event.value.path()).read_bytes()
