"""Shared scores: numbers that several screens show, and the ranges that many have."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.screen import Score

SHARE: Final = "0 to 1"
PERCENT: Final = "0 to 100"
COSINE: Final = "-1 to 1"
ANY_NUMBER: Final = "any number"
COUNT: Final = "0 or more"

ON_ALL_PAGES: Final = (
    Score("p", SHARE, "Chance of a result as strong or stronger without an effect"),
    Score(
        "q",
        SHARE,
        "Share of false finds expected among all rows with this q or a lower one "
        "(Benjamini-Hochberg)",
    ),
    Score("fold", f"{COUNT}; 1 is chance", "What was found over what chance gives"),
)
AUROC: Final = Score("AUROC", f"{SHARE}; 0.5 is chance", "Chance that a hit ranks above another")
INTERVAL: Final = Score("low, high", "as the score", "Ends of the 95 % interval")
