"""Orthologs in the same cluster: what the panel of the Atlas page shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from musegnn.analysis.orthologs.ortholog_proportion import (
    DEFINITION,
    SIGNIFICANT,
    OrthologProportion,
    ortholog_proportion,
    species_of,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.io.spreadsheet import table_text


@dataclass(frozen=True)
class OrthologView:
    """What the panel shows.

    Parameters
    ----------
    first, second
        The two species.
    table
        One row a cluster with both species, most comparable genes first: `cluster, comparable,
        share, expected, fold, q, first_genes, second_genes, one_to_one_share`; shares in percent,
        NaN where there is nothing to compare. Empty when `notice` says why.
    sentence
        What the numbers say.
    caption
        n, definition and method.
    description
        Text alternative of the picture.
    file
        All columns as TSV, with the atlas and its configuration in each row.
    notice
        Why there is nothing to show, or "".
    """

    first: str
    second: str
    table: pd.DataFrame
    sentence: str = ""
    caption: str = DEFINITION
    description: str = ""
    file: bytes = b""
    notice: str = ""


def species_pairs(embedding: EmbeddingSet) -> list[tuple[str, str]]:
    """Pairs of species that can be compared; empty when the atlas holds one."""
    return list(combinations(species_of(embedding), 2))


def single_species_note(embedding: EmbeddingSet) -> str:
    """Say why there is no comparison of species."""
    names = ", ".join(species_of(embedding)) or "no species known here"
    return f"Orthologs in the same cluster need two species; this atlas holds {names} only."


def build(pair: tuple[str, str], *, embedding: EmbeddingSet) -> OrthologView:
    """Collect what the panel shows.

    Parameters
    ----------
    pair
        One of `species_pairs`.
    embedding
        The atlas.
    """
    first, second = pair
    try:
        result = ortholog_proportion(embedding, species=pair)
    except InputError as error:
        return OrthologView(first, second, pd.DataFrame(), notice=str(error))
    if result.clusters.empty:
        notice = (
            f"No cluster holds genes of both {first} and {second}: none has an ortholog inside."
        )
        return OrthologView(first, second, pd.DataFrame(), notice=notice)
    return OrthologView(
        first=first,
        second=second,
        table=_table(result),
        sentence=_sentence(result),
        caption=f"n = {result.comparable:,} comparable genes, each counted once a cluster. "
        + DEFINITION,
        description=f"Share of {first} and {second} genes with their ortholog in the same cluster, "
        f"observed and expected, for {len(result.clusters)} clusters; the table lists the same",
        file=_tsv(result, embedding),
    )


def _table(result: OrthologProportion) -> pd.DataFrame:
    """Columns of the panel, shares in percent."""
    clusters = result.clusters
    return clusters[["cluster", "comparable"]].assign(
        share=100 * clusters["proportion"],
        expected=100 * clusters["expected"],
        fold=clusters["fold"],
        q=clusters["q"],
        first_genes=clusters["first_genes"],
        second_genes=clusters["second_genes"],
        one_to_one_share=100 * clusters["one_to_one_proportion"],
    )


def _sentence(result: OrthologProportion) -> str:
    """Say what the numbers mean."""
    n_both, n_beyond = len(result.clusters), result.n_beyond_chance
    n_single = result.n_clusters - n_both
    fold = "" if np.isnan(result.fold) else f", {result.fold:.1f} times the chance"
    return (
        f"**{100 * result.proportion:.1f} %** of the {result.first} and {result.second} genes that "
        f"could meet their ortholog do so in the same cluster{fold}. {n_beyond} of the {n_both} "
        f"clusters with both species lie beyond chance (q < {SIGNIFICANT}); {n_single} of all "
        f"{result.n_clusters} clusters hold one species only. Far above chance, a cluster groups "
        "genes by what they do in both species; near chance, by where they were measured."
    )


def _tsv(result: OrthologProportion, embedding: EmbeddingSet) -> bytes:
    """All columns in full precision, with provenance."""
    table = result.named().assign(**embedding.origin.columns)
    return table_text(table, separator="\t").encode("utf-8")
