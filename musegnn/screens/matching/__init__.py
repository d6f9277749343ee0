"""Matching: which molecule left a profile of cells, and which one a molecule would leave."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LONGEST_STRUCTURE, LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import EXPLORING

PROFILE, MOLECULE, GENES = "profile", "molecule", "genes"
ASKED: Final[dict[str, str]] = {
    MOLECULE: "A molecule",
    PROFILE: "A profile of cells",
    GENES: "Genes up and down",
}

SCREEN: Final = Screen(
    name="Matching",
    question="Which molecule left a profile of cells, and which profile would a molecule leave?",
    draw="musegnn.screens.matching.panel:draw",
    order=58,
    group="Ask",
    icon=":material/join_inner:",
    file="15_Matching.py",
    needs=(),
    fields=(
        *EXPLORING,
        LinkField("match_ask", "what is asked about", MOLECULE, tuple(ASKED)),
        LinkField("match_molecule", "a molecule", longest=LONGEST_STRUCTURE),
    ),
    tour=(
        TourStep(
            "Ask which molecule left a profile",
            "Measured profiles of 302 compounds (Cell Painting): those most like what "
            "dexamethasone leaves, and how far to believe it.",
            "Profiles like dexamethasone's",
            {"match_ask": MOLECULE, "match_molecule": "dexamethasone"},
        ),
    ),
    scores="musegnn.screens.matching.columns:SCORES",
)
