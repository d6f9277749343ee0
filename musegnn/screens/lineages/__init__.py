"""Lineages: where cells stand on their way."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import NAME

LABEL, CLUSTER, PSEUDOTIME, GENE = "label", "cluster", "pseudotime", "gene"
COLOURS: Final = (LABEL, CLUSTER, PSEUDOTIME, GENE)

SCREEN: Final = Screen(
    name="Lineages",
    question="Where do cells stand on their way, and which genes rise and fall along it?",
    draw="musegnn.screens.lineages.panel:draw",
    order=35,
    group="Explore",
    icon=":material/account_tree:",
    needs=(),
    file="13_Lineages.py",
    fields=(
        LinkField("lineage", "the run of a lineage", pattern=NAME, longest=120),
        LinkField("cell_colour", "a colour of cells", LABEL, COLOURS),
        LinkField("cell_gene", "the name of a gene", longest=60),
    ),
    tour=(
        TourStep(
            "Follow cells on their way",
            "Cells of the developing pancreas of the mouse, from ducts to hormones: pseudotime, "
            "groups and their tree, and the genes that rise and fall, beside what the same vectors "
            "tell when genes are permuted.",
            "A lineage",
            {"cell_colour": PSEUDOTIME},
        ),
    ),
    scores="musegnn.screens.lineages.columns:SCORES",
)
