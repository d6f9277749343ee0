"""Chosen molecules: what they have in common, and their structures side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.molecules.enriched import common_scaffolds, enriched_terms
from musegnn.molecules.molecule_set import KEY, NAME, NO_RINGS, SCAFFOLD, SMILES
from musegnn.molecules.shipped import ALIKE, TABLES, MoleculeReference
from musegnn.molecules.structures import called
from musegnn.screens.molecules.columns import CALLED
from musegnn.screens.molecules.view_annotation import MoleculeAnnotation

PER_PAGE: Final = 24  # structures that are drawn at once
SURE: Final = 0.05  # q up to which a term is named in the sentence
_NAMED: Final = 3


@dataclass(frozen=True)
class ChosenView:
    """Chosen molecules in words and tables.

    Parameters
    ----------
    sentence
        How many, their most common scaffold, and what stands out.
    table
        One row a molecule, in the order of the map.
    scaffolds
        Their scaffolds, the most common first.
    targets, mechanisms
        Terms that stand with them more often than by chance.
    """

    sentence: str
    table: pd.DataFrame
    scaffolds: pd.DataFrame
    targets: pd.DataFrame
    mechanisms: pd.DataFrame


def describe(
    rows: np.ndarray, reference: MoleculeReference, annotation: MoleculeAnnotation
) -> ChosenView:
    """Say what some molecules of the map have in common.

    Parameters
    ----------
    rows
        Ascending rows, one at least.
    reference, annotation
        The molecules and what is known of them.
    """
    everything = reference.molecules.table
    chosen = everything.iloc[rows]
    table = pd.concat(
        [
            chosen[[NAME]].assign(**{CALLED: list(map(called, chosen[NAME], chosen[KEY]))}),
            chosen[[TABLES, SCAFFOLD, ALIKE, SMILES, KEY]],
            annotation.listed(chosen[KEY]),
        ],
        axis=1,
    ).reset_index(drop=True)
    scaffolds = common_scaffolds(chosen[SCAFFOLD], everything[SCAFFOLD], without=NO_RINGS)
    keys, background = list(chosen[KEY]), list(everything[KEY])
    targets = enriched_terms(keys, annotation.targets, background)
    mechanisms = enriched_terms(keys, annotation.mechanisms, background)
    parts = [f"{len(table):,} molecules are chosen."]
    if len(scaffolds):
        first = scaffolds.iloc[0]
        parts.append(
            f"{first['chosen']:,} of them share the scaffold `{first['scaffold']}`, which "
            f"{first['everywhere']:,} of all {len(everything):,} have."
        )
    else:
        parts.append("None of them has a ring.")
    if annotation.has_some:
        parts.append(_in_words("targets", targets, annotation.targets, keys))
        parts.append(_in_words("mechanisms", mechanisms, annotation.mechanisms, keys))
    return ChosenView(" ".join(parts), table, scaffolds, targets, mechanisms)


def _in_words(
    what: str, table: pd.DataFrame, terms_of: Mapping[str, frozenset[str]], keys: list[str]
) -> str:
    """Name the terms that are beyond chance."""
    n_known = sum(bool(terms_of.get(key)) for key in keys)
    if not n_known:
        return f"Of none are {what} known."
    sure = table[table["q"] <= SURE]
    if sure.empty:
        return f"No {what} stand out among the {n_known:,} whose {what} are known."
    named = ", ".join(
        f"{term} ({count} of {n_known:,}, {fold:.0f} times as often as among all)"
        for term, count, fold in sure[["term", "chosen", "fold"]]
        .head(_NAMED)
        .itertuples(index=False)
    )
    more = len(sure) - _NAMED
    return f"{what.capitalize()} beyond chance: {named}" + (
        f" and {more} more." if more > 0 else "."
    )


def page_of(table: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return the molecules of one page of structures, pages counted from 1."""
    start = (number - 1) * PER_PAGE
    return table.iloc[start : start + PER_PAGE]


def count_pages(table: pd.DataFrame) -> int:
    """Count pages of structures."""
    return max(1, -(-len(table) // PER_PAGE))
