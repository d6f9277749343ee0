"""Shared fields: what the links of several screens carry, so that a choice goes along with a visit.

A screen names them among its own fields in its record.
"""

from __future__ import annotations

from typing import Final

from musegnn.analysis.choices import BLOCKS, CHOICE_KINDS
from musegnn.screens.shell.link_field import CONTENT_ID, LinkField

INLINE: Final = 200  # characters of a value that stands in the address itself
SELECTION_VALUE: Final = rf"{CONTENT_ID.pattern}|~[A-Za-z0-9_-]+"
LIST_VALUE: Final = rf"{CONTENT_ID.pattern}|[A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*"
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._+-]*"  # as `musegnn.validation.check_name` allows


def context_field(name: str) -> LinkField:
    """Return a field that names a context of the opened atlas."""
    meaning = "the name of a context of this atlas"
    return LinkField(name, meaning, pattern=NAME, known="contexts", longest=100)


def gene_set_fields(key: str) -> tuple[LinkField, ...]:
    """Return the fields of the chooser of a gene set; `key` is the name of the screen in small."""
    return (
        LinkField(f"{key}_kind", "where the genes come from", choices=CHOICE_KINDS),
        context_field(f"{key}_context"),
        LinkField(f"{key}_saved", "the name of a saved selection", longest=30),
        LinkField(f"{key}_k", "a number of neighbours", "50", least=5, most=200),
    )


MAP: Final = LinkField("map", "the run whose result is shown", pattern=NAME, longest=120)
GENE: Final = LinkField("gene", "the name of a gene", longest=35)
DATASET: Final = context_field("dataset")
SELECTION: Final = LinkField(
    "selection", "the id of a selection", pattern=SELECTION_VALUE, longest=INLINE
)
LIST: Final = LinkField(
    "list", "gene names or the id of a list", pattern=LIST_VALUE, longest=INLINE
)
EXPLORING: Final = (GENE, DATASET, SELECTION, LIST)  # of screens that look at the same genes
NAMES: Final = LinkField("names", "whether a map names its clusters", "on", ("on", "off"))
NEIGHBOURS: Final = LinkField("k", "a number of neighbours", "20", least=5, most=100)
# what neighbours are found by, and by which vectors of other studies: a page tells of others
FOUND_BY: Final = (
    LinkField("blocks", "what neighbours are found by", BLOCKS[0], BLOCKS),
    LinkField("studies", "the id of vectors of other studies", pattern=r"[0-9a-f]{16}", longest=16),
)
LEFT: Final = context_field("left")
RIGHT: Final = context_field("right")
CLUSTER: Final = LinkField("cluster", "a cluster of this atlas", known="clusters", longest=30)
OPEN: Final = ("open",)
ORTHOLOG_PANEL: Final = LinkField("ortholog_panel", "whether a panel is open", choices=OPEN)
