"""A real browser on a real server: start both, watch the traffic, read the state of the map."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
GUARD = Path(__file__).parent / "network_guard"
START_LIMIT = 60  # seconds
TABLE_HEADER, TABLE_ROW = 38, 35  # pixels
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-unsafe-swiftshader",
]
# what breaks the policy of a page is kept in `window.broken`
WATCH_POLICY = """
window.broken = [];
document.addEventListener("securitypolicyviolation", event =>
    window.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# an emulated graphics card draws the maps only; all else the processor paints faster by itself
ARGUMENTS = [*QUIET, "--disable-gpu"]


@contextmanager
def dashboard(folder, environment=None, script="app.py"):
    """Serve the dashboard on a free port, with more environment if given; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    runs = tempfile.mkdtemp(prefix="musegnn-runs-")  # what one server computes, no other finds
    own = {"MUSEGNN_ATLAS": str(folder), "PYTHONPATH": str(ROOT), "MUSEGNN_RUNS": runs}
    own["MUSEGNN_LOG"] = str(Path(runs) / "dashboard.log")
    own["MUSEGNN_UPLOADS"] = str(Path(runs) / ".uploads")
    environment = {**os.environ, **own, **(environment or {})}
    environment.pop("MUSEGNN_KNOWLEDGE", None)
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    options = {
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.address": "127.0.0.1",
        "browser.serverAddress": "127.0.0.1",
    }
    command += [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(runs, ignore_errors=True)


def under_guard(log):
    """Environment of a Python that cannot leave this machine and notes in `log` what tries to."""
    return {
        "PYTHONPATH": os.pathsep.join([str(GUARD), str(ROOT)]),
        "NETWORK_GUARD_LOG": str(log),
    }


@contextmanager
def annotated_dashboard(folder, cache, write):
    """Serve the dashboard with annotation; `write` puts it into a folder.

    It is found in the cache folder of the user, where `musegnn knowledge` puts it.
    """
    write(cache / "musegnn" / "knowledge")
    with dashboard(folder, {"XDG_CACHE_HOME": str(cache)}) as address:
        yield address


@contextmanager
def shipped_dashboard(cache):
    """Serve the atlas that ships with the annotation that ships, and nothing else."""
    own = {
        "XDG_CACHE_HOME": str(cache),
        "MUSEGNN_SHIPPED": str(ROOT / "data" / "annotation"),
    }
    with dashboard(ROOT / "data" / "atlas", own) as address:
        yield address


def _wait_until_healthy(address, process):
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The server stopped with exit code {process.returncode}.")  # noqa: EM102
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"The server did not answer within {START_LIMIT} s.")  # noqa: EM102


def ask(tab, label, text):
    """Type a question into a field of the page, and send it."""
    field = tab.get_by_label(label, exact=True)
    field.wait_for(timeout=60_000)
    field.fill(text)
    field.press("Enter")


def take(tab, label):
    """Download by a button, with one press.

    Returns
    -------
    Name of the file, and its content.
    """
    with tab.expect_download(timeout=60_000) as event:
        tab.get_by_role("button", name=label).click()
    return event.value.suggested_filename, Path(event.value.path()).read_bytes()


def settle(tab):
    """Wait until a page that began to be drawn is drawn to its end, with all that it loads."""
    for state, sign in (
        ("attached", "[data-testid=stApp][data-test-script-state=notRunning]"),
        ("detached", "[data-testid=stStatusWidget]"),
    ):
        tab.locator(sign).wait_for(state=state, timeout=60_000)
    tab.wait_for_load_state("networkidle")


def choose(tab, label, option, *, exact=True):
    """Choose an option of a box; a page that is drawn anew meanwhile closes the list again."""
    choice = tab.get_by_role("option", name=option, exact=exact)
    for _ in range(8):
        tab.get_by_role("combobox", name=label).click()
        try:
            choice.click(timeout=4_000)
        except PlaywrightTimeoutError:
            tab.keyboard.press("Escape")
        else:
            return
    raise TimeoutError(f"{label} never offered {option}")  # noqa: EM102


def mark_first_row(tab, key):
    """Mark the first row of a table, which is drawn on a canvas."""
    table = tab.locator(f".st-key-{key} canvas").first
    table.wait_for(timeout=60_000)
    table.scroll_into_view_if_needed()
    tab.wait_for_timeout(800)
    box = table.bounding_box()
    tab.mouse.click(box["x"] + 14, box["y"] + TABLE_HEADER + TABLE_ROW / 2)


class MapPage:
    """The Atlas page in a browser tab, seen through the state the map reports in its DOM."""

    def __init__(self, tab, address):
        self.tab = tab
        self.address = address
        self.requests = []
        self.received = []
        self.errors = []
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("websocket", self._listen)

    def _listen(self, socket_):
        socket_.on("framereceived", lambda data: self.received.append(len(data)))

    def open(self, path="/Atlas"):
        self.tab.goto(f"{self.address}{path}")
        self.tab.wait_for_selector(".gene-map[data-drawn]", timeout=60_000)
        return self

    def state(self):
        """Data attributes of the map."""
        return self.tab.locator(".gene-map").evaluate("node => ({...node.dataset})")

    def wait(self, condition):
        """Wait until a JavaScript condition on the data attributes `d` holds."""
        self.tab.wait_for_function(
            "(() => { const d = document.querySelector('.gene-map')?.dataset; "
            f"return d && ({condition}) }})()",
            timeout=30_000,
        )

    def choose_colour(self, label):
        choose(self.tab, "Colour by", label)

    def frame(self):
        return self.tab.locator(".gene-map-frame").bounding_box()

    def tool(self, name):
        self.tab.locator(f".gene-map-tool[data-tool={name}]").click()

    def pixel(self, x, y):
        """Place of a point of the layout on the screen."""
        return self.tab.locator(".gene-map-plot").evaluate(
            """(plot, [x, y]) => {
                const {xaxis, yaxis} = plot._fullLayout;
                const box = plot.getBoundingClientRect();
                return [
                    box.left + xaxis._offset + xaxis.d2p(x),
                    box.top + yaxis._offset + yaxis.d2p(y),
                ];
            }""",
            [float(x), float(y)],
        )

    def draw(self, vertices):
        """Drag the mouse along vertices in coordinates of the layout."""
        first, *rest = [self.pixel(*vertex) for vertex in vertices]
        self.tab.mouse.move(*first)
        self.tab.mouse.down()
        for place in rest:
            self.tab.mouse.move(*place, steps=6)
        self.tab.mouse.up()
