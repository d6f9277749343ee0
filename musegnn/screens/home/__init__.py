"""Home: what this is, what is loaded, where to start."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.screen import Screen, TourStep

SCREEN: Final = Screen(
    name="Home",
    title="Genes in context",
    question="Who keeps company with a gene, and where does this change?",
    draw="musegnn.screens.home.panel:draw",
    order=0,
    icon=":material/home:",
    file="1_Home.py",
    tour=(
        TourStep(
            "Take it away",
            "Every table downloads in full, every picture as SVG. At the upper right of each page: "
            "the link to what you see, the whole session as one file, and notes. Under *Methods*: "
            "the program that makes the table again.",
        ),
    ),
)
