"""Divide molecules so that those asked about do not look like those learned from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SHARES: Final = (0.6, 0.15)  # learned from, stopped by; the rest is asked about
SEED: Final = 3
TANIMOTO: Final = 0.5
_ROWS: Final = 1024  # compared at a time


@dataclass(frozen=True)
class Split:
    """Places of molecules in three parts.

    Parameters
    ----------
    train, valid, test
        Ascending places; no molecule is in two.
    rule
        How they were divided, in words.
    """

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    rule: str

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Molecules of each part."""
        return len(self.train), len(self.valid), len(self.test)


def scaffold_split(scaffolds: Sequence[str], *, seed: int = SEED) -> Split:
    """Divide by Murcko scaffold: groups in random order, cut at 60 and 75 % of the molecules.

    The cut is by molecules, as in the published comparison, so that one scaffold may stand on both
    sides of a border.

    Parameters
    ----------
    scaffolds
        Scaffold of each molecule; "" for one without rings.
    seed
        Of the order of the groups.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, scaffold in enumerate(scaffolds):
        groups[scaffold].append(place)
    return _cut(list(groups.values()), seed, "Murcko scaffolds, 60/15/25 %")


def cluster_split(fingerprints: np.ndarray, *, seed: int = SEED, above: float = TANIMOTO) -> Split:
    """Divide by likeness: molecules joined by a chain of similar ones stay together.

    No pair across parts is more similar than `above`, but for the one group a border cuts, which
    goes to one side as a whole.

    Parameters
    ----------
    fingerprints
        `(M, B)` zeros and ones.
    seed
        Of the order of the groups.
    above
        Tanimoto similarity from which two molecules are one group.
    """
    found = groups_of_similar(fingerprints, above=above)
    groups = [np.flatnonzero(found == group).tolist() for group in range(found.max() + 1)]
    return _cut(groups, seed, f"groups of Tanimoto above {above:g}, 60/15/25 %", whole=True)


def groups_of_similar(fingerprints: np.ndarray, *, above: float) -> np.ndarray:
    """Return `(M,)` group of each molecule: single linkage of Tanimoto similarity above a bound."""
    bits = fingerprints.astype(np.float32)
    size = bits.sum(axis=1)
    first, second = [], []
    for start in range(0, len(bits), _ROWS):
        shared = bits[start : start + _ROWS] @ bits.T
        union = size[start : start + _ROWS, None] + size[None] - shared
        rows, columns = np.nonzero(shared > above * union)
        first.append(rows + start)
        second.append(columns)
    rows, columns = np.concatenate(first), np.concatenate(second)
    joined = coo_array((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(len(bits),) * 2)
    return np.asarray(connected_components(joined, directed=False)[1])


def without_twins(split: Split, fingerprints: np.ndarray) -> Split:
    """Leave out of the test those whose fingerprint stands in training, stereoisomers above all."""
    packed = [row.tobytes() for row in np.packbits(fingerprints.astype(bool), axis=1)]
    known = {packed[place] for place in (*split.train.tolist(), *split.valid.tolist())}
    alone = np.array([packed[place] not in known for place in split.test.tolist()], dtype=bool)
    return Split(split.train, split.valid, split.test[alone], f"{split.rule}, without twins")


def _cut(groups: list[list[int]], seed: int, rule: str, *, whole: bool = False) -> Split:
    """Put groups in random order and cut them into three parts."""
    # the published parts were drawn with this generator: another would divide differently
    order = np.random.RandomState(seed).permutation(len(groups)).tolist()
    places = np.concatenate([np.asarray(groups[group], dtype=np.int64) for group in order])
    sizes: np.ndarray = np.cumsum([len(groups[group]) for group in order])
    ends = [
        int(len(places) * SHARES[0]),
        int(len(places) * SHARES[0]) + int(len(places) * SHARES[1]),
    ]
    if whole:
        ends = [int(sizes[np.searchsorted(sizes, end).clip(max=len(sizes) - 1)]) for end in ends]
    train, valid, test = places[: ends[0]], places[ends[0] : ends[1]], places[ends[1] :]
    return Split(np.sort(train), np.sort(valid), np.sort(test), rule)
