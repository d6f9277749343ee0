"""Enrichment: what a set of genes is about."""

from __future__ import annotations

from typing import Final

from musegnn.analysis.choices import BACKGROUNDS, NETWORKS, SET_MODES
from musegnn.screens.shell.link_field import CONTENT_ID, LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import (
    CLUSTER,
    EXPLORING,
    FOUND_BY,
    LEFT,
    NAME,
    RIGHT,
    gene_set_fields,
)

TERMS, CONTEXTS, RANKED, ACTIVITY = "terms", "contexts", "ranking", "activity"
QUESTION_LABELS: Final = {
    TERMS: "Terms of the set",
    CONTEXTS: "Across contexts",
    RANKED: "Along a ranking",
    ACTIVITY: "Regulators and pathways",
}
QUESTIONS: Final[tuple[str, ...]] = tuple(QUESTION_LABELS)

BACKGROUND_LABELS: Final = {
    "context": "genes of this model and context",
    "atlas": "all genes of the atlas",
    "annotated": "all genes of the library",
    "list": "a pasted list",
}
OVERLAPS: Final = ("0.3", "0.5", "0.7", "1")
COSINE, CHANGE, PASTED = "cosine", "change", "list"
RANKING_LABELS: Final = {
    COSINE: "cosine to a gene",
    CHANGE: "neighbourhood change between two contexts",
    PASTED: "a pasted list with numbers",
}
RANKINGS: Final[tuple[str, ...]] = tuple(RANKING_LABELS)
EACH, ALONG = "contexts", "ranking"
SCORE_LABELS: Final = {EACH: "expression in every context", ALONG: "a ranking"}
SCORES: Final[tuple[str, ...]] = tuple(SCORE_LABELS)
_STORED: Final = CONTENT_ID.pattern

SCREEN: Final = Screen(
    name="Enrichment",
    question="What is this set about?",
    draw="musegnn.screens.enrichment.panel:draw",
    order=40,
    group="Ask",
    icon=":material/bar_chart:",
    file="7_Enrichment.py",
    fields=(
        *EXPLORING,
        LEFT,
        RIGHT,
        CLUSTER,
        *gene_set_fields("enrichment"),
        *FOUND_BY,
        LinkField("ask", "a question", QUESTIONS[0], QUESTIONS),
        LinkField("library", "the name of a library", pattern=NAME, longest=40),
        LinkField("background", "a background", BACKGROUNDS[0], BACKGROUNDS),
        LinkField("others", "the id of a list", pattern=_STORED, longest=24),
        LinkField("smallest", "a number of genes", "5", least=1, most=5000),
        LinkField("largest", "a number of genes", "500", least=1, most=5000),
        LinkField("overlap", "an overlap", OVERLAPS[1], OVERLAPS),
        LinkField("take", "which genes to take", SET_MODES[0], SET_MODES),
        LinkField("ranking", "what is ranked", RANKINGS[0], RANKINGS),
        LinkField("ranks", "the id of a ranking", pattern=_STORED, longest=24),
        LinkField("network", "what acts", NETWORKS[0], NETWORKS),
        LinkField("scores", "what genes are scored by", SCORES[0], SCORES),
    ),
    tour=(
        TourStep(
            "Ask what a set is about",
            "Take the neighbours of {gene}, a cluster, a selection or your own list: pathways and "
            "processes they share, against the genes of this model.",
            "What is {gene} among",
            {"gene": "{gene}", "dataset": "{here}", "enrichment_kind": "neighbours"},
        ),
    ),
    scores="musegnn.screens.enrichment.columns:SCORES",
    on_selection="Which pathways and processes the selected genes share",
)
