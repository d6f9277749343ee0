"""Labels: where labelled genes lie, and whether the vectors can tell them."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import ANY_NUMBER, AUROC, COSINE, INTERVAL, SHARE, Score, Screen
from musegnn.screens.shell.shared_fields import (
    CLUSTER,
    EXPLORING,
    INLINE,
    LIST_VALUE,
    context_field,
    gene_set_fields,
)

SCREEN: Final = Screen(
    name="Labels",
    question="Where do disease or dosage-sensitive genes lie, and can the vectors tell them?",
    draw="musegnn.screens.labels.panel:draw",
    order=60,
    group="Explore",
    file="10_Labels.py",
    fields=(
        *EXPLORING,
        CLUSTER,
        *gene_set_fields("labels"),
        LinkField(
            "labels_others", "gene names or the id of a list", pattern=LIST_VALUE, longest=INLINE
        ),
        context_field("labels_left"),
        context_field("labels_right"),
    ),
    scores=(
        Score("cohesion", COSINE, "Mean cosine of all pairs of a set"),
        Score("expected", COSINE, "Mean cohesion of matched random sets"),
        Score("2.5 %", COSINE, "Lower end of the central 95 % of the random sets"),
        Score("97.5 %", COSINE, "Upper end of the central 95 % of the random sets"),
        Score("z", ANY_NUMBER, "Distance from the random sets in their standard deviations"),
        Score("score", ANY_NUMBER, "Distance from a random set in standard deviations"),
        AUROC,
        INTERVAL,
        Score("AUPRC", SHARE, "Average precision of the classifier"),
        Score("probability", SHARE, "Mean of models that never saw the gene"),
        Score("cohesion, first", COSINE, "Mean cosine of all pairs in the first context"),
        Score("cohesion, second", COSINE, "Mean cosine of all pairs in the second context"),
        Score("difference", "-2 to 2", "Cohesion in the first minus in the second context"),
    ),
    on_selection="Where the selected genes lie, and whether the vectors can tell them",
)
