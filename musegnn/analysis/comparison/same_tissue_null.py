"""Null of change: how far neighbours stand apart between two datasets of one tissue."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import Final
from zlib import crc32

import numpy as np

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import CommonGenes, common_genes
from musegnn.analysis.comparison.nearness_null import nearness_of
from musegnn.analysis.comparison.ranked_lists import p_below
from musegnn.analysis.comparison.sampling_null import MOST_FRACTION, describe_genes
from musegnn.analysis.comparison.sampling_test import can_be_told, sides_of
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import reliability_of_context

SAME: Final = (keys.SPECIES_COLUMN, keys.TISSUE, keys.MODALITY)  # what datasets must share
FEWEST_VALUES: Final = 100  # fewer cannot tell p = 0.05 from p = 0.01
MOST_PAIRS: Final = 60  # more would take seconds and say the same
MOST_GENES: Final = 1_000  # drawn from each pair
TAIL_SHARE: Final = 0.05  # of the values, below which an exponential tail is fitted
SMALLEST: Final = 1e-12  # no tail is known farther
_DESCRIBED: Final = (0, 1, 2, 3, 4, 5, 6, 7)  # columns of `describe_genes` that the mean goes by
_SPREAD: Final = (0, 1, 2)  # and the spread
_RIDGE: Final = 1e-4
_DEPENDENT: Final = 1e-12  # share of the largest singular value below which columns are one
_STEP: Final = (
    1.1  # between numbers of genes that are drawn: pairs of like size share what is drawn
)
_MOST_KEPT: Final = 600  # pairings of an atlas, of some 70 KB
_Fitted = tuple[np.ndarray, np.ndarray]  # mean and log variance along the columns


@dataclass(frozen=True)
class Pairing:
    """Genes of two datasets: how near neighbours of one are in the other, and what that hangs on.

    Parameters
    ----------
    names
        The two datasets.
    kind
        Species, tissue and technique.
    nearness
        `(n,)` of `mutual_nearness`.
    described
        `(n, 8)` reliability, edges, expression and share of the genes that k is.
    """

    names: tuple[str, str]
    kind: tuple[str, ...]
    nearness: np.ndarray
    described: np.ndarray


@dataclass(frozen=True)
class SameTissueNull:
    """How far neighbours stand apart in all pairs of datasets of one species, tissue and technique.

    Parameters
    ----------
    pairs
        The pairs that were used.
    values
        `(N,)` standardised nearness of their genes, ascending; each kind of tissue by what the
        others make expect, so that what a new tissue adds to the noise is in them.
    n_tissues
        Kinds of tissue that the pairs are of.
    mean, spread
        What nearness goes by along the columns of `Pairing.described`, and the log of its variance.
    note
        Why there is no null, or "".
    """

    pairs: tuple[tuple[str, str], ...]
    values: np.ndarray
    n_tissues: int = 0
    mean: np.ndarray = field(default_factory=lambda: np.zeros(len(_DESCRIBED)))
    spread: np.ndarray = field(default_factory=lambda: np.zeros(len(_SPREAD)))
    note: str = ""

    @property
    def can_test(self) -> bool:
        """False when there are too few values to test anything."""
        return len(self.values) >= FEWEST_VALUES

    def p_values(self, pairing: Pairing) -> np.ndarray:
        """Chance that neighbours stand as far apart or farther in two datasets of one tissue.

        Returns
        -------
        `(n,)`, above 0 to 1; NaN when there is no null. Below `TAIL_SHARE` an exponential tail is
        fitted by its mean excess (Knijnenburg et al., Bioinformatics 25, i161, 2009), so that p
        does not end where the values do.
        """
        if not self.can_test:
            return np.full(len(pairing.nearness), np.nan)
        found = _group([pairing]).standardised((self.mean, self.spread))
        bound = np.quantile(self.values, TAIL_SHARE)
        excess = (bound - self.values[self.values < bound]).mean()
        p = p_below(found, self.values)
        if not excess > 0:
            return p
        tail = TAIL_SHARE * np.exp(-(bound - np.minimum(found, bound)) / excess)
        return np.where(found < bound, np.maximum(tail, SMALLEST), p)


def pairing_of(
    embedding: EmbeddingSet, common: CommonGenes, nearness: np.ndarray, k: int
) -> Pairing:
    """Describe the common genes of two contexts, whose nearness is known."""
    first, second = sides_of(embedding, common)
    described = describe_genes(first, second, k / (len(common) - 1))[:, list(_DESCRIBED)]
    kind = _kinds(embedding)[common.first]
    return Pairing((common.first, common.second), kind, nearness, described)


def same_tissue_null(
    embedding: EmbeddingSet,
    common: CommonGenes,
    *,
    k: int,
    share_cells: Collection[tuple[str, str]] = (),
    seed: int = 0,
) -> SameTissueNull:
    """Collect what two datasets of one species, tissue and technique differ by.

    All such pairs of the set are taken together, but for the compared one; those of the compared
    contexts come first where there are more than `MOST_PAIRS`. From each pair no more genes are
    drawn than the compared contexts share, since nearness depends on how many genes there are. What
    a pair gave is kept with the set: the next comparison asks about mostly the same ones.

    Parameters
    ----------
    embedding
        The set all contexts belong to.
    common
        Common genes of the two compared contexts.
    k
        Size of a neighbourhood.
    share_cells
        Pairs of datasets known to have cells in common: left out, since they differ too little.
    seed
        Of the draws.
    """
    if k > MOST_FRACTION * (len(common) - 1):
        note = f"{len(common)} common genes are too few for neighbourhoods of {k}"
        return SameTissueNull((), np.empty(0), note=note)
    barred = {frozenset(pair) for pair in share_cells}
    compared = {common.first, common.second}
    pairs = pairs_of_one_tissue(embedding)
    # shuffled before any is left out, so that all comparisons go by mostly the same ones
    order = np.random.default_rng(seed).permutation(len(pairs))
    candidates = [pairs[i] for i in order if set(pairs[i]) != compared]
    usable = [pair for pair in candidates if frozenset(pair) not in barred]
    shuffled = sorted(usable, key=lambda pair: not compared & set(pair))
    most = _n_drawn(len(common), k)
    found = [
        _kept_pairing(embedding, pair, most=most, k=k, seed=seed)
        for pair in sorted(shuffled[:MOST_PAIRS])
    ]
    pairings = [pairing for pairing in found if pairing is not None and len(pairing.nearness)]
    values, fitted = _standardise(pairings)
    names = tuple(pairing.names for pairing in pairings)
    note = _note(candidates, usable, len(values))
    if note:
        return SameTissueNull(names, values, note=note)
    n_tissues = len({pairing.kind for pairing in pairings})
    return SameTissueNull(names, values, n_tissues, *fitted)


def _n_drawn(n_common: int, k: int) -> int:
    """Return how many genes are drawn from each pair: a step of a scale, few of which there are."""
    n_genes = float(MOST_GENES)
    while int(n_genes) > n_common:
        n_genes /= _STEP
    return int(n_genes) if k <= MOST_FRACTION * (int(n_genes) - 1) else min(n_common, MOST_GENES)


def _kept_pairing(
    embedding: EmbeddingSet, pair: tuple[str, str], *, most: int, k: int, seed: int
) -> Pairing | None:
    """Return what a pair of datasets of one tissue says, None for one of too few common genes."""
    kept: dict[tuple[object, ...], Pairing | None] = embedding.kept("same_tissue_null")
    asked = (pair, most, k, seed)
    with suppress(KeyError):
        return kept[asked]
    genes, pairing = _kept_common(embedding, pair), None
    if k <= MOST_FRACTION * (min(len(genes), most) - 1):
        # its own draws, so that they do not hang on what else is compared
        rng = np.random.default_rng([seed, crc32("\n".join(pair).encode("utf-8", "replace"))])
        pairing = _pairing(embedding, _drawn(genes, most, rng), k)
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[asked] = pairing
    return pairing


def _kept_common(embedding: EmbeddingSet, pair: tuple[str, str]) -> CommonGenes:
    """Return the common genes of a pair, which are asked for again with each number of genes."""
    kept: dict[tuple[str, str], CommonGenes] = embedding.kept("common_genes_of_one_tissue")
    with suppress(KeyError):
        return kept[pair]
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    return kept.setdefault(pair, common_genes(embedding, *pair))


def _kinds(embedding: EmbeddingSet) -> dict[str, tuple[str, ...]]:
    """Species, tissue and technique of each dataset."""
    kept: dict[str, dict[str, tuple[str, ...]]] = embedding.kept("kinds_of_tissue")
    if "all" not in kept:
        columns = [embedding.datasets[name].astype(str) for name in SAME]
        kept["all"] = dict(
            zip(map(str, embedding.datasets.index), zip(*columns, strict=True), strict=True)
        )
    return kept["all"]


def pairs_of_one_tissue(embedding: EmbeddingSet) -> Sequence[tuple[str, str]]:
    """List the pairs of datasets of one species, tissue and technique, none of them noise."""
    kept: dict[str, tuple[tuple[str, str], ...]] = embedding.kept("pairs_of_one_tissue")
    if "all" not in kept:
        kept["all"] = tuple(_find_pairs(embedding))
    return kept["all"]


def _find_pairs(embedding: EmbeddingSet) -> list[tuple[str, str]]:
    """Look up the pairs of one tissue."""
    by_kind: dict[tuple[str, ...], list[str]] = {}
    for name, kind in _kinds(embedding).items():
        by_kind.setdefault(kind, []).append(name)
    return [
        pair
        for names in by_kind.values()
        if len(names) > 1
        for pair in combinations(
            sorted(n for n in names if reliability_of_context(embedding, n).verdict != "noise"), 2
        )
    ]


def _pairing(embedding: EmbeddingSet, common: CommonGenes, k: int) -> Pairing:
    """Nearness of the genes of two datasets of one tissue of which a change could be told."""
    rows = (common.first_rows, common.second_rows)
    nearness = nearness_of([embedding.unit_vectors[own] for own in rows], k)
    pairing = pairing_of(embedding, common, nearness, k)
    is_told = can_be_told(embedding, common, k)
    return replace(
        pairing, nearness=pairing.nearness[is_told], described=pairing.described[is_told]
    )


@dataclass(frozen=True)
class _Group:
    """Genes of the pairings of one tissue, with the sums that a fit to several tissues adds up.

    Parameters
    ----------
    x, y
        `(N, 8)` what nearness goes by, and `(N,)` nearness.
    own
        `(N, 3)` columns that its variance goes by.
    """

    x: np.ndarray
    y: np.ndarray
    own: np.ndarray

    @cached_property
    def products(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Products of x with itself and with y, and of the columns of the variance."""
        return self.x.T @ self.x, self.x.T @ self.y, self.own.T @ self.own

    def standardised(self, fitted: _Fitted) -> np.ndarray:
        """Nearness minus the expected one, over its standard deviation."""
        return (self.y - self.x @ fitted[0]) / np.exp(self.own @ fitted[1] / 2)


