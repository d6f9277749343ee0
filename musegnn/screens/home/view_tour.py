"""Tour: the first visit in a few steps, each with a real example of the opened atlas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.shell.screen import TourStep, screens

# well known in most tissues people bring; the first one that is in at least two contexts is taken.
# An illustration, chosen so that each step ends in an answer: in the atlas that ships, the nearest
# genes of CD79A share processes of B cells, those of CD3E none at q < 0.05
_WELL_KNOWN: Final = ("CD79A", "CD3E", "INS", "ALB", "ACTB")


@dataclass(frozen=True)
class Example:
    """A gene of the atlas with two of its contexts.

    Parameters
    ----------
    gene
        Symbol in the first context.
    contexts
        Contexts that have it, most edges first; the second one is of another tissue when there is
        one.
    """

    gene: str
    contexts: tuple[str, ...]


def find_example(embedding: EmbeddingSet) -> Example | None:
    """Choose a gene that a visitor may know and that has much to show; None without genes."""
    genes = embedding.genes
    names = genes[keys.ORTHOLOG].astype(str)
    names = names.where(names != "", genes[keys.COMMON_GENE].astype(str)).to_numpy(dtype=str)
    if not len(names):
        return None
    found, counts = np.unique(names, return_counts=True)
    count = dict(zip(found.tolist(), counts.tolist(), strict=True))
    usual = found[np.lexsort((found, -counts))[0]]
    name = next((known for known in _WELL_KNOWN if count.get(known, 0) > 1), str(usual))
    part = genes.iloc[np.flatnonzero(names == name)]
    part = part.sort_values([keys.DEGREE, keys.DATASET], ascending=[False, True], kind="stable")
    return Example(str(part[keys.GENE].iloc[0]), _two_tissues_first(part))


def _two_tissues_first(part: pd.DataFrame) -> tuple[str, ...]:
    """Contexts in the order of the rows, the first of another tissue moved to the second place."""
    contexts = list(dict.fromkeys(part[keys.DATASET].astype(str)))
    tissues = dict(zip(part[keys.DATASET].astype(str), part[keys.TISSUE].astype(str), strict=True))
    other = next((name for name in contexts if tissues[name] != tissues[contexts[0]]), None)
    if other is not None:
        contexts.remove(other)
        contexts.insert(1, other)
    return tuple(contexts)


def build_tour(embedding: EmbeddingSet) -> tuple[tuple[str, TourStep], ...]:
    """Lay out the steps of a first visit on an atlas, each after the name of its screen."""
    example = find_example(embedding)
    if example is None:
        return ()
    words = dict(zip(("here", "there"), example.contexts, strict=False), gene=example.gene)
    labels = embedding.context_names
    told = {name: labels.get(word, word) for name, word in words.items()}
    home, *others = screens()
    return tuple(
        (screen.name, _about(step, words, told))
        for screen in (*others, home)
        for step in screen.tour
        if "there" in words or "{there}" not in step.text
    )


def _about(step: TourStep, words: dict[str, str], told: dict[str, str]) -> TourStep:
    """Let a step speak of an example: in words for people, and in fields by its names."""
    return TourStep(
        step.title.format(**told),
        step.text.format(**told),
        step.label.format(**told),
        {name: value.format(**words) for name, value in step.fields.items()},
    )
