"""Runs that end with the tab that asked for them, unless somebody chose to keep them."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from musegnn.access.visitor import Visitor, acting, acting_as
from musegnn.errors import MuseGNNError
from musegnn.runs import cancel
from musegnn.screens.parts.open_session_panel import current_session, is_open

GRACE: Final = 60.0  # seconds after which a tab that is away counts as closed; a reload takes less
_LOOK: Final = 5.0  # seconds between two looks
_LOGGER = logging.getLogger(__name__)


@dataclass
class _Held:
    """A run and the sessions that watch it.

    Parameters
    ----------
    sessions
        Ids of all that have seen it.
    seen
        When one of them was open last, on the clock of `time.monotonic`.
    visitor
        Who asked for it, on whose behalf it is cancelled.
    """

    visitor: Visitor
    sessions: set[str] = field(default_factory=set)
    seen: float = 0.0


_HELD: dict[tuple[Path, str], _Held] = {}
_GUARD = threading.Lock()
_WATCHER: list[threading.Thread] = []


def hold(root: Path, run_id: str) -> None:
    """Tie a run to the session whose page is drawn, beside those it is tied to already."""
    session, visitor = current_session(), acting()
    if not session:
        return
    with _GUARD:
        held = _HELD.setdefault((root, run_id), _Held(visitor))
        held.sessions.add(session)
        held.seen = time.monotonic()
        if not (_WATCHER and _WATCHER[0].is_alive()):
            _WATCHER[:] = [threading.Thread(target=_watch, name="held runs", daemon=True)]
            _WATCHER[0].start()


def let_go(root: Path, run_id: str) -> None:
    """Let a run go on whoever leaves."""
    with _GUARD:
        _HELD.pop((root, run_id), None)


def is_held(root: Path, run_id: str) -> bool:
    """Return whether a run ends with the tabs that watch it."""
    with _GUARD:
        return (root, run_id) in _HELD


def end_left(now: float) -> list[str]:
    """Cancel the runs whose tabs are all closed; return their ids.

    Parameters
    ----------
    now
        Seconds, as `time.monotonic` says them.
    """
    with _GUARD:
        for held in _HELD.values():
            if any(map(is_open, held.sessions)):
                held.seen = now
        left = {key: held for key, held in _HELD.items() if now - held.seen > GRACE}
        for key in left:
            del _HELD[key]
    ended = []
    for (root, run_id), held in left.items():
        try:
            with acting_as(held.visitor):
                cancel(root, run_id)
        except MuseGNNError:
            continue  # it has ended, or was deleted
        _LOGGER.info("Cancelled %s: the tab that asked for it is closed", run_id)
        ended.append(run_id)
    return ended


def _watch() -> None:
    """Look after the tabs as long as any run is held."""
    while True:
        time.sleep(_LOOK)
        try:
            end_left(time.monotonic())
        except OSError as error:  # the folder of runs is away; it is looked at again
            _LOGGER.warning("Could not end what was left behind: %s", error)
        with _GUARD:
            if not _HELD:
                _WATCHER.clear()
                return
