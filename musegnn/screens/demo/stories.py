"""Stories: what to show of an atlas, with numbers that are counted in it now.

A step whose genes or tissues the opened atlas has not is left out, so that a story is told of any
atlas that has its genes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from musegnn.embeddings.atlas import Atlas
from musegnn.screens.demo.gene_stories import cortex_and_liver, islets, t_cells
from musegnn.screens.demo.lineage_story import to_hormones
from musegnn.screens.demo.molecule_story import erlotinib
from musegnn.screens.demo.steps import Step

_FEWEST_STEPS: Final = 3  # of a story that is worth telling
_PLOTS: Final[tuple[tuple[str, str, Callable[[Atlas], Iterator[Step | None]]], ...]] = (
    (
        "T cells in blood and in tumour",
        "One gene of T cells, followed from blood into tumours.",
        t_cells,
    ),
    (
        "Islets in two species",
        "Insulin in a person and in a mouse, which has two genes for it.",
        islets,
    ),
    (
        "Cortex against liver",
        "The same genes with another trade: what the brain and the liver use them for.",
        cortex_and_liver,
    ),
    (
        "A drug, from its structure to the company of its target",
        "Erlotinib, a drug against lung cancer: what is like it, what assays would find of it, and "
        "where its target EGFR stands in tissues.",
        erlotinib,
    ),
    (
        "Cells on their way to hormones",
        "Ducts of the pancreas become cells that make hormones: which genes rise on the way.",
        to_hormones,
    ),
)


@dataclass(frozen=True)
class Told:
    """A story of the opened atlas.

    Parameters
    ----------
    title, text
        What it is about.
    steps
        In their order.
    """

    title: str
    text: str
    steps: tuple[Step, ...]


def build(atlas: Atlas) -> tuple[Told, ...]:
    """Tell the stories that the opened atlas can tell, each of `_FEWEST_STEPS` steps or more."""
    told = (Told(title, text, tuple(filter(None, steps(atlas)))) for title, text, steps in _PLOTS)
    return tuple(story for story in told if len(story.steps) >= _FEWEST_STEPS)
