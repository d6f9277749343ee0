"""Nearest neighbours of one row of a vector set, exact, by cosine in the space of the vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from musegnn.embeddings.vector_set import VectorSet
from musegnn.validation import check_positive

BACKGROUND_PAIRS = 20_000
_BLOCK = 1 << 17  # rows


@dataclass(frozen=True)
class Candidates:
    """Rows that one row of a set is compared with.

    Parameters
    ----------
    vectors
        The set.
    row
        The row they are compared with.
    searched
        Ascending rows that were asked for; `row` may be among them.
    rows
        `(n,)` ascending: `searched` without `row`.
    cosines
        `(n,)` float32, cosine of each to `row`.
    """

    vectors: VectorSet
    row: int
    searched: np.ndarray
    rows: np.ndarray
    cosines: np.ndarray

    def __len__(self) -> int:
        """Number of rows that are compared."""
        return len(self.rows)

    def nearest(self, k: int) -> np.ndarray:
        """Positions in `rows` of the `k` nearest, best first, ties by row."""
        return nearest_first(self.cosines, self.rows, k=k)

    def table(self, k: int, *, fits: np.ndarray | None = None, seed: int = 0) -> pd.DataFrame:
        """List the nearest candidates.

        Parameters
        ----------
        k
            How many, at least 1; fewer come back when there are fewer.
        fits
            `(n,)` bool, which candidates may be listed, or None for all; ranks count every one.
        seed
            Seed of the random background.

        Returns
        -------
        At most `k` rows, best first, ties by row: `row`, `cosine` (-1 to 1), `rank` (from 1),
        `percentile` (share in percent of random pairs of the searched rows that have a lower
        cosine), `mutual` (the query is among the `k` best that the neighbour has among them).

        Raises
        ------
        InputError
            If `k` is not positive.
        """
        check_positive(k, name="k")
        if fits is None or fits.all():
            best = self.nearest(k)
            rank = np.arange(1, len(best) + 1)
        else:
            order = np.argsort(-self.cosines, kind="stable")  # ties by row: they ascend
            rank = np.flatnonzero(fits[order])[:k] + 1
            best = order[rank - 1]
        rows, cosine = self.rows[best], self.cosines[best]
        background = self._background(seed)
        return pd.DataFrame(
            {
                "row": rows,
                "cosine": cosine.astype(np.float64),
                "rank": rank,
                "percentile": 100 * np.searchsorted(background, cosine) / max(len(background), 1),
                "mutual": self._is_mutual(rows, cosine, k),
            }
        )

    def _along(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Similarity of pairs of rows."""
        unit = self.vectors.unit_vectors
        return np.einsum("ij,ij->i", unit[first], unit[second])

    def _matrix(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Similarity of some rows and many ascending ones, `(len(first), len(second))`."""
        unit = self.vectors.unit_vectors
        is_run = len(second) == second[-1] - second[0] + 1  # from one to another: no copy
        return unit[first] @ (unit[second[0] : second[-1] + 1] if is_run else unit[second]).T

    def _background(self, seed: int) -> np.ndarray:
        """Similarities of random pairs of the searched rows, ascending."""
        rows = self.searched
        if len(rows) < 2:
            return np.empty(0, dtype=np.float32)
        rng = np.random.default_rng(seed)
        first = rng.integers(0, len(rows), BACKGROUND_PAIRS)
        second = (first + rng.integers(1, len(rows), BACKGROUND_PAIRS)) % len(rows)
        return np.sort(self._along(rows[first], rows[second]))

    def _is_mutual(self, best: np.ndarray, similarity: np.ndarray, k: int) -> np.ndarray:
        """Tell of each neighbour whether fewer than `k` rows are closer to it than the query."""
        closer = np.zeros(len(best), dtype=np.int64)
        # so many at a time that memory stays small, however many there are
        for start in range(0, len(self.searched), _BLOCK):
            here = self.searched[start : start + _BLOCK]
            is_closer = self._matrix(best, here) > similarity[:, None]
            closer += np.count_nonzero(is_closer, axis=1)
            # neither a gene itself nor the query counts as closer; what is searched is ascending
            for rows in (best, np.full_like(best, self.row)):
                place = np.searchsorted(here, rows).clip(max=len(here) - 1)
                is_here = here[place] == rows
                closer -= is_closer[np.arange(len(best)), place] & is_here
        return closer < k


def compare_rows(vectors: VectorSet, row: int, searched: np.ndarray | None = None) -> Candidates:
    """Compare one row with others, every one of them.

    Parameters
    ----------
    vectors
        The set to search in.
    row
        Row of the query.
    searched
        Rows to search, in any order, or None for all that are within the same as the query, such as
        its context. The query itself is left out.

    Raises
    ------
    InputError
        If the row does not exist.
    """
    vectors.check_row(row)
    if searched is None:
        place = str(vectors.table[vectors.within].iloc[row]) if vectors.within else ""
        searched = vectors.rows_within(place)
    searched = np.sort(np.asarray(searched, dtype=np.int64))
    rows = searched[searched != row]
    unit = vectors.unit_vectors
    # for most of the rows it is quicker to compute all than to copy theirs
    is_most = 2 * len(rows) > len(unit)
    cosines = (unit @ unit[row])[rows] if is_most else unit[rows] @ unit[row]
    return Candidates(vectors, row, searched, rows, cosines)


def nearest_neighbours(
    vectors: VectorSet,
    row: int,
    *,
    k: int = 20,
    candidates: np.ndarray | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """List the rows with the highest cosine to one of them, see `compare_rows` and `Candidates`.

    Raises
    ------
    InputError
        If `k` is not positive or the row does not exist.
    """
    return compare_rows(vectors, row, candidates).table(k, seed=seed)


def nearest_first(cosine: np.ndarray, rows: np.ndarray, *, k: int) -> np.ndarray:
    """Positions of the k largest cosines, best first, ties by row.

    Parameters
    ----------
    cosine
        `(n,)` finite values.
    rows
        `(n,)` rows they belong to.
    k
        How many, at least 1; fewer come back when there are fewer.
    """
    kept = np.arange(len(cosine))
    if k < len(cosine):
        last = np.partition(cosine, len(cosine) - k)[len(cosine) - k]
        kept = np.flatnonzero(cosine >= last)
    return kept[np.lexsort((rows[kept], -cosine[kept]))][:k]
