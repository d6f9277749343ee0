"""Compare: which genes keep other company in another context."""

from __future__ import annotations

from typing import Final

from musegnn.analysis.choices import MEASURES, MOST_CONTEXTS, WHICH
from musegnn.screens.parts import colour_choices
from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import (
    EXPLORING,
    LEFT,
    NAME,
    NAMES,
    NEIGHBOURS,
    OPEN,
    ORTHOLOG_PANEL,
    RIGHT,
)

ANYTHING: Final = "anything"
CONDITION, SPECIES, TISSUE = "condition", "species", "tissue"
MODALITY, DATASET = "technique", "dataset"
DIFFERENCES: Final = (ANYTHING, CONDITION, SPECIES, TISSUE, MODALITY, DATASET)
LOST, CHANGE = "lost beyond sampling", "change"
# links without a colour mean change since the first version
COLOUR_LABELS: Final = (LOST, CHANGE, *(c for c in colour_choices.COLOUR_LABELS if c != "dataset"))
ATLAS_LAYOUT, ALIGNED_LAYOUT = "map of the atlas", "aligned on common genes"
LAYOUTS: Final = (ATLAS_LAYOUT, ALIGNED_LAYOUT)
CHANGED_MOST, KEPT_MOST = "changed most", "kept most"
ORDERS: Final = (CHANGED_MOST, KEPT_MOST)
# label -> field of ContextSimilarity, header with range
HEATMAP_VALUES: Final = {
    "overlap above chance": ("above_chance", "overlap above chance (0: chance, 1: identical)"),
    "overlap": ("overlap", "mean Jaccard index (0 to 1)"),
    "CKA": ("cka", "unbiased linear CKA (about 0: unrelated, 1: equal up to rotation)"),
    "common genes": ("n_common", "common genes (count)"),
}
BY_TISSUE, BY_SIMILARITY = "species and tissue", "similarity"
HEATMAP_ORDERS: Final = (BY_TISSUE, BY_SIMILARITY)
_VALUES: Final = tuple(HEATMAP_VALUES)

SCREEN: Final = Screen(
    name="Compare",
    question="Which genes keep other company in another context?",
    draw="musegnn.screens.compare.panel:draw",
    order=30,
    group="Explore",
    icon=":material/compare_arrows:",
    file="6_Compare.py",
    fields=(
        *EXPLORING,
        ORTHOLOG_PANEL,
        NAMES,
        NEIGHBOURS,
        LEFT,
        RIGHT,
        LinkField("differ", "what two contexts differ in", ANYTHING, DIFFERENCES),
        LinkField("measure", "a measure of overlap", MEASURES[0], MEASURES),
        LinkField("paired_colour", "a colour of both maps", CHANGE, COLOUR_LABELS),
        LinkField("layout", "a layout of both maps", LAYOUTS[0], LAYOUTS),
        LinkField("order", "an order of the table", ORDERS[0], ORDERS),
        LinkField("tissues", "whether a panel is open", choices=OPEN),
        LinkField("heatmap", "whether a panel is open", choices=OPEN),
        LinkField("heatmap_value", "a value of pairs", _VALUES[0], _VALUES),
        LinkField("heatmap_order", "an order", HEATMAP_ORDERS[0], HEATMAP_ORDERS),
        LinkField("factors", "whether a panel is open", choices=OPEN),
        LinkField(
            "factor_contexts",
            "codes of contexts between dots",
            pattern=rf"[0-9a-f]{{6}}(\.[0-9a-f]{{6}}){{0,{MOST_CONTEXTS - 1}}}",
            longest=7 * MOST_CONTEXTS,
        ),
        LinkField("factor_list", "the name of a list", pattern=NAME, longest=40),
        LinkField("factor_which", "which factors count", WHICH[0], WHICH),
    ),
    tour=(
        TourStep(
            "Compare two contexts",
            "{here} beside {there}: which genes keep their company, and which change it more than "
            "chance.",
            "Compare them",
            {"gene": "{gene}", "left": "{here}", "right": "{there}"},
        ),
    ),
    scores="musegnn.screens.compare.columns:SCORES",
    on_selection="The two contexts with most selected points side by side, the selection on both",
)
