"""Questions of the Enrichment page, and the few answers that each of its controls has."""

from __future__ import annotations

from typing import Final

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
REGULATORS, PATHWAYS = "regulators", "pathways"
NETWORKS: Final = (REGULATORS, PATHWAYS)
EACH, ALONG = "contexts", "ranking"
SCORE_LABELS: Final = {EACH: "expression in every context", ALONG: "a ranking"}
SCORES: Final[tuple[str, ...]] = tuple(SCORE_LABELS)
