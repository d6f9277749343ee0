"""Tissue change: genes that agree within each of two tissues and not across, contexts replicate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control
from scipy.stats import t as student

from musegnn import keys
from musegnn.analysis.comparison.context_alignment import common_genes
from musegnn.analysis.comparison.nearness_null import nearness_of
from musegnn.analysis.comparison.ranked_lists import TOLERANCE
from musegnn.analysis.comparison.sampling_null import MOST_FRACTION
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import reliability_of_context
from musegnn.errors import InputError
from musegnn.validation import check_choice, check_positive

SIGNIFICANT: Final = 0.05
FEWEST_WAYS: Final = 20  # ways to share out the contexts; fewer cannot reach p = .05
FEWEST_CONTEXTS: Final = 2  # of each tissue that have a gene: agreement within takes two
INTERVAL: Final = 0.95
DIFFERS, OPEN = "differs", "open"
COLUMNS: Final = (
    *("gene", "call", "effect", "effect_low", "effect_high", "within_first", "within_second"),
    *("across", "n_first", "n_second", "p", "q"),
)
DEFINITION: Final = (
    "Nearness of a gene in two contexts: where its k nearest genes in one stand in the order of "
    "the other, both ways (1: the same, about 0: anywhere), among the genes that both have. "
    "Effect: mean nearness between contexts of the same tissue minus that between contexts of the "
    "two tissues; above 0 the gene keeps other company in the other tissue, beyond what datasets "
    "of one tissue differ by. Interval: 95 %, by leaving out one context at a time (jackknife, "
    "Student's t). p: share of the ways to give the contexts to the two tissues, each as often as "
    "there is, in which the effect is as large; q: Benjamini-Hochberg over all genes. Where one "
    "tissue was measured by another technique, in another species or laboratory than the other, "
    "this is part of the difference."
)


@dataclass(frozen=True)
class TissueChange:
    """Two tissues compared, their contexts as replicates.

    Parameters
    ----------
    first, second
        Names of the tissues.
    first_contexts, second_contexts
        Their contexts that are no noise.
    table
        One row a gene that two contexts of each tissue have, called and large effects first,
        columns `COLUMNS`: `effect` (-2 to 2) with its interval (NaN where it takes more
        contexts), nearness within and across (1 the same, about 0 anywhere), contexts that have
        the gene, `p` and `q` (NaN where they cannot be tested), `call`.
    overall, overall_p
        Mean effect of all genes, and its p by the same permutations; NaN as above.
    n_ways
        Ways to give the contexts to the tissues that tell apart, or as many of them as were drawn.
    note
        Why nothing can be called and what it would take, or "".
    confounded
        What tells the contexts of the two tissues apart beside the tissue, or "".
    settings
        `k`, `permutations`, `seed`.
    """

    first: str
    second: str
    first_contexts: tuple[str, ...]
    second_contexts: tuple[str, ...]
    table: pd.DataFrame
    overall: float
    overall_p: float
    n_ways: int
    note: str
    confounded: str
    settings: dict[str, int]

    @property
    def n_differing(self) -> int:
        """Genes that differ between the tissues (q below `SIGNIFICANT`)."""
        return int((self.table["q"] < SIGNIFICANT).sum())


def tissue_change(
    embedding: EmbeddingSet,
    first: str,
    second: str,
    *,
    k: int = 20,
    permutations: int = 9_999,
    seed: int = 0,
    share_cells: Collection[tuple[str, str]] = (),
) -> TissueChange:
    """Compare two tissues gene by gene, agreement within each of them against that across.

    Parameters
    ----------
    embedding
        The set.
    first, second
        Two tissues of it.
    k
        Size of a neighbourhood.
    permutations
        Ways to share out the contexts that are drawn where there are more; else all are taken.
    seed
        Of the draws.
    share_cells
        Pairs of contexts known to have cells in common: they are compared with others only.

    Raises
    ------
    InputError
        If a tissue is not there, both are the same, or a number is not positive.
    """
    check_positive(k, name="k")
    check_positive(permutations, name="permutations")
    tissues = sorted({str(name) for name in embedding.datasets[keys.TISSUE]})
    for name in (first, second):
        check_choice(name, tissues, name="tissue")
    if first == second:
        msg = f"Expected two tissues, found {first!r} twice."
        raise InputError(msg, f"Tissues here: {', '.join(tissues)}.")
    groups = [_contexts_of(embedding, name) for name in (first, second)]
    names = [*groups[0], *groups[1]]
    is_second = np.array([name in groups[1] for name in names], dtype=bool)
    genes, nearness, pairs = _nearness_of_pairs(embedding, names, k=k, share_cells=share_cells)
    has = np.zeros((len(genes), len(names)), dtype=bool)
    for column, (i, j) in enumerate(pairs):
        is_known = ~np.isnan(nearness[:, column])
        has[is_known, i] = has[is_known, j] = True
    counts = [has[:, is_second == side].sum(axis=1) for side in (False, True)]
    kept = np.minimum(*counts) >= FEWEST_CONTEXTS
    if pairs:  # within and across, so that there is an effect
        kept &= ~np.isnan(_effects(nearness, pairs, is_second[None, :])[2][:, 0])
    genes, nearness, has = genes[kept], nearness[kept], has[kept]
    ways, n_possible = _ways(is_second, permutations, seed)
    note = _note(groups, (first, second), len(genes), n_possible)
    table = _table(genes, nearness, pairs, is_second)
    overall = float(table["effect"].mean()) if len(table) else float("nan")
    overall_p = float("nan")
    if note:
        p = np.full(len(table), np.nan)
    else:
        p, overall_p = _permuted(nearness, pairs, is_second, ways)
    q = p if note else false_discovery_control(p)
    words = np.where(q < SIGNIFICANT, DIFFERS, OPEN).astype(object)
    if note:
        words[:] = "not tested"
    table = table.assign(
        p=p,
        q=q,
        call=words,
        n_first=has[:, ~is_second].sum(axis=1),
        n_second=has[:, is_second].sum(axis=1),
    )
    table = table.assign(tier=table["call"] != DIFFERS)
    table = table.sort_values(["tier", "effect", "gene"], ascending=[True, False, True])
    return TissueChange(
        first,
        second,
        tuple(groups[0]),
        tuple(groups[1]),
        table[list(COLUMNS)].reset_index(drop=True),
        overall,
        overall_p,
        len(ways),
        note,
        _confounded(embedding, groups),
        {"k": k, "permutations": permutations, "seed": seed},
    )


def _contexts_of(embedding: EmbeddingSet, tissue: str) -> list[str]:
    """Contexts of a tissue that are not noise, by name."""
    datasets = embedding.datasets
    names = map(str, datasets.index[datasets[keys.TISSUE].astype(str) == tissue])
    return sorted(n for n in names if reliability_of_context(embedding, n).verdict != "noise")


def _nearness_of_pairs(
    embedding: EmbeddingSet,
    names: list[str],
    *,
    k: int,
    share_cells: Collection[tuple[str, str]],
) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """Names of genes, their nearness `(G, P)` in each pair of contexts (NaN: not there), pairs."""
    barred = {frozenset(pair) for pair in share_cells}
    pairs, columns = [], []
    for i, j in combinations(range(len(names)), 2):
        common = common_genes(embedding, names[i], names[j])
        if frozenset((names[i], names[j])) in barred or k > MOST_FRACTION * (len(common) - 1):
            continue
        units = [embedding.unit_vectors[rows] for rows in (common.first_rows, common.second_rows)]
        pairs.append((i, j))
        columns.append(pd.Series(nearness_of(units, k), index=common.names))
    if not columns:
        return np.empty(0, dtype=object), np.empty((0, 0)), []
    found = pd.concat(columns, axis=1).sort_index()
    return found.index.to_numpy(dtype=object), found.to_numpy(dtype=np.float64), pairs


def _effects(
    nearness: np.ndarray, pairs: list[tuple[int, int]], ways: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean nearness within and across, and their difference, `(G, W)` for `(W, C)` ways."""
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    is_within = (ways[:, left] == ways[:, right]).T.astype(np.float64)  # (P, W)
    known = (~np.isnan(nearness)).astype(np.float64)
    values = np.nan_to_num(nearness)
    with np.errstate(invalid="ignore", divide="ignore"):
        within = values @ is_within / (known @ is_within)
        across = values @ (1 - is_within) / (known @ (1 - is_within))
    return within, across, within - across


