"""Browser for the end-to-end tests; they are skipped where there is none."""

import contextlib

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import (
    ARGUMENTS,
    CHROMIUM,
    MapPage,
    dashboard,
    shipped_dashboard,
    under_guard,
)

NUMBERS = pytest.StashKey()
expect.set_options(timeout=30_000)  # milliseconds; a machine may be busy


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if CHROMIUM is None:
        pytest.skip("needs Chromium on the PATH")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let a test that fails say what stood on the pages: it may fail on one machine only."""
    report = yield
    browser = item.funcargs.get("browser") if call.when == "call" and report.failed else None
    for context in browser.contexts if browser else ():
        for page in context.pages:
            with contextlib.suppress(Exception):  # a page that is broken says nothing
                report.sections.append((f"text of {page.url}", page.inner_text("body")[-4000:]))
    return report


@pytest.fixture(scope="session")
def network_log(tmp_path_factory):
    """What the guard of the server at `address` wrote down, by suffix: `guarded`, `attempts`."""
    return tmp_path_factory.mktemp("guard") / "network"


@pytest.fixture(scope="session")
def address(browser, atlas_folder, network_log, tmp_path_factory):
    """Where the synthetic atlas is served, to all files: every tab is a session of its own.

    The server cannot leave this machine, and writes down what tries to.
    """
    own = {
        name: str(tmp_path_factory.mktemp("own"))
        for name in ("MUSEGNN_LINKS", "MUSEGNN_RUNS", "XDG_CACHE_HOME")
    }
    with dashboard(atlas_folder, {**under_guard(network_log), **own}) as where:
        yield where


@pytest.fixture(scope="session")
def shipped(browser, tmp_path_factory):
    """Where the atlas that ships is served with the annotation that ships, and nothing else."""
    with shipped_dashboard(tmp_path_factory.mktemp("cache")) as where:
        yield where


@pytest.fixture
def visit(browser):
    """Open a clean tab on an address."""
    contexts = []

    def make(address, **options):
        options = {"viewport": {"width": 1400, "height": 900}, **options}
        context = browser.new_context(accept_downloads=True, **options)
        contexts.append(context)
        return MapPage(context.new_page(), address)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def report_number(request, record_property):
    """Keep a measured number for the report and for the end of the output."""

    def keep(name, value):
        record_property(name, value)
        request.config.stash.setdefault(NUMBERS, []).append(f"{name}: {value:,.3g}")

    return keep


def pytest_terminal_summary(terminalreporter, config):
    lines = config.stash.get(NUMBERS, [])
    if lines:
        terminalreporter.section("measured in the browser")
        for line in lines:
            terminalreporter.line(line)
