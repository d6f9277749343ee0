"""Gene: who its neighbours are in a context, and what speaks for each."""

from __future__ import annotations

from typing import Final

from musegnn.analysis.choices import ANY, EVIDENCE_FILTERS, SCOPES
from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import EXPLORING, FOUND_BY, NEIGHBOURS

MINIMUM_COSINES: Final = (ANY, "0.3", "0.5", "0.6", "0.7", "0.8", "0.9")
# whose surprising company: nobody's, that of the gene, that of all genes of its context
COMPANY: Final = ("not asked", "the gene", "all genes of the context")

SCREEN: Final = Screen(
    name="Gene",
    question="Who are the neighbours of a gene here, and what speaks for it?",
    draw="musegnn.screens.gene.panel:draw",
    order=20,
    group="Explore",
    icon=":material/genetics:",
    file="3_Gene.py",
    fields=(
        *EXPLORING,
        LinkField("scope", "where neighbours are searched", SCOPES[0], SCOPES),
        LinkField("why", "a kind of evidence", EVIDENCE_FILTERS[0], EVIDENCE_FILTERS),
        LinkField("cosine", "a lowest cosine", MINIMUM_COSINES[0], MINIMUM_COSINES),
        LinkField("orthologs", "`only` or nothing", choices=("only",)),
        NEIGHBOURS,
        LinkField("company", "whose surprising company is listed", COMPANY[0], COMPANY),
        *FOUND_BY,
    ),
    tour=(
        TourStep(
            "Ask for neighbours",
            "The nearest genes of {gene} in {here}, in the full embedding space, and what speaks "
            "for each: known interaction, shared pathway, co-expression, or the embedding only.",
            "Neighbours of {gene}",
            {"gene": "{gene}", "dataset": "{here}"},
        ),
    ),
    scores="musegnn.screens.gene.columns:SCORES",
)
