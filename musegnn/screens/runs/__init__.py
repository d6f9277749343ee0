"""Runs: train, watch, stop, compare."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.shared_fields import NAME

MOST_LINKED: Final = 900  # characters of the ids in a link

SCREEN: Final = Screen(
    name="Runs",
    question="How does a training go, and what map comes of it?",
    draw="musegnn.screens.runs.panel:draw",
    order=80,
    group="Make",
    icon=":material/play_circle:",
    needs=(),
    file="9_Runs.py",
    fields=(
        LinkField("run", "the name of a run", pattern=NAME, longest=120),
        LinkField("compared", "names of runs", pattern=rf"{NAME}(,{NAME})*", longest=MOST_LINKED),
    ),
    scores="musegnn.screens.runs.columns:SCORES",
)
