"""Find cells that datasets have in common, count for count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from musegnn.border.arrays import read_npz
from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing
from musegnn.io.expression import Expression

_AGAIN = "Remove it, and start the batch again."
FEWEST_COUNTS = 100  # smaller profiles can be equal by chance

Pair = tuple[str, str]


@dataclass(frozen=True)
class CellProfiles:
    """Cells of a dataset in the form in which they are compared.

    Parameters
    ----------
    counts
        `(C, G)` sparse integers; only cells with at least `FEWEST_COUNTS` counts.
    genes
        `(G,)` current symbols.
    """

    counts: sparse.csr_matrix
    genes: np.ndarray

    @classmethod
    def of_all_cells(cls, expression: Expression) -> CellProfiles:
        """Take every cell of a dataset whose genes have current symbols, in the order of the rows.

        Genes that another name led to are left out: of one annotation, a file that was cut to fewer
        genes may call CTAGE5 by the symbol MIA2, and the whole file, which has both, does not.
        """
        sure = np.array([gene not in expression.renamed for gene in expression.genes], dtype=bool)
        counts = sparse.csr_matrix(expression.counts[:, np.flatnonzero(sure)], dtype=np.int64)
        return cls(counts, np.asarray(expression.genes, dtype=np.str_)[sure])

    @classmethod
    def of(cls, expression: Expression) -> CellProfiles:
        """Take the cells with enough counts, as `of_all_cells` takes all of them."""
        whole = cls.of_all_cells(expression)
        _, counts = _rows_with_counts(whole.counts)
        return cls(counts, whole.genes)

    def take_cells(self, rows: np.ndarray) -> CellProfiles:
        """Return some of the cells."""
        return CellProfiles(self.counts[rows], self.genes)


def count_shared_cells(first: Expression, second: Expression) -> int:
    """Count cells of the first dataset whose profile stands in the second one too.

    Profiles are compared over the genes that both have, so a dataset that was cut to fewer genes
    still matches. Equal hashes are confirmed by comparing the counts themselves.

    Parameters
    ----------
    first, second
        Counts with current gene symbols.
    """
    return count_shared_profiles(CellProfiles.of(first), CellProfiles.of(second))


def count_shared_profiles(first: CellProfiles, second: CellProfiles) -> int:
    """Count cells of `first` whose profile stands in `second` too; see `count_shared_cells`."""
    return len(shared_rows(first, second))


def shared_rows(first: CellProfiles, second: CellProfiles) -> np.ndarray:
    """Rows of `first` whose profile stands in `second` too, ascending int64.

    Profiles with less than `FEWEST_COUNTS` counts over the genes of both are not compared.
    """
    genes, own, other = np.intersect1d(first.genes, second.genes, return_indices=True)
    rows, left = _rows_with_counts(first.counts[:, own])
    _, right = _rows_with_counts(second.counts[:, other])
    if not (left.shape[0] and right.shape[0]):
        return np.zeros(0, dtype=np.int64)
    weights = _gene_weights(genes)
    row_of = {int(value): row for row, value in enumerate(right @ weights)}
    shared = []
    for row, value in enumerate(left @ weights):
        match = row_of.get(int(value))
        if match is not None and (left[[row]] != right[[match]]).nnz == 0:
            shared.append(rows[row])
    return np.array(shared, dtype=np.int64)


def find_shared_cells(files: Mapping[str, Path], pairs: Iterable[Pair]) -> dict[Pair, int]:
    """Count shared cells of many pairs of datasets, exactly, with two in memory at a time.

    Two cells that are equal over the genes of both datasets are equal over the genes that all
    datasets have. So each dataset is read once to hash its cells over those, and only cells whose
    hashes meet are compared over all genes of their pair.

    Parameters
    ----------
    files
        Name -> profiles written by `write_profiles`; best all of one species.
    pairs
        Which datasets to compare.

    Returns
    -------
    Pair -> number of cells of its first dataset that stand in its second, pairs with none left out.
    """
    core: np.ndarray | None = None
    for file in files.values():
        genes = _read_genes(file)
        core = genes if core is None else np.intersect1d(core, genes)
    hashes = {
        name: _hash_over(read_profiles(file), core if core is not None else np.array([]))
        for name, file in files.items()
    }
    found: dict[Pair, int] = {}
    at_hand: tuple[str, CellProfiles] | None = None
    for first, second in sorted(pairs):
        rows = np.flatnonzero(np.isin(hashes[first], hashes[second]))
        if not len(rows):
            continue
        if at_hand is None or at_hand[0] != first:
            at_hand = (first, read_profiles(files[first]))
        others = np.flatnonzero(np.isin(hashes[second], hashes[first]))
        number = count_shared_profiles(
            at_hand[1].take_cells(rows), read_profiles(files[second]).take_cells(others)
        )
        if number:
            found[first, second] = number
    return found


def write_profiles(profiles: CellProfiles, path: Path) -> None:
    """Write profiles as `.npz`."""
    counts = profiles.counts
    largest = int(counts.data.max(initial=0))
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(
            stream,
            data=counts.data.astype(np.min_scalar_type(largest)),
            indices=counts.indices,
            indptr=counts.indptr,
            shape=np.array(counts.shape),
            genes=profiles.genes,
        )


def read_profiles(path: Path) -> CellProfiles:
    """Read what `write_profiles` wrote.

    Raises
    ------
    DataFileError
        If it is no such file.
    """
    found = _read(path, {"data": "u", "indices": "i", "indptr": "i", "shape": "i", "genes": "U"})
    parts = (found["data"].astype(np.int64), found["indices"], found["indptr"])
    try:
        counts = sparse.csr_matrix(parts, shape=tuple(found["shape"]))
        counts.check_format(full_check=True)  # scipy would read beyond its arrays
    except (ValueError, TypeError) as error:
        msg = f"Expected profiles of cells, found a damaged file: {path}."
        raise DataFileError(msg, _AGAIN) from error
    return CellProfiles(counts, found["genes"])


def _read_genes(path: Path) -> np.ndarray:
    """Read the genes only."""
    return _read(path, {"genes": "U"})["genes"]


def _read(path: Path, kinds: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Read arrays that lie unpacked in a file."""
    most = path.stat().st_size if path.is_file() else 0
    return read_npz(path, kinds, role="profiles of cells", most_bytes=most)


def _rows_with_counts(counts: sparse.csr_matrix) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Rows of the cells with enough counts, and these cells as integers."""
    total = np.asarray(counts.sum(axis=1)).ravel()
    rows = np.flatnonzero(total >= FEWEST_COUNTS)
    return rows, sparse.csr_matrix(counts[rows], dtype=np.int64)


def _hash_over(profiles: CellProfiles, genes: np.ndarray) -> np.ndarray:
    """Hash each cell over some genes; `(C,)` int64."""
    weights = np.where(np.isin(profiles.genes, genes), _gene_weights(profiles.genes), 0)
    return profiles.counts @ weights


def _gene_weights(genes: np.ndarray) -> np.ndarray:
    """Weight of each gene in the hash: 40 bits of a digest of its name; `(G,)` int64.

    The weighted sum of a row may wrap around, which does no harm.
    """
    digests = (hashlib.blake2b(str(gene).encode(), digest_size=5).digest() for gene in genes)
    return np.array([int.from_bytes(digest) for digest in digests], dtype=np.int64)
