"""Shared transcription factors: which contexts have which, counted in one combination only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import count_common_genes
from musegnn.analysis.comparison.shared_factors import DEFINITION, SharedFactors, shared_factors
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.knowledge.catalogue import TRANSCRIPTION_FACTORS
from musegnn.knowledge.store import KnowledgeStore

PREFERRED: Final = "tf_lambert_2018"  # every entry was checked by hand
_USUAL_CONTEXTS: Final = 4


@dataclass(frozen=True)
class FactorList:
    """A list of transcription factors that can be chosen.

    Parameters
    ----------
    name, title
        Name in the store and what it is.
    source
        Publisher and release.
    species
        Whose symbols it holds.
    """

    name: str
    title: str
    source: str
    species: str


@dataclass(frozen=True)
class FactorsView:
    """What the panel of shared factors shows.

    Parameters
    ----------
    shared
        The exclusive combinations.
    table
        One row a combination, largest first: `n`, `contexts` (text), `factors` (text).
    caption, description
        One line below the picture, and its text alternative.
    notice
        Why there is nothing to show, or "".
    """

    shared: SharedFactors
    table: pd.DataFrame
    caption: str
    description: str
    notice: str = ""


def factor_lists(store: KnowledgeStore | None) -> dict[str, FactorList]:
    """List what can be chosen, the preferred list first; empty without any list."""
    if store is None:
        return {}
    names = store.names(TRANSCRIPTION_FACTORS)
    order = sorted(names, key=lambda name: (name != PREFERRED, name))
    lists = {}
    for name in order:
        record = store.record(name)
        source = ", ".join(part for part in (record.source, record.release) if part)
        species = "mouse" if record.species == "mouse" else "human"
        lists[name] = FactorList(name, record.title, source, species)
    return lists


def usual_contexts(embedding: EmbeddingSet, left: str, right: str) -> list[str]:
    """Choose contexts to start with: the compared pair and those with most genes in common."""
    counts = count_common_genes(embedding)
    others = [name for name in counts.index if name not in {left, right}]
    others.sort(key=lambda name: -min(counts.loc[left, name], counts.loc[right, name]))
    return [*dict.fromkeys((left, right)), *others][:_USUAL_CONTEXTS]


def code_of_contexts(names: Sequence[str]) -> str:
    """Write contexts so that six of them fit into a link, whatever their names."""
    return ".".join(_code(name) for name in names)


def contexts_of_code(code: str, names: Sequence[str]) -> list[str]:
    """Read `code_of_contexts` back; contexts that are not among `names` are left out."""
    named = {_code(name): name for name in names}
    return [named[part] for part in code.split(".") if part in named]


def _code(name: str) -> str:
    """Stand for a name: 24 bits, so that two of 100 names are alike once in 3,000 atlases."""
    return hashlib.sha256(name.encode()).hexdigest()[:6]


def build(
    contexts: list[str],
    chosen: FactorList,
    *,
    which: str,
    embedding: EmbeddingSet,
    store: KnowledgeStore,
) -> FactorsView:
    """Collect what the panel shows.

    Parameters
    ----------
    contexts
        Two to `MOST_CONTEXTS` contexts.
    chosen
        The list of factors.
    which
        One of `WHICH`.
    embedding
        The atlas.
    store
        Where the list is.

    Raises
    ------
    InputError
        If the contexts or `which` cannot be used.
    """
    symbols = store.gene_list(chosen.name)
    shared = shared_factors(embedding, contexts, {chosen.species: symbols}, which=which)
    table = shared.table
    text = pd.DataFrame(
        {
            "n": table["n"],
            "contexts": [", ".join(names) for names in table["contexts"]],
            "factors": [", ".join(names) for names in table["factors"]],
        }
    )
    n_factors = int(table["n"].sum()) if len(table) else 0
    return FactorsView(
        shared=shared,
        table=text,
        caption=(
            f"Each column is a combination of contexts, each factor is in one column; n = "
            f"{n_factors:,} factors of {len(contexts)} contexts ({which}). List: {chosen.title}, "
            f"{chosen.source}, {len(symbols):,} {chosen.species} symbols. "
            f"{embedding.origin}. {DEFINITION}"
        ),
        description=(
            f"UpSet plot of {n_factors:,} transcription factors in {len(contexts)} contexts; the "
            "table lists the same combinations"
        ),
        notice="" if n_factors else "No factor of this list is among the genes of these contexts.",
    )


def rows_of_factors(embedding: EmbeddingSet, shared: SharedFactors, position: int) -> np.ndarray:
    """Return the rows, in their contexts, of the factors of one combination, ascending."""
    row = shared.table.iloc[position]
    genes = embedding.genes
    is_member = genes[keys.COMMON_GENE].isin(row["factors"])
    is_member &= genes[keys.DATASET].astype(str).isin(row["contexts"])
    return np.flatnonzero(is_member)
