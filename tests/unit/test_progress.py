"""Progress on a terminal and in a log."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from musegnn.progress import PlainLines, Silent, TerminalBar, console_progress


class Terminal(io.StringIO):
    """Text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()


def test_lines_come_at_most_every_few_seconds_and_tell_the_time_left(clock: Clock) -> None:
    stream = io.StringIO()
    progress = PlainLines(stream, interval=5.0, clock=clock)
    progress.start("training", 10)
    for loss in range(9):
        clock.now += 2.0
        progress.advance(f"loss {loss}")
    assert stream.getvalue().splitlines() == [
        "training: 3/10, 14 s left, loss 2",
        "training: 6/10, 8 s left, loss 5",
        "training: 9/10, 2 s left, loss 8",
    ]


def test_the_last_step_is_always_told(clock: Clock) -> None:
    stream = io.StringIO()
    progress = PlainLines(stream, clock=clock)
    progress.start("reading", 3)
    for _ in range(3):
        progress.advance()
    progress.finish()
    assert stream.getvalue() == "reading: 3/3, 0 s left\n"


def test_the_time_left_grows_with_slow_steps(clock: Clock) -> None:
    stream = io.StringIO()
    progress = PlainLines(stream, clock=clock)
    progress.start("map", 4)
    clock.now += 60
    progress.advance()
    assert stream.getvalue() == "map: 1/4, 180 s left\n"


def test_a_second_piece_of_work_starts_from_nothing(clock: Clock) -> None:
    stream = io.StringIO()
    progress = PlainLines(stream, clock=clock)
    progress.start("one", 1)
    clock.now += 50
    progress.advance()
    progress.start("two", 2)
    clock.now += 10
    progress.advance()
    assert stream.getvalue().splitlines() == ["one: 1/1, 0 s left", "two: 1/2, 10 s left"]


def test_a_remark_is_written_at_once(clock: Clock) -> None:
    stream = io.StringIO()
    PlainLines(stream, clock=clock).say("cells: 3 removed")
    assert stream.getvalue() == "cells: 3 removed\n"


def test_a_terminal_gets_a_bar_with_remarks_on_lines_of_their_own() -> None:
    stream = Terminal()
    progress = console_progress(stream)
    progress.start("training", 2)
    progress.advance("loss 0.5")
    progress.say("a remark")
    progress.advance("loss 0.4")
    progress.finish()
    progress.finish()  # closing twice is harmless
    text = stream.getvalue()
    assert "\r" in text
    assert "training: 100%" in text
    assert "2/2" in text
    assert "loss 0.4" in text
    assert "\ra remark\n" in text
    assert text.endswith("\n")


def test_a_bar_that_was_not_started_ignores_steps() -> None:
    stream = Terminal()
    progress = TerminalBar(stream)
    progress.advance()
    progress.finish()
    assert stream.getvalue() == ""


def test_a_pipe_gets_plain_lines_without_control_characters() -> None:
    stream = io.StringIO()
    progress = console_progress(stream)
    progress.start("reading", 1)
    progress.advance("done")
    assert stream.getvalue() == "reading: 1/1, 0 s left, done\n"


def test_the_console_is_standard_error_unless_told_otherwise(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console_progress().say("here")
    assert capsys.readouterr() == ("", "here\n")


def test_silence_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Silent()
    progress.start("x", 1)
    progress.advance("y")
    progress.say("z")
    progress.finish()
    assert capsys.readouterr() == ("", "")
