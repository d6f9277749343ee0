"""Test of sampling: whether two contexts differ by more than other cells of one sample would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import CommonGenes
from musegnn.analysis.comparison.nearness_null import describe_places, is_told, nearness_test
from musegnn.analysis.comparison.sampling_null import MOST_FRACTION, Side, shared_by_sampling
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import LEVELS, reliability_of_context, words_of


@dataclass(frozen=True)
class SamplingTest:
    """What two samples of the same cells would share, beside what two contexts share.

    Parameters
    ----------
    expected, low, high
        `(n,)` neighbours of k that both would have, and the central 95 % of that; NaN where
        nothing can be said.
    p
        `(n,)` chance that neighbours stand as far off or farther, above 0 to 1; NaN as above.
    first_words, second_words
        `(n,)` reliability of each gene in a word.
    note
        Why nothing can be called, or "".
    """

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    first_words: np.ndarray
    second_words: np.ndarray
    note: str = ""


def sampling_test(
    embedding: EmbeddingSet, common: CommonGenes, nearness: np.ndarray, k: int
) -> SamplingTest:
    """Ask whether the common genes of two contexts change neighbours more than sampling explains.

    Parameters
    ----------
    embedding
        The set both contexts belong to.
    common
        Their common genes.
    nearness
        `(n,)` of `musegnn.analysis.comparison.nearness_null.mutual_nearness`.
    k
        Size of a neighbourhood.
    """
    sides = sides_of(embedding, common)
    level = LEVELS.index(20)
    words = [
        words_of(side.reliability[:, level], np.full(len(common), side.n_genes)) for side in sides
    ]
    note = _note(embedding, common, k)
    missing = np.full(len(common), np.nan)
    if note:
        return SamplingTest(missing, missing, missing, missing, words[0], words[1], note)
    p, told = nearness_test(
        nearness,
        *sides,
        fraction=k / (len(common) - 1),
        n_contexts=len(embedding.datasets),
    )
    found = (*shared_by_sampling(*sides, k=k, n_common=len(common)), p)
    expected, low, high, p = (np.where(told, values, missing) for values in found)
    return SamplingTest(expected, low, high, p, words[0], words[1])


def can_be_told(embedding: EmbeddingSet, common: CommonGenes, k: int) -> np.ndarray:
    """Mark the common genes of which a change could be told from sampling, `(n,)` bool.

    All of them where the reliability of one of the contexts was not measured.
    """
    sides = sides_of(embedding, common)
    if any(np.isnan(side.reliability).all() for side in sides):
        return np.ones(len(common), dtype=bool)
    fraction, n_contexts = k / (len(common) - 1), len(embedding.datasets)
    return is_told(describe_places(*sides, fraction, n_contexts))


def sides_of(embedding: EmbeddingSet, common: CommonGenes) -> tuple[Side, Side]:
    """Collect what is known of the common genes in both contexts, NaN where not measured."""
    first, second = (
        _side(embedding, name, rows)
        for name, rows in (
            (common.first, common.first_rows),
            (common.second, common.second_rows),
        )
    )
    return first, second


def _side(embedding: EmbeddingSet, name: str, rows: np.ndarray) -> Side:
    genes = embedding.genes  # its columns one by one: a row has many more, names among them

    def of_rows(column: str) -> np.ndarray:
        if column not in genes:
            return np.full(len(rows), np.nan)
        return genes[column].to_numpy()[rows].astype(np.float64)

    return Side(
        np.column_stack([of_rows(column) for column in keys.RELIABILITY_COLUMNS]),
        of_rows(keys.DEGREE),
        of_rows(keys.MEAN),
        len(embedding.rows_of_dataset(name)),
    )


def _note(embedding: EmbeddingSet, common: CommonGenes, k: int) -> str:
    """Say why nothing can be called, or nothing."""
    for name in dict.fromkeys((common.first, common.second)):
        found = reliability_of_context(embedding, name)
        if not found.n_measured:
            return f"the reliability of the genes of {name} was not measured"
        if found.verdict == "noise":
            return f"{name} is {found.words}"
    if k > MOST_FRACTION * (len(common) - 1):
        least = int(np.ceil(k / MOST_FRACTION)) + 1
        return (
            f"{len(common)} common genes are too few for neighbourhoods of {k}: it takes {least}, "
            "or a smaller k"
        )
    return ""
