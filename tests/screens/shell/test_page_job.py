"""Work beside the page: watched, stopped between steps, never lost."""

from __future__ import annotations

import threading

import pytest

from musegnn.errors import GraphError
from musegnn.screens.shell.page_job import BuildCancelled, BuildJob

LIMIT = 10  # seconds


class Gate:
    """Work of three steps that waits at a gate before each of them."""

    def __init__(self):
        self.waiting = threading.Semaphore(0)
        self.open = threading.Semaphore(0)
        self.ran = []

    def __call__(self, progress):
        progress.start("work", 3)
        for step in range(3):
            self.waiting.release()
            assert self.open.acquire(timeout=LIMIT)
            self.ran.append(step)
            progress.advance()
        progress.finish()
        return "graph"

    def wait(self):
        assert self.waiting.acquire(timeout=LIMIT)


def ended(job):
    job.wait(LIMIT)
    assert job.outcome is not None
    return job.outcome


def test_steps_are_counted_and_named_while_the_work_runs():
    now = [100.0]
    gate = Gate()
    job = BuildJob(gate, ("one", "two", "three"), clock=lambda: now[0])
    job.launch()
    gate.wait()
    assert (job.state().step, job.state().done, job.outcome) == ("one", 0, None)
    gate.open.release()
    gate.wait()
    now[0] = 107.0
    state = job.state()
    assert (state.step, state.done, state.total, state.seconds) == ("two", 1, 3, 7.0)
    assert state.share == pytest.approx(1 / 3)
    gate.open.release(2)
    outcome = ended(job)
    assert (outcome.result, outcome.error, outcome.is_cancelled) == ("graph", None, False)
    assert job.state().share == 1


def test_cancelled_work_stops_at_its_next_report_and_leaves_nothing():
    gate = Gate()
    job = BuildJob(gate, ("one", "two", "three"))
    job.launch()
    gate.wait()
    job.cancel()
    assert job.state().is_cancelled
    assert job.outcome is None
    gate.open.release(3)
    outcome = ended(job)
    assert gate.ran == [0]
    assert (outcome.result, outcome.error, outcome.is_cancelled) == (None, None, True)


def test_a_cancel_after_the_last_report_still_keeps_nothing():
    job = BuildJob(lambda _: job.cancel() or "graph", ("one",))
    job.launch()
    assert ended(job).is_cancelled
    assert job.outcome.result is None


def test_every_report_looks_at_the_flag():
    job = BuildJob(lambda _: None, ("one",))
    job.cancel()
    for report in (lambda: job.start("x", 1), job.advance, job.finish, lambda: job.say("x")):
        with pytest.raises(BuildCancelled, match="Cancelled"):
            report()


@pytest.mark.parametrize("error", [GraphError("Expected cells.", "Give more."), ValueError("odd")])
def test_errors_come_back_as_they_are(error):
    def fail(_):
        raise error

    job = BuildJob(fail, ("one",))
    job.launch()
    outcome = ended(job)
    assert outcome.error is error
    assert outcome.result is None
    assert not outcome.is_cancelled
