"""The whole story of a training in a browser, on real gene graphs cut small."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from musegnn import keys
from musegnn.embeddings.embedding_set import read_embedding_set, write_embedding_set
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph, write_gene_graph
from musegnn.runs import files
from musegnn.runs.control import cancel, wait_until_over
from musegnn.runs.listing import list_runs
from musegnn.screens.runs.panel_watch import POLL_SECONDS
from tests.e2e.browser import ROOT, dashboard, settle
from tests.made_runs import write_frames, write_run

pytestmark = pytest.mark.e2e

ATLAS = ROOT / "data" / "atlas"
NAMES = ("human_pancreas_baron", "mouse_pancreas_baron", "human_pbmc4k_10x")
N_GENES = 120
EPOCHS = 450
DRAWN = "(document.querySelector('.js-plotly-plot')?._fullData?.[0]?._length ?? 0)"
SHORT = 20_000  # milliseconds for what needs no training
LONG = 150_000  # for what does, also on a machine with much other work


def cut(graph: GeneGraph, rows: np.ndarray) -> GeneGraph:
    """Keep some genes of a graph."""
    square = {
        name: part[rows][:, rows] if part is not None else None
        for name, part in (
            ("adjacency", graph.adjacency),
            ("estimate", graph.estimate),
            ("statistic", graph.statistic),
            ("significance", graph.significance),
        )
    }
    return dataclasses.replace(
        graph,
        genes=graph.genes.iloc[rows].reset_index(drop=True),
        features=graph.features[rows],
        **square,
    )


@pytest.fixture(scope="module")
def small_atlas(tmp_path_factory):
    """Three contexts of the shipped atlas with the genes of most edges, INS among them."""
    folder = tmp_path_factory.mktemp("small")
    whole = read_embedding_set(ATLAS)
    kept = []
    for name in NAMES:
        graph = read_gene_graph(ATLAS / keys.GRAPHS_FOLDER / f"{name}.h5ad")
        most = np.argsort(-graph.degree, kind="stable")[:N_GENES]
        named = np.flatnonzero(graph.genes[keys.COMMON_GENE] == "INS")
        rows = np.union1d(most, named)
        write_gene_graph(cut(graph, rows), folder / keys.GRAPHS_FOLDER / f"{name}.h5ad")
        kept.append(whole.rows_of_dataset(name)[rows])
    rows = np.concatenate(kept)
    small = whole.part(rows)
    write_embedding_set(small, folder / keys.EMBEDDING_FILE)
    return folder


@pytest.fixture
def runs_folder(tmp_path):
    """Folder of runs; what still goes on there is ended."""
    folder = tmp_path / "runs"
    yield folder
    for record in list_runs(folder):
        if record.can_cancel:
            cancel(folder, record.run_id)
            wait_until_over(folder, record.run_id)


@contextmanager
def slowed(root: Path) -> Iterator[None]:
    """Let the run that is active train for a fifth of the time: pages take seconds to be seen.

    It gets all of it until its first epoch is done: loading libraries needs no witness.
    """
    is_over = threading.Event()

    def hold() -> None:
        while not is_over.wait(0.1):
            for record in list_runs(root):
                if record.process and record.state == "running" and record.epoch:
                    with suppress(ProcessLookupError):
                        os.killpg(record.process, signal.SIGSTOP)
                        is_over.wait(0.4)
                        os.killpg(record.process, signal.SIGCONT)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        yield
    finally:
        is_over.set()
        holder.join()


def epoch_shown(tab) -> int:
    """Epoch that the page shows at the top."""
    text = tab.get_by_test_id("stMetricValue").first.inner_text()
    return int(text.partition(" /")[0].replace(",", ""))


def wait_for_epoch(tab, least: int) -> None:
    end = time.monotonic() + LONG / 1000
    while epoch_shown(tab) < least:
        assert time.monotonic() < end, f"no epoch {least} within {LONG / 1000:.0f} s"
        tab.wait_for_timeout(200)


def drawn_points(tab) -> int:
    """Points of the first curve, as the browser drew it."""
    return tab.evaluate(DRAWN)


def choose(tab, label: str, option: str) -> None:
    box = tab.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    tab.get_by_role("option", name=option, exact=True).click()
    tab.keyboard.press("Escape")


def type_number(tab, label: str, number: int) -> None:
    """Type a number into a field and wait until the page is drawn again."""
    field = tab.get_by_role("spinbutton", name=label, exact=True)
    field.fill(str(number))
    field.press("Enter")
    tab.wait_for_timeout(300)  # until it begins
    settle(tab)


def ask_for_a_run(tab) -> None:
    """Choose datasets, epochs and frames, and press Start as an impatient user does."""
    tab.get_by_role("button", name="New run").click(timeout=LONG)
    choose(tab, "Tissues", "pancreas")
    tab.get_by_text(re.compile("2 of 3 datasets chosen")).wait_for(timeout=SHORT)
    # a field that is drawn anew while one types loses what was typed: people type it again
    for label, number in (("Live map every ... epochs", EPOCHS // 9), ("Epochs", EPOCHS)):
        type_number(tab, label, number)
    asked = tab.get_by_text(re.compile(f"{EPOCHS} epochs\\. About"))
    for _ in range(5):
        with suppress(PlaywrightTimeoutError):
            asked.wait_for(timeout=SHORT)
            break
        type_number(tab, "Epochs", EPOCHS - 1)  # the page hears of a number that changes
        type_number(tab, "Epochs", EPOCHS)
    asked.wait_for(timeout=SHORT)
    tab.get_by_role("button", name="Start", exact=True).dblclick()
    tab.get_by_text("Started: pancreas.").wait_for(timeout=SHORT)


def watch_the_curve_move(tab) -> None:
    wait_for_epoch(tab, 1)
    before = drawn_points(tab)  # a page that is slow to be drawn may see the last epoch next
    wait_for_epoch(tab, 20)
    tab.wait_for_function(f"n => {DRAWN} > n", arg=before, timeout=LONG)


def stop(page, runs_folder):
    """Stop the one run; the page falls silent then."""
    tab = page.tab
    tab.get_by_role("button", name="Cancel", exact=True).click()
    tab.get_by_text(re.compile("^stopped: was stopped and its process is gone")).wait_for(
        timeout=LONG
    )
    (run,) = list_runs(runs_folder)  # the double click started one
    assert run.state == "stopped"
    assert 0 < run.epoch < EPOCHS
    assert is_silent(page)
    return run


def is_silent(page) -> bool:
    """True when nothing is sent for longer than between two looks; what was under way may come."""
    for _ in range(5):
        n_received = len(page.received)
        page.tab.wait_for_timeout(3 * 1000 * POLL_SECONDS)
        if len(page.received) == n_received:
            return True
    return False


def resume(tab, run) -> None:
    """Take the run up to its end; every epoch was done once."""
    tab.get_by_role("button", name="Resume", exact=True).click()
    tab.get_by_text(re.compile("^finished: its result is there")).wait_for(timeout=LONG)
    lines = (run.folder / files.METRICS).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, EPOCHS + 1))


def scrub_through_the_live_map(tab) -> None:
    tab.get_by_text("Live map", exact=True).click()
    tab.get_by_text(re.compile(rf"Epoch {EPOCHS}, frame \d+ of \d+")).wait_for(timeout=SHORT)
    tab.get_by_role("slider", name="Epoch").focus()
    tab.keyboard.press("ArrowLeft")
    earlier = re.compile(rf"Epoch (?!{EPOCHS})\d+, frame \d+ of \d+")
    tab.get_by_text(earlier).wait_for(timeout=SHORT)


def find_a_gene_on_its_map(page, run) -> str:
    """Open the result, look a gene up, and return the link."""
    tab = page.tab
    tab.get_by_role("button", name="Open as map").click()
    tab.wait_for_selector(".gene-map[data-drawn]", timeout=LONG)
    page.wait(f"d.drawn === '{sum(run.config.inputs.genes)}'")
    tab.get_by_text(run.run_id).first.wait_for(timeout=SHORT)
    box = tab.get_by_label("Find a gene", exact=True)  # its role changes with the suggestions
    for _ in range(3):  # a busy server may answer the press before, and empty the box again
        box.fill("INS")
        box.press("Enter")
        with suppress(PlaywrightTimeoutError):
            page.wait("Number(d.lit) >= 1")
            break
    assert int(page.state()["lit"]) >= 1
    tab.wait_for_function("id => location.search.includes(`map=${id}`)", arg=run.run_id)
    return tab.url


def test_a_training_from_the_choice_of_datasets_to_a_gene_on_its_map(
    visit, small_atlas, runs_folder, report_number
):
    began = time.monotonic()
    # two runs at once leave one of two cores for each, and one thread waits for no other
    settings = {"MUSEGNN_RUNS": str(runs_folder), "MUSEGNN_RUNS_AT_ONCE": "2"}
    with dashboard(small_atlas, settings) as address:
        page = visit(address)
        page.tab.goto(f"{address}/Runs")
        ask_for_a_run(page.tab)
        with slowed(runs_folder):
            watch_the_curve_move(page.tab)
            run = stop(page, runs_folder)
        resume(page.tab, run)
        scrub_through_the_live_map(page.tab)
        link = find_a_gene_on_its_map(page, run)
        page.tab.get_by_role("button", name="Back to the usual atlas").click()
        page.wait(f"d.drawn === '{len(read_embedding_set(small_atlas).genes)}'")

        second = visit(address)
        second.tab.goto(link)
        second.tab.wait_for_selector(".gene-map[data-drawn]", timeout=LONG)
        assert second.state()["drawn"] == str(sum(run.config.inputs.genes))
        assert page.errors == second.errors == []
    report_number("training story in the browser (s)", time.monotonic() - began)


@pytest.fixture(scope="module")
def many_runs(browser, small_atlas, tmp_path_factory):
    """Serve 203 runs; yields the address and one of them, with frames."""
    folder = tmp_path_factory.mktemp("many") / "runs"
    folder.mkdir()
    for number in range(199):
        write_run(folder, "finished", name=f"my {number + 1}th", number=number, seed=number)
    run = write_run(folder, "finished", name="framed", number=199, patience=3)
    write_frames(run.folder, (5, 10))
    for number in range(3):
        write_run(folder, "queued", name=f"waiting {number}", number=300 + number)
    with dashboard(small_atlas, {"MUSEGNN_RUNS": str(folder)}) as address:
        yield address, run


def test_two_hundred_runs_are_listed_and_one_is_found(visit, many_runs, report_number):
    address, _ = many_runs
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Runs")
    tab.get_by_text(re.compile("^203 runs:")).wait_for(timeout=LONG)
    tab.goto(f"{address}/Data")  # libraries are loaded, the hashes of results are known
    tab.get_by_text("Nothing leaves this machine").wait_for(timeout=LONG)
    began = time.monotonic()
    tab.get_by_role("link", name="Runs").first.click()
    tab.get_by_text(re.compile("^203 runs:")).wait_for(timeout=LONG)
    report_number("list of 203 runs (s)", time.monotonic() - began)
    box = tab.get_by_role("textbox", name="Find runs")
    box.press_sequentially("MY 199th", delay=500)  # runs wait, so the page looks meanwhile
    box.press("Enter")
    tab.get_by_text(re.compile("^1 of 203 runs:")).wait_for(timeout=SHORT)
    assert page.errors == []


def test_link_opens_a_run_in_the_dark_on_a_narrow_screen(visit, many_runs):
    address, run = many_runs
    page = visit(address, viewport={"width": 900, "height": 900}, color_scheme="dark")
    page.tab.goto(f"{address}/Runs?run={run.run_id}")
    page.tab.get_by_text(re.compile("A point is an epoch; n = 40")).wait_for(timeout=LONG)
    plot = page.tab.locator(".js-plotly-plot").first
    assert plot.bounding_box()["width"] < 900
    ground = plot.evaluate("node => node._fullLayout.font.color")
    assert ground == "#E6E8EB"
    assert page.errors == []
    assert run.folder.is_dir()
