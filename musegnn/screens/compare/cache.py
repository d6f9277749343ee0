"""Comparisons are computed once and shared, read-only, by all sessions."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import streamlit as st

from musegnn.analysis.comparison.context_similarity import ContextSimilarity, compare_all_contexts
from musegnn.analysis.comparison.neighbourhood_change import ChangeSettings
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.compare.view_comparison import Comparison, compare
from musegnn.screens.parts.cache import open_graph
from musegnn.screens.parts.point_map import points_payload
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.words import prose


@cached_build(max_entries=24, spinner="Comparing the two contexts")
def open_comparison(atlas: Atlas, left: str, right: str, settings: ChangeSettings) -> Comparison:
    """Compare two contexts, or return what was computed before.

    Raises
    ------
    InputError
        If the two share too few genes.
    """
    graphs = (open_graph(atlas, left), open_graph(atlas, right))
    return compare(atlas.embedding, left, right, settings, graphs=graphs)


def open_points(
    atlas: Atlas, comparison: Comparison, layout: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the constant part of the left and the right map, with the extent of both."""
    pair = (comparison.left, comparison.right, comparison.change.settings.seed)
    return _points(atlas, pair, layout, comparison)


@cached_build(max_entries=48, spinner=True)
def _points(
    atlas: Atlas, pair: tuple[str, str, int], layout: str, _comparison: Comparison
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Build the points of a pair, which are the same for every size of neighbourhoods."""
    vectors, common = atlas.embedding, _comparison.change.common
    places = _comparison.layouts[layout]
    extent = _extent(places)
    left, right = (
        {
            **points_payload(
                sha256(f"{side} {vectors.id} {pair} {layout}".encode()).hexdigest()[:16],
                own,
                vectors.labels(rows),
                details=vectors.details,
            ),
            "extent": extent,
        }
        for side, own, rows in zip(
            ("left", "right"), places, (common.first_rows, common.second_rows), strict=True
        )
    )
    return left, right


def _extent(places: tuple[np.ndarray, np.ndarray]) -> dict[str, float]:
    """Part of the plane that both maps show."""
    both = np.concatenate(places)
    (left, low), (right, high) = both.min(axis=0).tolist(), both.max(axis=0).tolist()
    return {"left": left, "right": right, "low": low, "high": high}


@dataclass
class _Slot:
    """Room for one matrix; whoever comes first fills it, the others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    value: ContextSimilarity | None = None


@cached_build(max_entries=6)
def _slot(atlas: Atlas, k: int) -> _Slot:
    """Give the room of an atlas and a size of neighbourhoods."""
    return _Slot()


def open_similarity(atlas: Atlas, k: int) -> ContextSimilarity:
    """Compare all contexts with a progress bar, or return what was computed before."""
    slot = _slot(atlas, k)
    if slot.value is None:
        bar = _Bar()
        with slot.lock:
            if slot.value is None:
                slot.value = compare_all_contexts(atlas.embedding, k=k, progress=bar)
        bar.finish()
    return slot.value


class _Bar:
    """Progress of the comparison of all pairs, drawn at most a hundred times."""

    def __init__(self) -> None:
        self._bar = st.progress(0.0, text="Comparing all contexts")
        self._total, self._done, self._shown = 1, 0, 0

    def start(self, label: str, total: int) -> None:
        """Remember how much there is to do."""
        self._total = max(total, 1)

    def advance(self, detail: str = "") -> None:
        """Count a pair."""
        self._done += 1
        percent = 100 * self._done // self._total
        if percent > self._shown:
            self._shown = percent
            self._bar.progress(
                self._done / self._total,
                text=f"Comparing all contexts: pair {self._done:,} of {self._total:,}",
            )

    def finish(self) -> None:
        """Take the bar away."""
        self._bar.empty()

    def say(self, text: str) -> None:
        """Show a line in place of the count."""
        self._bar.progress(self._done / self._total, text=prose(text))