def _group(pairings: Sequence[Pairing]) -> _Group:
    """Put the genes of pairings under each other."""
    x = np.vstack([pairing.described for pairing in pairings])
    y = np.concatenate([pairing.nearness for pairing in pairings])
    return _Group(x, y, np.ascontiguousarray(x[:, list(_SPREAD)]))


def _fit(groups: Sequence[_Group]) -> _Fitted:
    """Fit mean and log variance of nearness by least squares."""
    n_genes = sum(len(group.y) for group in groups)
    xx, xy, own = (
        np.sum(parts, axis=0) for parts in zip(*(g.products for g in groups), strict=True)
    )
    mean = np.linalg.solve(xx + _RIDGE * n_genes * np.eye(len(xx)), xy)
    squares = [(group.y - group.x @ mean) ** 2 for group in groups]
    logs = sum(g.own.T @ np.log(left + 1e-3) for g, left in zip(groups, squares, strict=True))
    # by products, so that each group is gone through once however many are fitted together
    spread = np.linalg.lstsq(own, logs, rcond=_DEPENDENT)[0]
    ratios = sum(left @ np.exp(-(g.own @ spread)) for g, left in zip(groups, squares, strict=True))
    spread[0] += np.log(max(ratios / n_genes, 1e-12))
    return mean, spread


