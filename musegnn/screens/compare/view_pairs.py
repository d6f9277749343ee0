"""Pairs of contexts: what two contexts differ in, and which pair to show first."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import pandas as pd

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import count_common_genes
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.compare import (
    ANYTHING,
    CONDITION,
    DATASET,
    DIFFERENCES,
    MODALITY,
    SPECIES,
    TISSUE,
)

CONDITION_COLUMN: Final = "condition"  # of the table of contexts, where the atlas has one

# "breast tumour" is an organ and its condition, and so is "heart (fetal)"
_DISEASE = re.compile(r"^(?P<organ>.+?)\s+(?P<condition>(?:tumou?r|cancer|carcinoma|disease)\b.*)$")
_BRACKETS = re.compile(r"^(?P<organ>.+?)\s*\((?P<condition>[^()]+)\)$")


@dataclass(frozen=True)
class ContextKind:
    """What a context is.

    Parameters
    ----------
    name
        Dataset.
    species, organ, condition, modality
        What it was measured in; condition is "" where none is named.
    label
        What it is, for people.
    """

    name: str
    species: str
    organ: str
    condition: str
    modality: str
    label: str = ""


@dataclass(frozen=True)
class PairChoice:
    """The pair to compare and what can be chosen instead.

    Parameters
    ----------
    left, right
        The two contexts; "" when there are no two.
    lefts, rights
        What can be chosen on each side: name -> label with the number of common genes.
    note
        What was chosen in place of something that is not there, or "".
    """

    left: str
    right: str
    lefts: dict[str, str]
    rights: dict[str, str]
    note: str = ""


def split_tissue(tissue: str) -> tuple[str, str]:
    """Take a tissue apart into organ and condition; the condition is "" where none is named."""
    found = _BRACKETS.fullmatch(tissue) or _DISEASE.fullmatch(tissue)
    return (found["organ"], found["condition"]) if found else (tissue, "")


def context_kinds(embedding: EmbeddingSet) -> dict[str, ContextKind]:
    """Describe every context, by name in the order of the alphabet; kept with the set."""
    kept: dict[str, dict[str, ContextKind]] = embedding.kept("context_kinds")
    if "all" not in kept:
        kept["all"] = _describe_contexts(embedding)
    return kept["all"]


def _describe_contexts(embedding: EmbeddingSet) -> dict[str, ContextKind]:
    kinds, names = {}, embedding.context_names
    for name, row in embedding.datasets.sort_index().iterrows():
        organ, condition = split_tissue(str(row[keys.TISSUE]))
        if CONDITION_COLUMN in row and str(row[CONDITION_COLUMN]):
            organ, condition = str(row[keys.TISSUE]), str(row[CONDITION_COLUMN])
        kinds[str(name)] = ContextKind(
            str(name),
            str(row[keys.SPECIES_COLUMN]),
            organ,
            condition,
            str(row[keys.MODALITY]),
            names[str(name)],
        )
    return kinds


def differ_in(first: ContextKind, second: ContextKind, what: str) -> bool:
    """Tell whether two contexts differ in one thing and agree in what it is compared within.

    Condition: the same organ and species. Species: the same organ and condition. Tissue: another
    organ of the same species and technique. Technique: the same species and organ. Dataset: the
    same species, organ, condition and technique.
    """
    if first.name == second.name or what == ANYTHING:
        return first.name != second.name
    same = {
        CONDITION: first.condition == second.condition,
        SPECIES: first.species == second.species,
        TISSUE: first.organ == second.organ,
        MODALITY: first.modality == second.modality,
    }
    agree: dict[str, tuple[str, ...]] = {
        CONDITION: (SPECIES, TISSUE),
        SPECIES: (TISSUE, CONDITION),
        TISSUE: (SPECIES, MODALITY),
        MODALITY: (SPECIES, TISSUE),
        DATASET: (SPECIES, TISSUE, CONDITION, MODALITY),
    }
    return not same.get(what, False) and all(same[name] for name in agree[what])


def choose_pair(
    embedding: EmbeddingSet,
    *,
    left: str,
    right: str,
    differing_in: str = ANYTHING,
    having: Collection[str] = (),
) -> PairChoice:
    """Find the pair to compare, near to what was wished.

    Without a wish it is the pair with most common genes among those that differ in condition where
    one has none named (healthy and tumour), else in species, tissue, technique, dataset.

    Parameters
    ----------
    embedding
        The atlas.
    left, right
        Wished contexts, or "".
    differing_in
        One of `DIFFERENCES`: which pairs can be chosen.
    having
        Contexts that have the gene somebody looks at: where a side is not wished, these go before
        others.
    """
    kinds = context_kinds(embedding)
    counts = count_common_genes(embedding)
    partners = {
        name: [other for other in kinds if differ_in(kinds[name], kinds[other], differing_in)]
        for name in kinds
    }
    lefts = [name for name in kinds if partners[name]]
    if not lefts:  # then there is no first pair either
        note = f"No two contexts of this atlas differ in {differing_in} alone."
        return PairChoice("", "", {}, {}, note)
    if left not in lefts:
        left, best = _first_pair(kinds, counts, differing_in, having)
        right = right if right in partners[left] else best
    if right not in partners[left] and not (left == right and differing_in == ANYTHING):
        right = max(partners[left], key=lambda name: (name in having, int(counts.loc[left, name])))
    n_common = counts.loc[left]
    return PairChoice(
        left,
        right,
        {name: kinds[name].label for name in lefts},
        {name: f"{kinds[name].label}: {n_common[name]:,} common" for name in partners[left]},
    )


def _first_pair(
    kinds: dict[str, ContextKind],
    counts: pd.DataFrame,
    differing_in: str,
    having: Collection[str],
) -> tuple[str, str]:
    """Choose the pair that is shown when nothing was chosen."""
    steps = (*DIFFERENCES[1:], ANYTHING) if differing_in == ANYTHING else (differing_in,)
    found = ("", "")
    for what in steps:
        pairs = [
            (first, second)
            for first in kinds
            for second in kinds
            if differ_in(kinds[first], kinds[second], what)
        ]
        with_gene = [pair for pair in pairs if set(pair) <= set(having)]
        if with_gene or (pairs and not found[0]):
            # a context without a condition stands on the left: healthy, then tumour
            found = max(
                with_gene or pairs, key=lambda p: (not kinds[p[0]].condition, int(counts.loc[p]))
            )
        if with_gene or (found[0] and not having):
            break
    return found
