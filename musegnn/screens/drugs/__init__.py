"""Drugs: what does a compound hit, and which compounds mimic or reverse a change."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.shared_fields import EXPLORING

COMPOUND, SIGNATURE = "compound", "signature"
ASKED: Final[dict[str, str]] = {
    COMPOUND: "Targets of a compound",
    SIGNATURE: "A signature of your own",
}

SCREEN: Final = Screen(
    name="Drugs",
    question="What does a compound hit, and which compounds mimic or reverse a change?",
    draw="musegnn.screens.drugs.panel:draw",
    order=55,
    group="Explore",
    file="14_Drugs.py",
    needs=(),
    fields=(
        *EXPLORING,
        LinkField("drugs_ask", "what is asked about", COMPOUND, tuple(ASKED)),
        LinkField("drug", "a compound", longest=200),
    ),
    scores="musegnn.screens.drugs.columns:SCORES",
)
