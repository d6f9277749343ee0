"""How long a visitor waits for the map: a clean browser on a warm server, on this machine.

`python -m benchmarks.first_map [ATLAS] [--repeats 5]` prints JSON. Needs playwright and Chromium.

- `first_map_seconds`: from the request of the address to all points painted (median)
- `first_use_seconds`: until they can be zoomed, hovered and selected (median)
- `names_seconds`: from the first map until the names of its clusters have come (median), and
  `names_first_seconds` for the first visitor of a server, for whom they are made
- `recolour_seconds`: from the choice of another colour to the new picture (median)
- `bytes_first_page`: all that the browser received for it, over HTTP and the web socket
- `payload_mb_per_100k`: points and one view, scaled to 100,000 points
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.screens.parts.gene_colours import colour_layer
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.point_map import points_payload, view_payload
from musegnn.screens.shell.theme import LIGHT
from tests.e2e.browser import CHROMIUM, QUIET, MapPage, dashboard

ATLAS = Path(__file__).resolve().parents[1] / "data" / "atlas"
COLOURS = ("cluster", "species")
# an emulated graphics card draws everything: times stay comparable with those of older commits
ARGUMENTS = [*QUIET, "--use-gl=angle", "--use-angle=swiftshader"]


def measure_visit(browser: Browser, address: str) -> dict[str, float]:
    """Open the Atlas in a clean browser profile and measure what the visitor waits for."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    tab = context.new_page()
    page = MapPage(tab, address)
    http_bytes = _count_bytes(tab)
    started = time.perf_counter()
    tab.goto(f"{address}/Atlas", wait_until="commit")
    tab.wait_for_selector(".gene-map[data-visible]", timeout=60_000)
    first_map = time.perf_counter() - started
    tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    first_use = time.perf_counter() - started
    tab.wait_for_function("globalThis.geneMapStore?.names?.size > 0", timeout=60_000)
    names = max(0.0, time.perf_counter() - started - first_map)
    received = http_bytes[0] + sum(page.received)
    recolour = []
    for colour in COLOURS:
        page.tab.get_by_role("combobox", name="Colour by").click()
        option = page.tab.get_by_role("option", name=colour, exact=True)
        option.wait_for()
        begun = time.perf_counter()
        option.click()
        page.wait(f"d.colour === '{colour}'")
        recolour.append(time.perf_counter() - begun)
    context.close()
    return {
        "first_map_seconds": first_map,
        "first_use_seconds": first_use,
        "names_seconds": names,
        "recolour_seconds": statistics.median(recolour),
        "bytes_first_page": received,
    }


def _count_bytes(tab: Page) -> list[int]:
    """Count what comes over HTTP, as compressed on the wire."""
    total = [0]
    session = tab.context.new_cdp_session(tab)
    session.send("Network.enable")

    def add(event: dict[str, Any]) -> None:
        total[0] += int(event["encodedDataLength"])

    session.on("Network.loadingFinished", add)
    return total


def payload_mb_per_100k(embedding: EmbeddingSet) -> float:
    """Megabytes of JSON that the map sends, scaled to 100,000 points."""
    labels = embedding.labels()
    points = points_payload(embedding.id, embedding.layout, labels, details=embedding.details)
    layer = colour_layer("tissue", embedding=embedding, list_rows=np.empty(0, dtype=np.int64))
    view = view_payload(points["id"], map_colours(layer, on=LIGHT), on=LIGHT, description="")
    return (len(json.dumps(points)) + len(json.dumps(view))) / len(embedding) * 0.1


def measure(atlas: Path = ATLAS, *, repeats: int = 5) -> dict[str, float]:
    """Measure all quantities on an atlas; the first visit only warms the server."""
    with dashboard(atlas) as address, sync_playwright() as driver:
        visits = []
        for _ in range(repeats + 1):
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            visits.append(measure_visit(browser, address))
            browser.close()
    medians = {name: statistics.median(v[name] for v in visits[1:]) for name in visits[0]}
    medians["names_first_seconds"] = visits[0]["names_seconds"]
    medians["payload_mb_per_100k"] = payload_mb_per_100k(read_embedding_set(atlas))
    return {name: round(value, 2) for name, value in medians.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("atlas", nargs="?", type=Path, default=ATLAS)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(json.dumps(measure(options.atlas, repeats=options.repeats), indent=2))
