"""Glossary: every score the pages show, with its range and meaning, in one line each."""

from __future__ import annotations

import pandas as pd

from musegnn.benchmarks.registry import find_metrics
from musegnn.screens.shell.screen import ON_ALL_PAGES, Score, screens


def glossary_table() -> pd.DataFrame:
    """List every score: `score, range, meaning, page`; metrics of the benchmarks come last."""
    pages: dict[Score, list[str]] = {score: ["all"] for score in ON_ALL_PAGES}
    for screen in screens():
        for score in screen.scores:
            pages.setdefault(score, []).append(screen.name)
    scores = [
        (score.name, score.range, score.meaning, ", ".join(names)) for score, names in pages.items()
    ]
    metrics = [
        (metric.label, metric.range_text, metric.meaning, f"Benchmarks: {metric.group.name}")
        for metric in find_metrics().values()
    ]
    return pd.DataFrame([*scores, *metrics], columns=["score", "range", "meaning", "page"])
