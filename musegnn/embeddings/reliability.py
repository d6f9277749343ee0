"""Reliability of genes and contexts: how much of a neighbourhood other cells would give again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.special import gammaln

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet

LEVELS: Final = keys.RELIABILITY_LEVELS
LEVEL: Final = 20  # that words and contexts go by
BEYOND_CHANCE: Final = 0.01  # chance of so many shared neighbours or more, for one gene
FIRM, FAIR = 0.5, 0.25
NOISE_SHARE = 0.05  # of the genes; with shuffled counts .01 of them, .04 at most
# a context of more genes reaches down to those that few cells count, so its share says less
WEAK_SHARE, WEAK_OF = 1 / 3, 1000
WORDS: Final = ("as chance", "loose", "fair", "firm")
NOT_MEASURED: Final = "not measured"
DEFINITION: Final = (
    "Reliability: the cells of a dataset are split in two at random, the nearest genes of each "
    "gene are found in each half by itself (principal components of the residuals), and the share "
    "of them that is the same in both is counted; by chance k over all other genes. As chance: "
    f"no more than random lists share (p >= {BEYOND_CHANCE:g}, hypergeometric); loose: more than "
    f"that, but below {FAIR:g}; fair: below {FIRM:g}; firm: the rest. A half has half of the "
    "cells, so neighbours from all cells are somewhat firmer. It says how firm the data are, not "
    "whether a neighbour is related."
)
RESAMPLES_DEFINITION: Final = (
    "Resamples: the cells of the dataset are drawn anew, as many, with replacement, the "
    f"{keys.RESAMPLED_NEAREST} nearest genes of each gene are found again (principal components of "
    "the residuals), and the share of resamples is counted in which a gene is among them; by "
    f"chance {keys.RESAMPLED_NEAREST} over all other genes. Repeated cells make neighbours look "
    "somewhat firmer than new cells would: it ranks neighbours, and does not promise that they "
    "come back."
)
CONTEXT_DEFINITION: Final = (
    f"A context is noise when fewer than {100 * NOISE_SHARE:g} % of its genes share more of their "
    f"{LEVEL} neighbours between halves of the cells than chance gives (1 % do when each gene's "
    f"counts are shuffled among the cells), and weak when fewer than {WEAK_OF * WEAK_SHARE:.0f} "
    f"genes do, or a third where the context has fewer than {WEAK_OF:,}."
)


def nearest_level(k: int) -> int:
    """Return the measured size of a neighbourhood that is nearest to `k`, by ratio."""
    return min(LEVELS, key=lambda level: (abs(np.log(level / max(k, 1))), level))


def reliability_of(embedding: EmbeddingSet, k: int = LEVEL) -> np.ndarray:
    """Share of the neighbours of each gene that halves of the cells agree on.

    Parameters
    ----------
    embedding
        The set.
    k
        Size of a neighbourhood; the nearest of `LEVELS` counts.

    Returns
    -------
    `(N,)` 0 to 1, NaN where it was not measured.
    """
    column = keys.RELIABILITY_COLUMNS[LEVELS.index(nearest_level(k))]
    if column not in embedding.genes:
        return np.full(len(embedding), np.nan)
    return embedding.genes[column].to_numpy(dtype=np.float64)


def least_beyond_chance(n_genes: int, k: int) -> int:
    """Shared neighbours of `k` from which on chance gives so many in fewer than 1 of 100 genes."""
    others = n_genes - 1
    if others <= k:
        return k + 1
    # of the hypergeometric distribution; written out, so that no page waits for scipy.stats
    shared = np.arange(max(0, 2 * k - others), k + 1)

    def ways(n: int, m: np.ndarray | int) -> np.ndarray:
        return gammaln(n + 1) - gammaln(np.asarray(m) + 1) - gammaln(n - np.asarray(m) + 1)

    share = np.exp(ways(k, shared) + ways(others - k, k - shared) - ways(others, k))
    as_many = np.cumsum(share[::-1])[::-1]
    rare = shared[as_many < BEYOND_CHANCE]
    return int(rare[0]) if len(rare) else k + 1


def words_of(shares: np.ndarray, n_genes: Sequence[int] | np.ndarray, k: int = LEVEL) -> np.ndarray:
    """Say the reliability of genes in one word each.

    Parameters
    ----------
    shares
        `(n,)` as `reliability_of` returns them.
    n_genes
        `(n,)` genes of the context of each.
    k
        Size of a neighbourhood that was asked for.

    Returns
    -------
    `(n,)` of `WORDS` or `NOT_MEASURED`.
    """
    level = nearest_level(k)
    sizes, inverse = np.unique(np.asarray(n_genes, dtype=np.int64), return_inverse=True)
    least = np.array([least_beyond_chance(int(size), level) / level for size in sizes])
    bound = least[inverse] if len(sizes) else np.empty(0)
    with np.errstate(invalid="ignore"):
        found = np.select(
            [
                # of so few genes even equal lists are no more than chance gives
                np.isnan(shares) | (bound > 1),
                *(shares < bound - 1e-6, shares < FAIR, shares < FIRM),
            ],
            [NOT_MEASURED, *WORDS[:-1]],
            default=WORDS[-1],
        )
    return found.astype(object)


def reliability_words(
    embedding: EmbeddingSet, k: int = LEVEL, rows: np.ndarray | None = None
) -> np.ndarray:
    """Say the reliability of some rows of a set, or of all, `(n,)` of `WORDS` or `NOT_MEASURED`."""
    chosen = slice(None) if rows is None else rows
    contexts = embedding.context_codes[0]
    n_genes = np.bincount(contexts, minlength=1)[contexts[chosen]]
    return words_of(reliability_of(embedding, k)[chosen], n_genes, k)


@dataclass(frozen=True)
class ContextReliability:
    """How reliable a context is.

    Parameters
    ----------
    name
        The context.
    verdict
        `noise`, `weak`, "" when neither, or `NOT_MEASURED`.
    share
        Genes that share more neighbours between halves than chance, 0 to 1; NaN when not measured.
    n_measured, n_beyond
        Genes that were measured, and those that share more than chance.
    n_without_edge
        Genes without an edge in the graph.
    n_genes
        Genes of the context.
    """

    name: str
    verdict: str
    share: float
    n_measured: int
    n_beyond: int
    n_without_edge: int
    n_genes: int

    @property
    def words(self) -> str:
        """The verdict with its numbers, such as `weak: 252 of 999 genes firmer than chance`."""
        if not self.n_measured:
            return NOT_MEASURED
        found = f"{self.n_beyond:,} of {self.n_measured:,} genes firmer than chance"
        if self.n_without_edge and self.verdict:
            found += f", {self.n_without_edge:,} without an edge"
        return f"{self.verdict}: {found}" if self.verdict else found

    @property
    def is_doubtful(self) -> bool:
        """True for noise and weak contexts."""
        return self.verdict in {"noise", "weak"}


def context_reliability(embedding: EmbeddingSet) -> dict[str, ContextReliability]:
    """Tell how reliable each context is, by name in the order of the set."""
    names = map(str, embedding.datasets.index)
    return {name: reliability_of_context(embedding, name) for name in names}


def reliability_of_context(embedding: EmbeddingSet, name: str) -> ContextReliability:
    """Tell how reliable one context is; so small that nothing could be told is not measured."""
    rows = embedding.rows_of_dataset(name)
    column = keys.RELIABILITY_COLUMNS[LEVELS.index(LEVEL)]
    least = least_beyond_chance(len(rows), LEVEL)
    own = np.full(len(rows), np.nan)
    if column in embedding.genes and least <= LEVEL:
        own = embedding.genes[column].to_numpy()[rows].astype(np.float64)
    n_measured = int((~np.isnan(own)).sum())
    n_beyond = int((own >= least / LEVEL - 1e-6).sum())
    share = n_beyond / n_measured if n_measured else float("nan")
    verdict = (
        NOT_MEASURED
        if not n_measured
        else "noise"
        if share < NOISE_SHARE
        else "weak"
        if n_beyond < WEAK_SHARE * min(n_measured, WEAK_OF)
        else ""
    )
    without = int((embedding.genes[keys.DEGREE].to_numpy()[rows] == 0).sum())
    return ContextReliability(name, verdict, share, n_measured, n_beyond, without, len(rows))


def doubtful_contexts(embedding: EmbeddingSet) -> str:
    """Name the contexts that are noise or weak in a sentence or two, "" when there are none."""
    found = context_reliability(embedding).values()
    labels = embedding.context_names
    lines = []
    for verdict, meaning in (
        ("noise", "their neighbours are those of shuffled counts"),
        (
            "weak",
            f"fewer than {WEAK_OF * WEAK_SHARE:.0f} of their genes, or a third, keep more "
            "neighbours in other cells than chance",
        ),
    ):
        named = [labels[own.name] for own in found if own.verdict == verdict]
        if named:
            lines.append(f"{verdict.capitalize()} ({meaning}): {'; '.join(named)}.")
    return " ".join(lines)


def reliability_columns(embedding: EmbeddingSet, rows: np.ndarray, k: int = LEVEL) -> pd.DataFrame:
    """Reliability of some rows as number and word: `reliability` and `reliability_word`."""
    return pd.DataFrame(
        {
            "reliability": reliability_of(embedding, k)[rows],
            "reliability_word": reliability_words(embedding, k, rows),
        }
    )
