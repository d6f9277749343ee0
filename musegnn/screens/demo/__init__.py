"""Demo: stories that walk through the pages, each step with a number of the opened atlas."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.screen import Screen, TourStep

SCREEN: Final = Screen(
    name="Demo",
    question="What is there to see in this atlas, in five stories for a talk?",
    draw="musegnn.screens.demo.panel:draw",
    order=8,
    icon=":material/slideshow:",
    file="20_Demo.py",
    tour=(
        TourStep(
            "Let a story lead",
            "Five stories walk through the pages, each step with a number of this atlas.",
            "Hear a story",
        ),
    ),
)