def _table(
    genes: np.ndarray, nearness: np.ndarray, pairs: list[tuple[int, int]], is_second: np.ndarray
) -> pd.DataFrame:
    """Effect with its interval, and nearness within each tissue and across."""
    one = is_second[None, :]
    within = []
    for side in (False, True):
        own = [n for n, (i, j) in enumerate(pairs) if is_second[i] == is_second[j] == side]
        known = ~np.isnan(nearness[:, own])
        total = np.nan_to_num(nearness[:, own]).sum(axis=1)
        within.append(
            np.divide(total, known.sum(axis=1), where=known.any(axis=1), out=total * np.nan)
        )
    _, across, effect = _effects(nearness, pairs, one)
    low, high = _interval(nearness, pairs, is_second, effect[:, 0])
    return pd.DataFrame(
        {
            "gene": genes,
            "effect": effect[:, 0],
            "effect_low": low,
            "effect_high": high,
            "within_first": within[0],
            "within_second": within[1],
            "across": across[:, 0],
        }
    )


def _interval(
    nearness: np.ndarray, pairs: list[tuple[int, int]], is_second: np.ndarray, effect: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Interval of the effect from leaving out each context that has the gene."""
    n_contexts = len(is_second)
    without = np.full((len(effect), n_contexts), np.nan)
    for context in range(n_contexts):
        own = [n for n, pair in enumerate(pairs) if context in pair]
        is_there = (
            ~np.isnan(nearness[:, own]).all(axis=1) if own else np.zeros(len(effect), dtype=bool)
        )
        left = nearness.copy()
        left[:, own] = np.nan
        without[:, context] = np.where(
            is_there, _effects(left, pairs, is_second[None, :])[2][:, 0], np.nan
        )
    n = (~np.isnan(without)).sum(axis=1)
    centre = np.nansum(without, axis=1) / np.maximum(n, 1)
    squares = np.nansum((without - centre[:, None]) ** 2, axis=1)
    error = np.sqrt((n - 1) / np.maximum(n, 1) * squares)
    reach = student.ppf((1 + INTERVAL) / 2, np.maximum(n - 1, 1)) * error
    reach = np.where(n > 2, reach, np.nan)
    return effect - reach, effect + reach


def _ways(is_second: np.ndarray, permutations: int, seed: int) -> tuple[np.ndarray, int]:
    """Ways to give contexts to the tissues `(W, C)`, all or some, and how many tell apart."""
    n, n_second = len(is_second), int(is_second.sum())
    n_all = comb(n, n_second)
    # of tissues with as many contexts each, a way and its mirror image are the same
    n_possible = n_all // 2 if 2 * n_second == n else n_all
    if n_all <= permutations + 1:
        ways = np.zeros((n_all, n), dtype=bool)
        for row, chosen in enumerate(combinations(range(n), n_second)):
            ways[row, list(chosen)] = True
        return ways, n_possible
    rng = np.random.default_rng(seed)
    drawn = rng.permuted(np.broadcast_to(is_second, (permutations, n)), axis=1)
    return np.vstack([is_second[None, :], drawn]), n_possible


def _permuted(
    nearness: np.ndarray, pairs: list[tuple[int, int]], is_second: np.ndarray, ways: np.ndarray
) -> tuple[np.ndarray, float]:
    """Share of the ways, the observed one among them, with as large an effect: genes and mean."""
    observed = _effects(nearness, pairs, is_second[None, :])[2]
    as_large, overall = np.zeros(len(nearness)), 0
    n_known = np.zeros(len(nearness))
    for start in range(0, len(ways), 500):
        effect = _effects(nearness, pairs, ways[start : start + 500])[2]
        # a way in which a gene has no pair within, or none across, says nothing of it
        as_large += (effect >= observed - TOLERANCE).sum(axis=1)
        n_known += (~np.isnan(effect)).sum(axis=1)
        overall += int((np.nanmean(effect, axis=0) >= observed.mean() - TOLERANCE).sum())
    return as_large / n_known, overall / len(ways)


def _note(groups: list[list[str]], tissues: tuple[str, str], n_genes: int, n_possible: int) -> str:
    """Say why nothing can be called, and what it would take."""
    sizes = len(groups[0]), len(groups[1])
    if min(sizes) >= FEWEST_CONTEXTS and n_possible >= FEWEST_WAYS:
        if n_genes:
            return ""
        return "no gene is in two contexts of each tissue with enough others in common"
    needed = next(
        (a, b)
        for total in range(sum(sizes), 40)
        for a, b in ((n, total - n) for n in range(sizes[0], total))
        if b >= sizes[1]
        and min(a, b) >= FEWEST_CONTEXTS
        and comb(a + b, a) // (2 if a == b else 1) >= FEWEST_WAYS
    )
    more = [
        f"{n - own} more of {tissue}"
        for n, own, tissue in zip(needed, sizes, tissues, strict=True)
        if n > own
    ]
    found = " and ".join(
        f"{own} {'dataset' if own == 1 else 'datasets'} of {tissue}"
        for own, tissue in zip(sizes, tissues, strict=True)
    )
    return (
        f"{found} can be shared out in too few ways for p < {SIGNIFICANT} (two of each tissue and "
        f"{FEWEST_WAYS} ways are needed); {' and '.join(more)} would do"
    )


def _confounded(embedding: EmbeddingSet, groups: list[list[str]]) -> str:
    """Name what tells the contexts of both tissues apart beside the tissue."""
    found = []
    for column, label in ((keys.MODALITY, "technique"), (keys.SPECIES_COLUMN, "species")):
        sides = [sorted(set(embedding.datasets.loc[own, column].astype(str))) for own in groups]
        if sides[0] != sides[1]:
            found.append(f"{label} ({' and '.join(sides[0])} against {' and '.join(sides[1])})")
    return ", ".join(found)


def tissue_sentences(change: TissueChange) -> list[str]:
    """Say in sentences what was compared, what was found, and what it may be beside the tissue."""
    first, second = (
        f"{len(names)} {'dataset' if len(names) == 1 else 'datasets'} of {tissue}"
        for names, tissue in (
            (change.first_contexts, change.first),
            (change.second_contexts, change.second),
        )
    )
    lines = [
        f"{first} ({', '.join(change.first_contexts)}) against {second} "
        f"({', '.join(change.second_contexts)}); {len(change.table):,} genes that two of each have."
    ]
    if change.note:
        lines.append(f"This cannot be tested: {change.note}.")
    else:
        lines.append(
            f"{change.n_differing:,} of {len(change.table):,} genes differ between the tissues by "
            f"more than datasets of one tissue do (q < {SIGNIFICANT}, {change.n_ways:,} ways to "
            f"share out the datasets); mean effect of all genes {change.overall:.3f}, p = "
            f"{change.overall_p:.2g}."
        )
    if change.confounded:
        lines.append(
            f"The datasets of the two tissues differ in {change.confounded} too: what is found may "
            "be that."
        )
    return lines
