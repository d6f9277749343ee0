"""Lineages: where cells stand on their way."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen
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
    scores="musegnn.screens.lineages.columns:SCORES",
)