def _standardise(pairings: Sequence[Pairing]) -> tuple[np.ndarray, _Fitted]:
    """Standardise each tissue by the others, and each pair by the others where there is one tissue.

    Returns
    -------
    `values`
        Standardised nearness, ascending.
    `fitted`
        What was fitted to all of them.
    """
    if not pairings:
        return np.empty(0), (np.zeros(len(_DESCRIBED)), np.zeros(len(_SPREAD)))
    of_kind: dict[object, list[Pairing]] = {}
    for pairing in pairings:
        of_kind.setdefault(pairing.kind, []).append(pairing)
    together = list(of_kind.values()) if len(of_kind) > 1 else [[one] for one in pairings]
    groups = [_group(own) for own in together]
    fitted = _fit(groups)
    values = [
        group.standardised(_fit([other for other in groups if other is not group]))
        if len(groups) > 1
        else group.standardised(fitted)
        for group in groups
    ]
    return np.sort(np.concatenate(values)), fitted


def _drawn(common: CommonGenes, most: int, rng: np.random.Generator) -> CommonGenes:
    """Keep at most so many of the common genes, drawn by chance."""
    chosen = np.sort(rng.permutation(len(common))[:most])
    return replace(
        common,
        names=common.names[chosen],
        first_rows=common.first_rows[chosen],
        second_rows=common.second_rows[chosen],
    )


def _note(
    candidates: list[tuple[str, str]],
    usable: list[tuple[str, str]],
    n_values: int,
) -> str:
    """Say why there is no null."""
    if n_values >= FEWEST_VALUES:
        return ""
    if not candidates:
        return "no other datasets of one species, tissue and technique are in this atlas"
    if not usable:
        return "the only other datasets of one tissue share cells"
    return "the datasets of one tissue share too few genes that are measured firmly enough"
