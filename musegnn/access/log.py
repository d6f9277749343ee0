"""The log of the server: on its terminal, and in a file of which the oldest part is dropped."""

from __future__ import annotations

import logging
import secrets
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

LARGEST: Final = 2 * 2**20  # bytes of the file before it is turned over
KEPT: Final = 4  # older files beside it
_FORM: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LOGGER = logging.getLogger("musegnn")


def keep_log(path: Path) -> None:
    """Write what this package tells to the terminal and to a file, from now on.

    Where the file cannot be written the terminal says so, and is all there is.
    """
    if any(getattr(handler, "is_ours", False) for handler in _LOGGER.handlers):
        return
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    problem: OSError | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            RotatingFileHandler(
                path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", errors="replace"
            )
        )
        path.chmod(0o600)  # it may name people and files
    except OSError as error:
        problem = error
    for handler in handlers:
        handler.setFormatter(logging.Formatter(_FORM))
        handler.is_ours = True  # type: ignore[attr-defined]
        _LOGGER.addHandler(handler)
    _LOGGER.setLevel(min(_LOGGER.level or logging.INFO, logging.INFO))
    _LOGGER.propagate = False
    if problem is not None:
        _LOGGER.warning("The log is not kept in a file: %s", problem)


def last_lines(path: Path, n: int) -> list[str]:
    """Return the last lines of a log, at most `n`, oldest first; none where there is no log."""
    try:
        with path.open("rb") as stream:
            stream.seek(max(stream.seek(0, 2) - 400 * n, 0))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return []
    return text.splitlines()[-n:]


def report(error: BaseException, where: str) -> str:
    """Write an error with all that led to it into the log; return the number it has there.

    Parameters
    ----------
    error
        What went wrong.
    where
        What was going on, a few words.

    Returns
    -------
    Eight letters and digits, which a person can tell whoever reads the log.
    """
    number = secrets.token_hex(4).upper()
    _LOGGER.error("Error %s, %s", number, where, exc_info=error)
    return number
