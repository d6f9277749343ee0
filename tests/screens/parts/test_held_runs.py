"""Work of a page ends with the last tab that watches it, unless somebody chose to keep it."""

from pathlib import Path

import pytest

from musegnn.access.visitor import Visitor, acting, acting_as
from musegnn.errors import RunError
from musegnn.screens.parts import held_runs_panel as held

ROOT = Path("runs")
ANNA = Visitor("anna", "Anna", "member")


@pytest.fixture
def tabs(monkeypatch):
    """Tabs that are open; the last one draws."""
    found = ["first"]
    monkeypatch.setattr(held, "current_session", lambda: found[-1] if found else "")
    monkeypatch.setattr(held, "is_open", found.__contains__)
    monkeypatch.setattr(held, "_HELD", {})
    monkeypatch.setattr(held.threading.Thread, "start", lambda _: None)
    monkeypatch.setattr(held.time, "monotonic", lambda: 1000.0)
    return found


@pytest.fixture
def cancelled(monkeypatch):
    """Who cancelled which run."""
    found = []
    monkeypatch.setattr(held, "cancel", lambda _, run_id: found.append((acting().id, run_id)))
    return found


def test_a_run_ends_a_minute_after_its_tab(tabs, cancelled):
    with acting_as(ANNA):
        held.hold(ROOT, "build")
    assert held.is_held(ROOT, "build")
    assert held.end_left(5000.0) == []  # the tab is open for hours
    tabs.clear()
    assert held.end_left(5059.0) == []
    assert held.end_left(5061.0) == ["build"]
    assert cancelled == [("anna", "build")]
    assert not held.is_held(ROOT, "build")
    assert held.end_left(9000.0) == []


def test_a_reload_takes_the_run_over(tabs, cancelled):
    held.hold(ROOT, "build")
    tabs[:] = ["second"]
    held.hold(ROOT, "build")
    assert held.end_left(5000.0) == []
    assert held.end_left(9000.0) == []
    assert cancelled == []


def test_what_is_kept_goes_on(tabs, cancelled):
    held.hold(ROOT, "build")
    held.let_go(ROOT, "build")
    tabs.clear()
    assert held.end_left(9000.0) == []
    assert cancelled == []


def test_a_run_that_has_ended_is_let_go(tabs, monkeypatch):
    def refuse(root, run_id):
        msg = "Expected a run that goes on."
        raise RunError(msg, "")

    monkeypatch.setattr(held, "cancel", refuse)
    held.hold(ROOT, "build")
    tabs.clear()
    assert held.end_left(9000.0) == []
    assert not held.is_held(ROOT, "build")


def test_without_a_server_nothing_is_held(tabs):
    tabs.clear()
    held.hold(ROOT, "build")
    assert not held.is_held(ROOT, "build")
