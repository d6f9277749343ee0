"""Labels: where labelled genes lie, and whether the vectors can tell them."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.shared_fields import (
    CLUSTER,
    EXPLORING,
    INLINE,
    LIST_VALUE,
    NAMES,
    context_field,
    gene_set_fields,
)

SCREEN: Final = Screen(
    name="Labels",
    question="Where do disease or dosage-sensitive genes lie, and can the vectors tell them?",
    draw="musegnn.screens.labels.panel:draw",
    order=60,
    group="Ask",
    icon=":material/label:",
    file="10_Labels.py",
    fields=(
        *EXPLORING,
        CLUSTER,
        NAMES,
        *gene_set_fields("labels"),
        LinkField(
            "labels_others", "gene names or the id of a list", pattern=LIST_VALUE, longest=INLINE
        ),
        context_field("labels_left"),
        context_field("labels_right"),
    ),
    scores="musegnn.screens.labels.columns:SCORES",
    on_selection="Where the selected genes lie, and whether the vectors can tell them",
)
