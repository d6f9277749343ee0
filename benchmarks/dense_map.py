"""A map of very many points in Chromium: density first, points on zoom, and how long each waits.

`python -m benchmarks.dense_map [--points 1000000] [--repeats 3] [--folder DIR]` writes a made set
(kept in `--folder`, else for now), serves it and prints JSON. Needs playwright and Chromium.

- `first_map_seconds`: from the address until the density is painted; the first visit of the server
  opens the set and is told apart as `first_visit_seconds`
- `points_seconds`: from a zoom into a part until its points are drawn one by one (median); the
  picture rests for half a second before the part is asked for, which is included
- `points_drawn`: how many that are
- `back_seconds`: from zooming out again until the density of all is back
- `recolour_seconds`: from another colour to the new picture
- `frame_ms`: median time between two pictures while the zoomed map is dragged, drawn by an emulated
  graphics card; `frame_p95_ms` its 95th percentile
- `card_seconds`: from resting on a point until its neighbours are there
- `bytes_first_page`: all that the browser received for the first map
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.first_map import ARGUMENTS
from benchmarks.made_sets import make_set
from musegnn.embeddings.embedding_set import read_embedding_set, write_embedding_set
from musegnn.screens.parts.point_density import MOST_POINTS
from tests.e2e.browser import CHROMIUM, MapPage, dashboard

SHARE_IN_VIEW = 0.5  # of the points that can be drawn one by one
FRAMES = 40


def a_part(path: Path) -> tuple[list[float], list[float]]:
    """Find a part of the map with about half as many points as are drawn, and one of its points."""
    layout = read_embedding_set(path).layout
    centre = layout[len(layout) // 3]
    away = abs(layout - centre).max(axis=1)
    wanted = min(int(SHARE_IN_VIEW * MOST_POINTS), len(layout) - 1)
    half = float(sorted(away)[wanted]) / 2
    x, y = (float(edge) for edge in centre)
    return [x - half, x + half, y - half, y + half], [x, y]


def _show(tab: Page, part: list[float]) -> None:
    tab.evaluate(
        "([x0, x1, y0, y1]) => Plotly.relayout(document.querySelector('.gene-map-plot'), "
        "{'xaxis.range': [x0, x1], 'yaxis.range': [y0, y1]})",
        part,
    )


def _seconds(act: Any, until: Any) -> float:
    started = time.perf_counter()
    act()
    until()
    return time.perf_counter() - started


def frames(page: MapPage) -> list[float]:
    """Drag the map and return the milliseconds between pictures."""
    tab, box = page.tab, page.frame()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.evaluate(
        "() => { globalThis.seen = []; const look = (t) => { seen.push(t); "
        "globalThis.watch = requestAnimationFrame(look); }; requestAnimationFrame(look); }"
    )
    tab.mouse.move(x, y)
    tab.mouse.down()
    for step in range(FRAMES):
        tab.mouse.move(x + step, y + step / 2)
    tab.mouse.up()
    times = tab.evaluate("() => { cancelAnimationFrame(watch); return seen; }")
    return [later - earlier for earlier, later in pairwise(times)]


def visit(
    browser: Browser, address: str, part: list[float], point: list[float]
) -> dict[str, float]:
    """Open the map in a clean profile and do what a person does."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = MapPage(context.new_page(), address)
    tab = page.tab
    started = time.perf_counter()
    tab.goto(f"{address}/Atlas", wait_until="commit")
    tab.wait_for_selector(".gene-map[data-visible]", timeout=180_000)
    found = {"first_map_seconds": time.perf_counter() - started}
    tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
    found["bytes_first_page"] = sum(page.received)
    found["points_seconds"] = _seconds(
        lambda: _show(tab, part), lambda: page.wait("Number(d.drawn) > 0 && d.cells === ''")
    )
    found["points_drawn"] = float(page.state()["drawn"])
    between = frames(page)
    found["frame_ms"] = statistics.median(between)
    found["frame_p95_ms"] = sorted(between)[int(0.95 * (len(between) - 1))]
    tab.wait_for_timeout(1500)
    if tab.locator(".gene-map-placed:visible").count():  # a name answers in place of points below
        tab.get_by_role("button", name="Names", exact=True).click()
    _show(tab, part)
    tab.wait_for_timeout(1500)
    x, y = page.pixel(*point)
    found["card_seconds"] = _seconds(
        lambda: tab.mouse.move(x, y), lambda: page.wait("d.card !== undefined")
    )
    found["recolour_seconds"] = _seconds(
        lambda: page.choose_colour("cluster"), lambda: page.wait("d.colour === 'cluster'")
    )
    found["back_seconds"] = _seconds(
        lambda: tab.get_by_role("button", name="See everything").click(),
        lambda: page.wait("Number(d.cells) > 0"),
    )
    if page.errors:
        raise RuntimeError(page.errors[0])
    context.close()
    return found


def measure(folder: Path, points: int, *, repeats: int) -> dict[str, float]:
    """Measure a made set; the first visit opens it, and is told apart."""
    path = folder / f"map-{points}" / "embedding.h5ad"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_embedding_set(make_set(points), path)
    part, point = a_part(path)
    environment = {"MUSEGNN_OPENED": str(folder / "opened")}
    with dashboard(path.parent, environment) as address, sync_playwright() as driver:
        visits = []
        for _ in range(repeats + 1):
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            visits.append(visit(browser, address, part, point))
            browser.close()
    found = {name: statistics.median(own[name] for own in visits[1:]) for name in visits[0]}
    return {
        "points": points,
        "first_visit_seconds": round(visits[0]["first_map_seconds"], 2),
        **{name: round(value, 2) for name, value in found.items()},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(
            json.dumps(
                measure(options.folder or Path(temporary), options.points, repeats=options.repeats)
            )
        )
