"""Properties: what would assays find of a molecule, and how far is that to be trusted."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen

SCREEN: Final = Screen(
    name="Properties",
    question="What would assays find of a molecule, and how far is that to be trusted?",
    draw="musegnn.screens.properties.panel:draw",
    order=57,
    group="Ask",
    icon=":material/science:",
    file="16_Properties.py",
    needs=(),
    fields=(
        LinkField("properties_of", "structures", longest=1600),
        LinkField("properties_assay", "an assay", longest=80),
    ),
    scores="musegnn.screens.properties.columns:SCORES",
)
