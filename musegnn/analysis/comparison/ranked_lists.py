"""Ranked lists: how alike two orders of the same items are, and how alike by chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.stats import hypergeom

from musegnn.errors import InputError
from musegnn.validation import check_positive

TOLERANCE: Final = 1e-12  # equal sums differ by rounding when their parts come in another order
_PAIRS_AT_ONCE: Final = 16_000_000  # some 300 MB; a context of the atlas is one block
_ROWS_AT_ONCE: Final = 64  # lists sorted at once: what stays near the processor
_DRAWS_AT_ONCE: Final = 500_000  # numbers of null draws held at once: what fits near a processor
_NOTHING: Final = 1e-9  # what all items beyond a depth may add to an overlap, to be left out


def neighbour_ranks(unit: np.ndarray, genes: slice = slice(None)) -> np.ndarray:
    """Rank all other genes by cosine to each gene, or to some of them.

    Parameters
    ----------
    unit
        `(G, D)` rows of length 1 (or 0).
    genes
        Those of the B genes whose lists are wanted; all take memory that grows with the square of
        G, so that whoever does not need them at once asks `rank_blocks`.

    Returns
    -------
    `(B, G)` int32: row i holds the rank of each gene among the neighbours of gene i, 1 for the
    nearest to G - 1; ties in single precision by column. The gene itself gets G.
    """
    ordered = _ordered(unit, genes)
    return np.concatenate([_ranks(ordered[part]) for part in _parts(len(ordered))])


def nearest_genes(unit: np.ndarray, k: int, genes: slice = slice(None)) -> np.ndarray:
    """Find the k nearest other genes of each gene, or of some of them, in no order.

    Returns
    -------
    `(B, k)` int64: those with the ranks 1 to k of `neighbour_ranks`, several times faster.
    """
    key = _keys(_ordered(unit, genes))
    key.partition(k - 1, axis=1)
    return _columns(key[:, :k], len(unit))


def _distances(unit: np.ndarray, genes: slice) -> np.ndarray:
    """Negative cosine of some genes to all, `(B, G)` float32, a gene to itself last."""
    distance = np.asarray(unit[genes] @ unit.T, dtype=np.float32)
    np.negative(distance, out=distance)
    distance[np.arange(len(distance)), np.arange(len(unit))[genes]] = np.inf
    return distance


def _as_whole(distance: np.ndarray) -> np.ndarray:
    """Make whole numbers of the same order of distances, in their place; int32."""
    distance += np.float32(0)  # no -0
    bits = distance.view(np.int32)
    bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)
    return bits


def _ordered(unit: np.ndarray, genes: slice) -> np.ndarray:
    """Distances of some genes to all as whole numbers, `(B, G)` int32, a gene to itself last."""
    return _as_whole(_distances(unit, genes))


def _keys(ordered: np.ndarray) -> np.ndarray:
    """Row, distance, column as one whole number, `(B, G)` int64.

    Sorted twice as fast as an argsort, ties come by column, and all rows together ascend when each
    is sorted.
    """
    n_rows, n_genes = ordered.shape
    key = ordered.astype(np.int64)
    key += np.arange(n_rows)[:, None] << 32
    key <<= n_genes.bit_length()
    key |= np.arange(n_genes)
    return key


def _columns(key: np.ndarray, n_genes: int) -> np.ndarray:
    """Columns that `_keys` stand for."""
    return key & ((1 << n_genes.bit_length()) - 1)


def _ranks(ordered: np.ndarray) -> np.ndarray:
    """Rank within each row of `_ordered`, from 1."""
    n_rows, n_genes = ordered.shape
    key = _keys(ordered)
    key.sort(axis=1)
    places = _columns(key, n_genes)
    places += np.arange(n_rows)[:, None] * n_genes
    ranks = np.empty(n_rows * n_genes, dtype=np.int32)
    ranks[places.ravel()] = np.tile(np.arange(1, n_genes + 1, dtype=np.int32), n_rows)
    return ranks.reshape(n_rows, n_genes)


def blocks_of(n_genes: int) -> Iterator[slice]:
    """Cut genes into blocks whose lists over all genes fit into some hundred megabytes."""
    size = max(1, _PAIRS_AT_ONCE // max(n_genes, 1))
    for start in range(0, n_genes, size):
        yield slice(start, min(start + size, n_genes))


def _parts(n_rows: int) -> Iterator[slice]:
    """Cut a block into parts that are sorted near the processor."""
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        yield slice(start, start + _ROWS_AT_ONCE)


def rank_blocks(first: np.ndarray, second: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give the ranks of the same genes in two contexts, some genes at a time.

    Parameters
    ----------
    first, second
        `(G, D)` rows of length 1 of the same genes.

    Yields
    ------
    `neighbour_ranks` of both for the next genes, `(B, G)` each.
    """
    for genes in blocks_of(len(first)):
        sides = _ordered(first, genes), _ordered(second, genes)
        for part in _parts(len(sides[0])):
            yield _ranks(sides[0][part]), _ranks(sides[1][part])


