"""Modules: do genes that are known to work together find each other here."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.shared_fields import (
    CLUSTER,
    EXPLORING,
    context_field,
    gene_set_fields,
)

AUROC, NEAR, FOLD = "AUROC", "near", "times chance"
# label -> column of the scores, header with range, ends of the scale (None: that of the data)
VALUES: Final[dict[str, tuple[str, str, float | None]]] = {
    AUROC: ("auroc", "AUROC of members (0.5: chance, 1: best)", 1.0),
    NEAR: ("near", "members among the 20 nearest (share)", None),
    FOLD: ("fold", "members among the 20 nearest, times chance", None),
}
YES, NO = "yes", "no"

SCREEN: Final = Screen(
    name="Modules",
    question="Do genes that are known to work together find each other here?",
    draw="musegnn.screens.modules.panel:draw",
    order=92,
    group="Trust",
    icon=":material/grid_view:",
    file="12_Modules.py",
    fields=(
        *EXPLORING,
        CLUSTER,
        *gene_set_fields("modules"),
        LinkField("modules_own", "whether genes of your own are asked too", choices=(YES, NO)),
        LinkField("module_value", "what the colour is", AUROC, tuple(VALUES)),
        LinkField("module", "the name of a module", pattern=r"[\w -]+", longest=60),
        context_field("module_context"),
    ),
    scores="musegnn.screens.modules.columns:SCORES",
    on_selection="Whether the selected genes find each other, context by context",
)
