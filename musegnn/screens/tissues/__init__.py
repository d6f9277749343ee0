"""Tissues: whose company does a gene keep in this tissue, and in that one."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import EXPLORING, NEIGHBOURS, OPEN

# as `musegnn.analysis.neighbours.pooled_company.POOLED_BY`, which only the page loads
POOLED_BY: Final = ("tissue", "species and tissue", "modality", "context")
ANY, COMMON = "any", "common"  # genes that may stand in the two lists
_POOL: Final = r"[\w ,.()/+-]+"

SCREEN: Final = Screen(
    name="Tissues",
    question="Whose company does a gene keep in this tissue, and in that one?",
    draw="musegnn.screens.tissues.panel:draw",
    order=28,
    group="Explore",
    icon=":material/accessibility_new:",
    file="19_Tissues.py",
    fields=(
        *EXPLORING,
        NEIGHBOURS,
        LinkField("pooled_by", "what contexts are pooled by", POOLED_BY[0], POOLED_BY),
        LinkField("pool", "the name of a tissue", pattern=_POOL, longest=100),
        LinkField("other_pool", "the name of a tissue", pattern=_POOL, longest=100),
        LinkField("pool_genes", "which genes are listed", ANY, (ANY, COMMON)),
        LinkField("pool_test", "whether a panel is open", choices=OPEN),
    ),
    tour=(
        TourStep(
            "See a gene in every tissue",
            "{gene}: its nearest genes tissue by tissue, all contexts of a tissue together, two "
            "lists side by side with lines between what they share.",
            "Compare tissues",
            {"gene": "{gene}"},
        ),
    ),
    scores="musegnn.screens.tissues.columns:SCORES",
)