def ranks_of_nearest(
    first: np.ndarray, second: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Look up where the k nearest genes of one context stand in the other one.

    Parameters
    ----------
    first, second
        As for `rank_blocks`, which takes three times as long since it ranks all.
    k
        Size of a neighbourhood.

    Returns
    -------
    `(G, k)` ranks in the second context of the nearest in the first, by column; and the reverse.
    """
    found: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for genes in _parts(len(first)):
        both = _distances(first, genes), _distances(second, genes)
        in_order = [np.sort(side, axis=1) for side in both]
        for own, other, into in ((0, 1, found[0]), (1, 0, found[1])):
            ranks, is_tied = _untied_ranks(
                (both[own], in_order[own]), (both[other], in_order[other]), k
            )
            if is_tied.any():
                ranks[is_tied] = _tied_ranks(both[own][is_tied], both[other][is_tied], k)
            into.append(ranks)
    return np.concatenate(found[0]), np.concatenate(found[1])


def _untied_ranks(
    own: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray], k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rank the k nearest of one context in the other by distance alone.

    Parameters
    ----------
    own, other
        `(B, G)` of `_distances` in either context, and the same with each row ascending.

    Returns
    -------
    `(B, k)` ranks, and `(B,)` bool of the rows that ask for the column too: in them a distance that
    decides is there twice.
    """
    n_rows, n_genes = own[0].shape
    bound = own[1][:, k - 1 : k]
    is_tied = (bound == own[1][:, k : k + 1]).any(axis=1)
    is_near = own[0] <= bound
    is_near[is_tied] = np.arange(n_genes) < k  # of which nothing is kept
    wanted = other[0].ravel()[np.flatnonzero(is_near)].reshape(n_rows, k)
    # row by row: numbers of all rows that ascend would have to be twice as wide
    before = [row.searchsorted(few) for row, few in zip(other[1], wanted, strict=True)]
    ranks = np.concatenate(before).reshape(n_rows, k) + 1
    following = np.take_along_axis(other[1], np.minimum(ranks, n_genes - 1), axis=1)
    return ranks, is_tied | (following == wanted).any(axis=1)


def _tied_ranks(own: np.ndarray, other: np.ndarray, k: int) -> np.ndarray:
    """Rank the k nearest of one context in the other by distance and column, `(B, k)`."""
    n_rows, n_genes = own.shape
    keys = [_keys(_as_whole(side)) for side in (own, other)]
    nearest = np.sort(_columns(np.sort(keys[0], axis=1)[:, :k], n_genes), axis=1)
    wanted = np.take_along_axis(keys[1], nearest, axis=1)
    in_order = np.sort(keys[1], axis=1).ravel()
    return np.searchsorted(in_order, wanted) - np.arange(n_rows)[:, None] * n_genes + 1


def later_ranks(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the depth from which on an item is in both lists: the later of its two ranks.

    Parameters
    ----------
    first, second
        `(R, N)` ranks from 1 of the same N items in R pairs of lists.
    """
    return np.maximum(first, second)


def count_shared(later: np.ndarray, k: int) -> np.ndarray:
    """Count the items that both lists have among their first `k`; `(R,)`, 0 to `k`."""
    return (later <= k).sum(axis=1)


def jaccard_of_counts(shared: np.ndarray, k: int) -> np.ndarray:
    """Shared items divided by all items of two lists of length `k`, 0 to 1."""
    return shared / (2 * k - shared)


def rank_biased_weights(n_items: int, persistence: float) -> np.ndarray:
    """Weight that an item adds to the rank-biased overlap, by the depth of `later_ranks`.

    Parameters
    ----------
    n_items
        Items in each list, at least 1.
    persistence
        Chance to look one rank deeper, above 0 and below 1.

    Returns
    -------
    `(n_items + 2,)`; entry m for depth m, 0 at depth 0 and beyond the last item.

    Raises
    ------
    InputError
        If a number is out of its range.
    """
    check_positive(n_items, name="n_items")
    if not 0 < persistence < 1:
        msg = f"Expected `persistence` above 0 and below 1, found {persistence!r}."
        raise InputError(msg, "Choose 0.9: the first ten ranks then have 86 % of the weight.")
    depth = np.arange(1, n_items + 1)
    terms = (1 - persistence) / persistence * persistence**depth / depth
    weights = np.zeros(n_items + 2)
    weights[1 : n_items + 1] = np.cumsum(terms[::-1])[::-1] + persistence**n_items / n_items
    return weights


def rank_biased_overlap(later: np.ndarray, weights: np.ndarray) -> np.ndarray:
    r"""Compute the extrapolated rank-biased overlap of complete lists.

    Parameters
    ----------
    later
        `(R, ...)` later ranks of the items; ranks beyond the number of items count nothing.
    weights
        Of `rank_biased_weights`.

    Returns
    -------
    `(R,)`, 0 to 1; 1 for equal lists.

    Notes
    -----
    With :math:`X_d` shared items at depth d of n,
    :math:`RBO = \frac{1-p}{p} \sum_{d=1}^{n} \frac{X_d}{d} p^d + \frac{X_n}{n} p^n`. An item whose
    later rank is m counts in every :math:`X_d` from m on, so the sum runs over items.

    References
    ----------
    Webber, Moffat and Zobel, ACM Trans. Inf. Syst. 28, 20 (2010), equation 32.
    """
    return np.minimum(weights[later].sum(axis=1), 1.0)


def jaccard_by_chance(n_items: int, k: int) -> float:
    """Expected Jaccard index of the first `k` of `n_items` when one list is shuffled."""
    shared = np.arange(k + 1)
    return float(hypergeom.pmf(shared, n_items, k, k) @ jaccard_of_counts(shared, k))


def rank_biased_by_chance(n_items: int, persistence: float) -> float:
    """Expected rank-biased overlap when one of two lists of `n_items` is shuffled."""
    depth = np.arange(1, n_items + 1)
    # a place is taken by each item equally often: n (2 m - 1) of n^2 pairs of places have m as
    # the later one
    share = (2 * depth - 1) / n_items
    return float(rank_biased_weights(n_items, persistence)[1:-1] @ share)


def p_of_counts(shared: np.ndarray, n_items: int, k: int) -> np.ndarray:
    """Chance of as many shared items or more when names are shuffled, exact.

    Shuffling all names of one list and looking at its first `k` is drawing `k` of `n_items`
    without putting back, so the chance is hypergeometric and no draw is needed.
    """
    return np.minimum(hypergeom.sf(np.asarray(shared) - 1, n_items, k, k), 1.0)


def rank_biased_null(
    n_items: int, persistence: float, *, permutations: int, seed: int
) -> np.ndarray:
    """Draw the rank-biased overlap of a list with shuffled ones.

    Under shuffled names every gene has the same null, because each list is one order of the same
    number of items: one set of draws serves all. Only the first items are placed: what stands
    deeper adds less than a billionth.

    Parameters
    ----------
    n_items
        Items in each list, at least 1.
    persistence
        As in `rank_biased_weights`.
    permutations
        Number of shuffles, at least 1.
    seed
        Of the shuffles.

    Returns
    -------
    `(permutations,)`, ascending.
    """
    check_positive(permutations, name="permutations")
    weights = rank_biased_weights(n_items, persistence)
    rng = np.random.default_rng(seed)
    # an item at place m or deeper adds at most the weight of m
    rest = np.cumsum(weights[::-1])[::-1]
    n_placed = int(np.searchsorted(-rest[1 : n_items + 1], -_NOTHING))
    places = np.arange(1, n_placed + 1, dtype=np.int32)
    per_batch = max(1, _DRAWS_AT_ONCE // n_items)
    drawn = []
    for start in range(0, permutations, per_batch):
        n_lists = min(per_batch, permutations - start)
        shuffled = _first_of_shuffled(n_items, n_placed, n_lists, rng)
        drawn.append(rank_biased_overlap(later_ranks(places, shuffled), weights))
    return np.sort(np.concatenate(drawn))


def _first_of_shuffled(
    n_items: int, n_first: int, n_lists: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the first places of shuffled lists, `(n_lists, n_first)` int32, each order as likely.

    The shuffle of Fisher and Yates, all lists at once, stopped when the first places are filled.
    """
    items = np.repeat(np.arange(1, n_items + 1, dtype=np.int32), n_lists)
    # list by list, so that the draws of one do not hang on how many are made at once
    chosen = rng.integers(np.arange(n_first), n_items, size=(n_lists, n_first)).T * n_lists
    chosen += np.arange(n_lists)
    first = items[: n_first * n_lists].reshape(n_first, n_lists)
    for own, other in zip(first, chosen, strict=True):
        taken = items[other]
        items[other] = own
        own[:] = taken
    return np.ascontiguousarray(first.T)


def p_above(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Chance of a null value as high or higher, the observed one counted in: never 0.

    Parameters
    ----------
    values
        `(R,)` observed values.
    null
        `(P,)` null values, ascending.

    References
    ----------
    Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010).
    """
    as_high = len(null) - np.searchsorted(null, values - TOLERANCE, side="left")
    return (1 + as_high) / (1 + len(null))


def p_below(values: np.ndarray, null: np.ndarray) -> np.ndarray:
    """Chance of a null value as low or lower; the other side of `p_above`."""
    as_low = np.searchsorted(null, values + TOLERANCE, side="right")
    return (1 + as_low) / (1 + len(null))
