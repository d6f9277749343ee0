"""Molecules: which molecules are alike, by what they do to cells and by structure."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LONGEST_STRUCTURE, LinkField
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.shared_fields import SELECTION

REFERENCE: Final = "molecules"  # the need of the page
TABLE, CLUSTER, SCAFFOLD, DENSITY, BITS = "table", "cluster", "scaffold", "density", "bits"
PHASE, ASSAY, VECTOR, STRUCTURE = "phase", "assay", "vector", "structure"
FORETOLD: Final = "foretold"
COLOURS: Final[dict[str, str]] = {
    TABLE: "Table that names it",
    CLUSTER: "Cluster of the map",
    SCAFFOLD: "Scaffold",
    DENSITY: "How many structures are alike",
    BITS: "Bits that its vector keeps",
    PHASE: "Clinical phase",
    ASSAY: "An assay",
    FORETOLD: "An assay, foretold",
    VECTOR: "Likeness of vectors to the molecule asked",
    STRUCTURE: "Likeness of structures to the molecule asked",
}

SCREEN: Final = Screen(
    name="Molecules",
    question="Which molecules are alike, by what they do to cells and by structure?",
    draw="musegnn.screens.molecules.panel:draw",
    order=56,
    group="Explore",
    icon=":material/hexagon:",
    file="17_Molecules.py",
    needs=(REFERENCE,),
    fields=(
        SELECTION,
        LinkField("mol_asked", "a molecule", longest=LONGEST_STRUCTURE),
        LinkField("mol_colour", "what colours molecules", TABLE, tuple(COLOURS)),
        LinkField("mol_assay", "an assay", longest=200),
        LinkField("mol_foretold", "an assay that models foretell", longest=80),
    ),
    scores="musegnn.screens.molecules.columns:SCORES",
)
