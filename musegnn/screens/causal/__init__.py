"""Causal: what regulates a set of genes, and how much of it is known."""

from __future__ import annotations

from typing import Final

from musegnn.analysis.choices import GRADES, KINDS, QUERIES, USUAL_GRADE
from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import CLUSTER, EXPLORING, FOUND_BY, gene_set_fields

USUAL_QUERY: Final = "expand"
_KIND: Final = f"({'|'.join(KINDS)})"

SCREEN: Final = Screen(
    name="Causal",
    question="What regulates these genes, and how much of it is known?",
    draw="musegnn.screens.causal.panel:draw",
    order=50,
    group="Ask",
    icon=":material/hub:",
    file="8_Causal.py",
    fields=(
        *EXPLORING,
        CLUSTER,
        *gene_set_fields("causal"),
        *FOUND_BY,
        LinkField("causal_query", "a query", USUAL_QUERY, QUERIES),
        LinkField("causal_confidence", "a curated confidence", USUAL_GRADE, GRADES),
        LinkField("causal_around", "the name of a gene", longest=40),
        LinkField(
            "causal_kinds",
            "kinds of edges between commas",  # none: what is known first, see `usual_kinds`
            pattern=rf"{_KIND}(,{_KIND}){{0,2}}",
        ),
    ),
    tour=(
        TourStep(
            "Ask what regulates it",
            "Curated edges drawn solid, inferred ones dashed; each edge opens its evidence.",
            "Regulators around {gene}",
            {"gene": "{gene}", "dataset": "{here}", "causal_kind": "neighbours"},
        ),
    ),
    scores="musegnn.screens.causal.columns:SCORES",
    on_selection="What regulates the selected genes",
)
