"""Data: whether a file is good, and what graph it makes."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.screen import COUNT, PERCENT, Score, Screen

SCREEN: Final = Screen(
    name="Data",
    question="Is my file good, and what gene graph does it make?",
    draw="musegnn.screens.data.panel:draw",
    order=70,
    group="Your own",
    needs=(),
    file="4_Data.py",
    scores=(
        Score("density (%)", PERCENT, "Part of all pairs of genes that are edges"),
        Score("times chance", f"{COUNT}; 1 is chance", "Known pairs among edges over random pairs"),
    ),
)
