"""Pooled company: whose company a gene keeps in a tissue, over all contexts of it together.

One context is one dataset, with its laboratory and its depth. Here contexts are pooled: by tissue,
by species and tissue, by technique, or not at all. What is said of a pool is a mean over its
contexts with its spread, and two contexts of the same pool tell how far the answer can be trusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from musegnn import keys
from musegnn.analysis.comparison.nearness_null import mutual_nearness
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import reliability_of
from musegnn.errors import InputError
from musegnn.validation import check_choice, check_positive

TISSUE, SPECIES_AND_TISSUE = "tissue", "species and tissue"
MODALITY, CONTEXT = "modality", "context"
POOLED_BY: Final = (TISSUE, SPECIES_AND_TISSUE, MODALITY, CONTEXT)
FEWEST_COMMON: Final = 20  # genes that two contexts must share to be compared
FEWEST_WAYS: Final = 20  # ways to share out the contexts; fewer cannot reach p = .05
MOST_WAYS: Final = 9_999
PARTNER_COLUMNS: Final = (
    *("pool", "rank", "gene", "closeness", "low", "high", "n_measured", "n_contexts"),
    "n_nearest",
)
POOL_COLUMNS: Final = (
    *("pool", "n_contexts", "n_all", "species", "reliability", "within", "to_asked", "n_pairs"),
    "nearest",
)


def pools_of(embedding: EmbeddingSet, by: str) -> dict[str, tuple[str, ...]]:
    """Put the contexts of a set into pools.

    Parameters
    ----------
    embedding
        The set.
    by
        One of `POOLED_BY`.

    Returns
    -------
    Name of a pool -> its contexts; both by name.
    """
    check_choice(by, POOLED_BY, name="by")
    datasets = embedding.datasets
    names = datasets.index.astype(str)
    if by == CONTEXT:
        return {name: (name,) for name in sorted(names)}
    label = datasets[{TISSUE: keys.TISSUE, MODALITY: keys.MODALITY}.get(by, keys.TISSUE)]
    text = label.astype(str)
    if by == SPECIES_AND_TISSUE:
        text = text + ", " + datasets[keys.SPECIES_COLUMN].astype(str)
    pools: dict[str, list[str]] = {}
    for pool, name in sorted(zip(text, names, strict=True)):
        pools.setdefault(pool, []).append(name)
    return {pool: tuple(own) for pool, own in pools.items()}


@dataclass(frozen=True)
class PooledCompany:
    """Whose company a gene keeps in each pool.

    Parameters
    ----------
    gene
        Its ortholog group.
    by, k
        What contexts are pooled by; how many genes count as its company.
    partners
        A row a pool and gene that was measured there, nearest first in each pool, columns
        `PARTNER_COLUMNS`. `closeness` is the mean over the contexts of the pool that have both
        genes of the share of other genes that lie farther (0 to 1; 1 is the nearest, 0.5 anywhere),
        `low` and `high` its smallest and largest; `n_measured` these contexts, `n_contexts` those
        of the pool that have the asked gene, `n_nearest` those in which it is among the `k`
        nearest. `rank` is NaN where fewer than half of the contexts measured it.
    pools
        A row a pool that has the gene, columns `POOL_COLUMNS`: `n_contexts` of `n_all` contexts
        have it; `species`; `reliability` of its neighbours, mean over contexts (share of the `k`
        nearest that come back in the other half of the cells, NaN unknown); `within` is the mean
        agreement of two contexts of the pool, `to_asked` that with the contexts of the pool that
        was asked for, over `n_pairs` pairs (NaN: none can be compared); `nearest` the first five.
    absent
        Pools whose contexts do not have it.
    agreement
        `(C, C)` agreement of two contexts, by name: 1 where the neighbours are the same, about 0
        where they stand anywhere; NaN where they cannot be compared, or are of two pools of which
        none was asked for.
    """

    gene: str
    by: str
    k: int
    partners: pd.DataFrame
    pools: pd.DataFrame
    absent: tuple[str, ...]
    agreement: pd.DataFrame

    def nearest(self, pool: str) -> pd.DataFrame:
        """Return the rows of the `k` nearest genes of a pool, nearest first."""
        own = self.partners[self.partners["pool"] == pool]
        return own[own["rank"] <= self.k]


def pooled_company(
    gene: str,
    *,
    atlas: Atlas,
    by: str = TISSUE,
    k: int = 20,
    asked: str = "",
) -> PooledCompany:
    """Find whose company a gene keeps in every pool of contexts.

    Genes are ortholog groups, so that contexts of several species can be pooled; where a group has
    several genes in a context (Ins1 and Ins2), the nearest pair of them counts.

    Parameters
    ----------
    gene
        An ortholog group of the atlas.
    atlas
        The atlas.
    by
        What contexts are pooled by, one of `POOLED_BY`.
    k
        Number of genes that count as its company, 1 or more.
    asked
        Pool that the others are compared with; "" for the one in which its mean expression is
        highest, of pools without expression the one with most contexts that have it.

    Raises
    ------
    InputError
        If no context has the gene, or the pool does not.
    """
    check_positive(k, name="k")
    embedding = atlas.embedding
    rows = atlas.search.rows(gene)
    if not len(rows):
        msg = f"Expected a gene of this atlas, found {gene!r}, which no context has."
        raise InputError(msg, "Ask for a gene that was measured.")
    pools = pools_of(embedding, by)
    closeness = _closeness(gene, rows, atlas)
    here = {
        pool: tuple(name for name in names if name in closeness.index)
        for pool, names in pools.items()
    }
    own = {pool: names for pool, names in here.items() if names}
    means = _means(embedding, rows)
    asked = asked or max(
        own, key=lambda pool: (np.mean([means[name] for name in own[pool]]), len(own[pool]), pool)
    )
    if asked not in own:
        msg = f"Expected a {by} that has {gene}, found {asked!r}."
        raise InputError(msg, f"They are {', '.join(own)}.")
    agreement = _agreement(closeness, k, together=(own[asked], tuple(own.values())))
    partners = pd.concat(
        [_partners(pool, closeness.loc[list(names)], k) for pool, names in own.items()],
        ignore_index=True,
    )
    reliability = _reliability(embedding, rows, k)
    table = pd.DataFrame(
        [
            _describe_pool(
                pool,
                own,
                n_all=len(pools[pool]),
                asked=asked,
                embedding=embedding,
                agreement=agreement,
                reliability=reliability,
                partners=partners,
            )
            for pool in own
        ],
        columns=list(POOL_COLUMNS),
    )
    table = table.assign(first=table["pool"] != asked).sort_values(
        ["first", "to_asked", "pool"], ascending=[True, False, True], ignore_index=True
    )
    absent = tuple(pool for pool in pools if pool not in own)
    return PooledCompany(gene, by, k, partners, table[list(POOL_COLUMNS)], absent, agreement)


def _means(embedding: EmbeddingSet, rows: np.ndarray) -> dict[str, float]:
    """Highest mean expression of a gene in each context that has it; 0 where there are no cells."""
    genes = embedding.genes.iloc[rows]
    means = genes.groupby(genes[keys.DATASET].astype(str))[keys.MEAN].max()
    return {str(name): float(mean) for name, mean in means.items()}


def _closeness(gene: str, rows: np.ndarray, atlas: Atlas) -> pd.DataFrame:
    """Closeness of every other gene, a row each context that has the gene."""
    embedding, groups = atlas.embedding, atlas.search.ortholog_groups
    unit = embedding.unit_vectors
    places = embedding.genes[keys.DATASET].iloc[rows].astype(str).to_numpy()
    found: dict[str, pd.Series] = {}
    for place in sorted(set(places)):
        here = embedding.rows_of_dataset(place)
        cosine = (unit[here] @ unit[rows[places == place]].T).max(axis=1)
        best = pd.Series(cosine, index=groups[here]).groupby(level=0, sort=True).max()
        best = best.drop(gene)
        if len(best) > 1:
            share = (rankdata(best.to_numpy()) - 1) / (len(best) - 1)
            found[place] = pd.Series(share, index=best.index)
    if not found:
        msg = f"Expected contexts with other genes beside {gene}, found none."
        raise InputError(msg, "Ask in an atlas with more genes.")
    return pd.DataFrame(found).sort_index().T


def _agreement(
    closeness: pd.DataFrame,
    k: int,
    *,
    together: tuple[tuple[str, ...], tuple[tuple[str, ...], ...]],
) -> pd.DataFrame:
    """Nearness of the gene in two contexts, among the genes that both have.

    Pairs are those within each pool and those with a context of the asked pool: of the others
    nobody is told, and there are many of them.
    """
    names, values = list(closeness.index), closeness.to_numpy()
    asked, pools = together
    pool_of = {name: place for place, own in enumerate(pools) for name in own}
    found = np.full((len(names), len(names)), np.nan)
    for i, j in combinations(range(len(names)), 2):
        pair = (names[i], names[j])
        if pool_of[pair[0]] != pool_of[pair[1]] and set(pair).isdisjoint(asked):
            continue
        common = ~np.isnan(values[i]) & ~np.isnan(values[j])
        if common.sum() < FEWEST_COMMON:
            continue
        first, second = (_ranks(values[row, common])[None] for row in (i, j))
        most = min(k, int(common.sum()) // 2)
        found[i, j] = found[j, i] = mutual_nearness(first, second, most)[0]
    return pd.DataFrame(found, index=names, columns=names)


def _ranks(closeness: np.ndarray) -> np.ndarray:
    """Ranks of genes, 1 the nearest, ties in their order; the gene itself comes last."""
    ranks = rankdata(-closeness, method="ordinal")
    return np.append(ranks, len(ranks) + 1).astype(np.int32)


def _partners(pool: str, closeness: pd.DataFrame, k: int) -> pd.DataFrame:
    """Genes that were measured in a pool, nearest first."""
    values = closeness.to_numpy()
    measured = ~np.isnan(values)
    n = measured.sum(axis=0)
    is_here = n > 0
    values, measured, n = values[:, is_here], measured[:, is_here], n[is_here]
    names = closeness.columns[is_here].to_numpy()
    order_here = np.apply_along_axis(
        lambda row: rankdata(-np.where(np.isnan(row), -np.inf, row), method="min"), 1, values
    )
    mean = np.nansum(values, axis=0) / n
    is_counted = 2 * n >= len(closeness)
    order = np.lexsort((names, -mean, ~is_counted))
    rank = np.full(len(names), np.nan)
    rank[order[: is_counted.sum()]] = np.arange(1, is_counted.sum() + 1)
    return pd.DataFrame(
        {
            "pool": pool,
            "rank": rank[order],
            "gene": names[order],
            "closeness": mean[order],
            "low": np.nanmin(values, axis=0)[order],
            "high": np.nanmax(values, axis=0)[order],
            "n_measured": n[order],
            "n_contexts": len(closeness),
            "n_nearest": ((order_here <= k) & measured).sum(axis=0)[order],
        }
    )


def _reliability(embedding: EmbeddingSet, rows: np.ndarray, k: int) -> dict[str, float]:
    """Share of the nearest genes that come back in the other half, by context."""
    shares = reliability_of(embedding, k)[rows]
    places = embedding.genes[keys.DATASET].iloc[rows].astype(str).to_numpy()
    return pd.Series(shares).groupby(places).mean().to_dict()


def _describe_pool(
    pool: str,
    own: Mapping[str, Sequence[str]],
    *,
    n_all: int,
    asked: str,
    embedding: EmbeddingSet,
    agreement: pd.DataFrame,
    reliability: Mapping[str, float],
    partners: pd.DataFrame,
) -> dict[str, object]:
    """One row of the table of pools."""
    names = list(own[pool])
    within = _pairs(agreement, names, names)
    to_asked = within if pool == asked else _pairs(agreement, names, list(own[asked]))
    species = sorted(set(embedding.datasets.loc[names, keys.SPECIES_COLUMN].astype(str)))
    known = [reliability[name] for name in names if not np.isnan(reliability[name])]
    first = partners[(partners["pool"] == pool) & (partners["rank"] <= 5)]
    return {
        "pool": pool,
        "n_contexts": len(names),
        "n_all": n_all,
        "species": " and ".join(species),
        "reliability": float(np.mean(known)) if known else np.nan,
        "within": float(np.mean(within)) if len(within) else np.nan,
        "to_asked": float(np.mean(to_asked)) if len(to_asked) else np.nan,
        "n_pairs": len(to_asked),
        "nearest": ", ".join(first["gene"]),
    }


def _pairs(agreement: pd.DataFrame, first: list[str], second: list[str]) -> np.ndarray:
    """Agreement of all pairs of different contexts, each once, that can be compared."""
    part = agreement.loc[first, second].to_numpy()
    if first == second:
        part = part[np.triu_indices(len(first), 1)]
    return part[~np.isnan(part)]


@dataclass(frozen=True)
class PoolDifference:
    """Does a gene keep other company in one pool than in another, beyond what contexts differ by.

    Parameters
    ----------
    effect
        Mean agreement of two contexts of the same pool minus that of contexts of the two; NaN
        where one of the two cannot be measured.
    p
        Share of the ways to give the contexts to the pools, each as many as it has, in which the
        effect is as large; NaN where it cannot be tested.
    n_ways
        These ways, or as many of them as were drawn.
    note
        Why it cannot be tested, or "".
    """

    effect: float
    p: float
    n_ways: int
    note: str


def pool_difference(
    company: PooledCompany, first: Sequence[str], second: Sequence[str], *, seed: int = 0
) -> PoolDifference:
    """Test one gene between two pools, their contexts as replicates.

    Parameters
    ----------
    company
        What was found of the gene.
    first, second
        The contexts of each pool that have the gene; those of both together at most some dozens.
    seed
        Of the draws, where there are more than `MOST_WAYS` ways.
    """
    names = [*first, *second]
    agreement = company.agreement.loc[names, names].to_numpy()
    n, n_second = len(names), len(second)
    is_second = np.arange(n) >= n - n_second
    effect = _effect(agreement, is_second[None])[0]
    n_ways = comb(n, n_second) // (2 if 2 * n_second == n else 1)
    if np.isnan(effect):
        note = "Two contexts of one of them, and one of each, must share enough genes."
        return PoolDifference(float("nan"), float("nan"), 0, note)
    if n_ways < FEWEST_WAYS:
        note = (
            f"{len(first)} and {n_second} contexts can be shared out in {n_ways} ways: no p below "
            f"{1 / n_ways:.2g} could be reached. It takes {FEWEST_WAYS} ways, such as three and "
            "three contexts."
        )
        return PoolDifference(float(effect), float("nan"), n_ways, note)
    if comb(n, n_second) <= MOST_WAYS:
        ways = np.zeros((comb(n, n_second), n), dtype=bool)
        for row, chosen in enumerate(combinations(range(n), n_second)):
            ways[row, list(chosen)] = True
        if 2 * n_second == n:  # the two sides by turns are one way
            ways = ways[~ways[:, 0]]
    else:
        order = np.random.default_rng(seed).random((MOST_WAYS, n)).argsort(axis=1)
        ways = np.vstack([is_second[None], order < n_second])
    effects = _effect(agreement, ways)
    told = effects[~np.isnan(effects)]
    p = float((told >= effect - 1e-9).mean())
    return PoolDifference(float(effect), p, len(told), "")


def _effect(agreement: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """Mean agreement within minus across, for each way to share out the contexts, `(W, C)`."""
    i, j = np.triu_indices(len(agreement), 1)
    values = agreement[i, j]
    is_told = ~np.isnan(values)
    values, i, j = values[is_told], i[is_told], j[is_told]
    across = ways[:, i] != ways[:, j]
    n_across = across.sum(axis=1)
    n_within = len(values) - n_across
    sums = across @ values
    with np.errstate(invalid="ignore", divide="ignore"):
        return (values.sum() - sums) / n_within - sums / n_across
