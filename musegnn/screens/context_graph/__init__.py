"""Context graph: what is known of molecules, joined, and what stands around one."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LONGEST_STRUCTURE, LinkField
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.shared_fields import EXPLORING

AROUND, DENSITY, TABLES, TRAINING = "around", "density", "tables", "training"
ASKED: Final[dict[str, str]] = {
    AROUND: "Around a molecule",
    DENSITY: "How dense it is",
    TABLES: "What it is made of",
    TRAINING: "Train on it",
}
MOST_WALKS: Final = 9999

SCREEN: Final = Screen(
    name="Context",
    title="Context graph",
    question="What does a cell's answer say of a molecule, and which molecules are near by it?",
    draw="musegnn.screens.context_graph.panel:draw",
    order=59,
    group="Ask",
    icon=":material/lan:",
    file="18_Context.py",
    needs=(),
    fields=(
        *EXPLORING,
        LinkField("context_ask", "what is asked about", AROUND, tuple(ASKED)),
        LinkField("context_node", "a molecule or a gene", longest=LONGEST_STRUCTURE),
        LinkField("context_walk", "the number of a walk", "1", least=1, most=MOST_WALKS),
    ),
    scores="musegnn.screens.context_graph.columns:SCORES",
)
