"""Progress of long work on a page: a bar with the time left."""

from __future__ import annotations

import time

import streamlit as st


class PageProgress:
    """Progress drawn as a bar; lines that stay are kept for the page to show."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._place = st.empty()
        self._label, self._total, self._done = "", 1, 0
        self._started = time.monotonic()

    def start(self, label: str, total: int) -> None:
        """Draw an empty bar."""
        self._label, self._total, self._done = label, max(total, 1), 0
        self._started = time.monotonic()
        self._place.progress(0.0, text=f"{label}: starting")

    def advance(self, detail: str = "") -> None:
        """Move the bar by one step."""
        self._done += 1
        elapsed = time.monotonic() - self._started
        left = elapsed / self._done * (self._total - self._done)
        self._place.progress(
            min(self._done / self._total, 1.0),
            text=f"{self._label}: {detail or self._done} done, {left:.0f} s left",
        )

    def finish(self) -> None:
        """Remove the bar."""
        self._place.empty()

    def say(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)
