"""The log of the server: what it keeps, and how an error is found in it."""

import logging

import pytest

from musegnn.access import log


@pytest.fixture
def own_logger(monkeypatch):
    """A logger of this test in place of that of the package."""
    logger = logging.Logger("own")
    monkeypatch.setattr(log, "_LOGGER", logger)
    yield logger
    for handler in logger.handlers:
        handler.close()


def test_an_error_is_found_by_its_number(own_logger, tmp_path):
    path = tmp_path / "deep" / "dashboard.log"
    log.keep_log(path)
    log.keep_log(path)  # a second start of the script adds nothing
    assert len(own_logger.handlers) == 2
    try:
        raise ZeroDivisionError("planted \ud800")  # noqa: EM101
    except ZeroDivisionError as error:
        number = log.report(error, "a test")
    lines = log.last_lines(path, 50)
    assert sum(number in line for line in lines) == 1
    assert any("ZeroDivisionError: planted" in line for line in lines)
    assert path.stat().st_mode & 0o077 == 0
    assert log.last_lines(path, 1) == lines[-1:]
    assert log.last_lines(tmp_path / "none", 5) == []


def test_numbers_differ(own_logger):
    numbers = {log.report(ValueError("x"), "a test") for _ in range(50)}
    assert len(numbers) == 50


def test_the_file_is_turned_over(own_logger, tmp_path, monkeypatch):
    monkeypatch.setattr(log, "LARGEST", 5000)
    log.keep_log(tmp_path / "dashboard.log")
    own_logger.removeHandler(own_logger.handlers[0])  # the terminal
    for number in range(2000):
        own_logger.warning("line %d", number)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 1 + log.KEPT
    assert sum(file.stat().st_size for file in files) <= 5000 * (1 + log.KEPT)
    assert log.last_lines(tmp_path / "dashboard.log", 1)[0].endswith("line 1999")


def test_without_a_file_the_terminal_says_so(own_logger, tmp_path, capsys):
    (tmp_path / "file").touch()
    log.keep_log(tmp_path / "file" / "dashboard.log")
    assert len(own_logger.handlers) == 1
    assert "not kept in a file" in capsys.readouterr().err
