"""Benchmarks: how sure the numbers are."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen

SCREEN: Final = Screen(
    name="Benchmarks",
    question="How sure are the numbers?",
    draw="musegnn.screens.benchmarks.panel:draw",
    order=90,
    group="Trust",
    icon=":material/verified:",
    needs=(),
    file="5_Benchmarks.py",
    fields=(
        LinkField("benchmark", "the name of a benchmark", pattern=r"[\w .()+-]+"),
        LinkField("group", "a group of metrics", pattern=r"[\w ,-]+"),
    ),
    scores="musegnn.screens.benchmarks.columns:SCORES",
)
