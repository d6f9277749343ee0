"""Tour: the first visit in a few steps, each with a real example of the opened atlas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.shell import permalink

# well known in most tissues people bring; the first one that is in at least two contexts is taken
_WELL_KNOWN: Final = ("CD3E", "INS", "ALB", "ACTB")


@dataclass(frozen=True)
class TourStep:
    """One step of the first visit.

    Parameters
    ----------
    title, text
        What to do and what to see, Markdown.
    page
        Page that shows it, one of `musegnn.screens.shell.permalink.PAGES`; "" for no page.
    label
        What the button says.
    fields
        What is chosen there, by field of the link.
    """

    title: str
    text: str
    page: str = ""
    label: str = ""
    fields: dict[str, str] = field(default_factory=dict)


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


def build_tour(embedding: EmbeddingSet) -> tuple[TourStep, ...]:
    """Lay out the steps of a first visit on an atlas."""
    example = find_example(embedding)
    if example is None:
        return ()
    gene, first = example.gene, example.contexts[0]
    here = {"gene": gene, "dataset": first}
    steps = [
        TourStep(
            "Find your gene",
            f"Type {gene} on *Atlas*: its points in all contexts light up, the others step back "
            "to grey.",
            permalink.ATLAS,
            f"Light {gene}",
            {"gene": gene, "colour": "tissue"},
        ),
        TourStep(
            "Look where it lies",
            "Colour by cluster. Points of one gene far apart mean other company in these contexts, "
            "or only that the datasets differ. Draw a *lasso* to list what you enclose.",
            permalink.ATLAS,
            "Colour by cluster",
            {"gene": gene, "colour": "cluster"},
        ),
        TourStep(
            "Ask for neighbours",
            f"The nearest genes of {gene} in {first}, in the full embedding space, and what speaks "
            "for each: known interaction, shared pathway, co-expression, or the embedding only.",
            permalink.GENE,
            f"Neighbours of {gene}",
            here,
        ),
    ]
    if len(example.contexts) > 1:
        steps.append(
            TourStep(
                "Compare two contexts",
                f"{first} beside {example.contexts[1]}: which genes keep their company, and which "
                "change it more than chance.",
                permalink.COMPARE,
                "Compare them",
                {"gene": gene, "left": first, "right": example.contexts[1]},
            )
        )
    steps += [
        TourStep(
            "Ask what a set is about",
            f"Take the neighbours of {gene}, a cluster, a selection or your own list: pathways and "
            "processes they share, against the genes of this model.",
            permalink.ENRICHMENT,
            f"What is {gene} among",
            {**here, "enrichment_kind": "neighbours"},
        ),
        TourStep(
            "Ask what regulates it",
            "Curated edges drawn solid, inferred ones dashed; each edge opens its evidence.",
            permalink.CAUSAL,
            f"Regulators around {gene}",
            {**here, "causal_kind": "neighbours"},
        ),
        TourStep(
            "Take it away",
            "Every table downloads in full, every picture as SVG. At the upper right of each page: "
            "the link to what you see, the whole session as one file, and notes. Under *Methods*: "
            "the program that makes the table again.",
        ),
    ]
    return tuple(steps)
