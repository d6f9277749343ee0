"""Glossary: every score the pages show, with its range and meaning, in one line each."""

from __future__ import annotations

from typing import Final

import pandas as pd

from musegnn.benchmarks.registry import find_metrics
from musegnn.extensions import load
from musegnn.screens.shell.columns import ON_ALL_PAGES, Column, read_columns
from musegnn.screens.shell.screen import screens

COLUMNS: Final = read_columns("""
score | text
range | text
meaning | text 420
page | text
""")


def glossary_table() -> pd.DataFrame:
    """List every score: `score, range, meaning, page`; metrics of the benchmarks come last."""
    pages: dict[Column, list[str]] = {score: ["all"] for score in ON_ALL_PAGES}
    for screen in screens():
        for score in load(screen.scores) if screen.scores else ():
            pages.setdefault(score, []).append(screen.name)
    scores = [
        (score.header, score.range, score.meaning, ", ".join(names))
        for score, names in pages.items()
    ]
    metrics = [
        (metric.label, metric.range_text, metric.meaning, f"Benchmarks: {metric.group.name}")
        for metric in find_metrics().values()
    ]
    return pd.DataFrame([*scores, *metrics], columns=["score", "range", "meaning", "page"])
