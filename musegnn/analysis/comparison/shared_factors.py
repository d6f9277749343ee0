"""Shared factors: which transcription factors which contexts have in common, and have alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.choices import MOST_CONTEXTS, WHICH
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.validation import check_choice

HUB_SHARE: Final = 0.25  # part of the genes of a context that counts as hubs
DEFINITION: Final = (
    "A transcription factor counts for a context when it is among the genes of its graph (hubs: "
    "among the quarter with most edges there). It is counted in one combination only: the contexts "
    "that have it, and no other of the chosen ones. Genes are joined across species as one-to-one "
    "orthologs. A gene of a species without a list of its own is a factor when the human list "
    "names its human ortholog."
)


@dataclass(frozen=True)
class SharedFactors:
    """Transcription factors by the exact set of contexts that have them.

    Parameters
    ----------
    contexts
        The chosen contexts.
    which
        Whether all genes or hubs count, one of `WHICH`.
    n_factors
        `(C,)` factors in each context.
    table
        One row a combination that holds factors, largest first: `contexts` (tuple of names),
        `n_contexts`, `n` (factors in exactly these contexts), `factors` (tuple of common names,
        sorted).
    """

    contexts: tuple[str, ...]
    which: str
    n_factors: tuple[int, ...]
    table: pd.DataFrame


def shared_factors(
    embedding: EmbeddingSet,
    contexts: Sequence[str],
    factors: Mapping[str, frozenset[str]],
    *,
    which: str = "all genes",
) -> SharedFactors:
    """Count transcription factors by the contexts that have them.

    Parameters
    ----------
    embedding
        The set of contexts.
    contexts
        Two to `MOST_CONTEXTS` of them, each once.
    factors
        Species -> symbols of its transcription factors; at least one species.
    which
        One of `WHICH`.

    Raises
    ------
    InputError
        If the number of contexts, a name, or `which` cannot be used.

    References
    ----------
    Lex et al., IEEE TVCG 20, 1983 (2014), for exclusive intersections.
    """
    check_choice(which, WHICH, name="which")
    known = [str(name) for name in embedding.datasets.index]
    for name in contexts:
        check_choice(name, known, name="context")
    if not 2 <= len(set(contexts)) == len(contexts) <= MOST_CONTEXTS:
        msg = f"Expected 2 to {MOST_CONTEXTS} different contexts, found {len(contexts)}."
        raise InputError(msg, "Choose fewer contexts, or more.")
    names = _factor_names(embedding, factors)
    held = [_held(embedding, context, names, which) for context in contexts]
    members: dict[str, tuple[str, ...]] = {
        factor: tuple(c for c, own in zip(contexts, held, strict=True) if factor in own)
        for factor in sorted(set().union(*held))
    }
    return SharedFactors(tuple(contexts), which, tuple(map(len, held)), _table(members))


def _factor_names(embedding: EmbeddingSet, factors: Mapping[str, frozenset[str]]) -> set[str]:
    """Common names of the genes that are factors in the species of any of their rows."""
    columns = [keys.GENE, keys.COMMON_GENE, keys.ORTHOLOG, keys.SPECIES_COLUMN]
    genes = embedding.genes[columns].astype(str)
    found: set[str] = set()
    for species, rows in genes.groupby(keys.SPECIES_COLUMN, observed=True):
        own = factors.get(str(species))
        is_factor = (
            rows[keys.ORTHOLOG].isin(factors.get("human", frozenset()))
            if own is None
            else rows[keys.GENE].isin(own)
        )
        found.update(rows.loc[is_factor, keys.COMMON_GENE])
    return found


def _held(embedding: EmbeddingSet, context: str, names: set[str], which: str) -> set[str]:
    """Factors of one context."""
    rows = embedding.rows_of_dataset(context)
    if which == "hubs":
        degree = embedding.genes[keys.DEGREE].to_numpy()[rows]
        rows = rows[degree >= np.quantile(degree, 1 - HUB_SHARE)]
    return names & set(embedding.genes[keys.COMMON_GENE].astype(str).to_numpy()[rows])


def _table(members: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """One row a combination, largest first, then fewest contexts, then by name."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for factor, combination in members.items():
        groups.setdefault(combination, []).append(factor)
    order = sorted(groups, key=lambda c: (-len(groups[c]), len(c), c))
    return pd.DataFrame(
        {
            "contexts": order,
            "n_contexts": [len(c) for c in order],
            "n": [len(groups[c]) for c in order],
            "factors": [tuple(groups[c]) for c in order],
        }
    )
