"""Alignment of two contexts: the genes they have in common, turned onto each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.linalg import orthogonal_procrustes

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.validation import check_positive, nearest_names

FOLDS: Final = 5
_NUMBERS_AT_ONCE: Final = 1_000_000  # of shuffled vectors: what stays near the processor
DEFINITION: Final = (
    "Residual: root mean squared distance between the two points of a common gene, vectors scaled "
    "to length 1 (0: all at the same place, 1.41: unrelated, 2: opposite). After: the right "
    "context turned or mirrored as a whole onto the left one (orthogonal Procrustes), which "
    "changes no neighbour within a context. Held out: each fifth of the genes placed by the turn "
    "that the other four fifths ask for. By chance: the same fit with the names of the right "
    "context shuffled."
)


@dataclass(frozen=True)
class CommonGenes:
    """Genes that two contexts share by name, one-to-one orthologs across species.

    Parameters
    ----------
    first, second
        Names of the two contexts.
    names
        `(G,)` common names, in the order of the alphabet.
    first_rows, second_rows
        `(G,)` int64, row of each gene in each context.
    n_first, n_second
        Number of genes of each context.
    n_not_one_to_one
        Ortholog groups that both contexts have, but not as one gene each: left out, because it
        cannot be said which gene to compare with which.
    """

    first: str
    second: str
    names: np.ndarray
    first_rows: np.ndarray
    second_rows: np.ndarray
    n_first: int
    n_second: int
    n_not_one_to_one: int

    def __len__(self) -> int:
        """Number of common genes."""
        return len(self.names)


def common_genes(embedding: EmbeddingSet, first: str, second: str) -> CommonGenes:
    """Find the genes that two contexts have in common.

    Parameters
    ----------
    embedding
        The set both contexts belong to.
    first, second
        Names of contexts; the same name twice compares a context with itself.

    Raises
    ------
    InputError
        If there is no such context; the nearest name is offered.
    """
    names = [str(name) for name in embedding.datasets.index]
    for name in (first, second):
        if name not in names:
            near = nearest_names(name, names)
            msg = f"Expected a context of {embedding.name}, found {name!r}."
            raise InputError(msg, f"Nearest: {', '.join(near)}." if near else "")
    codes, genes = embedding.common_gene_codes
    left, right = (_single_rows(codes, embedding.rows_of_dataset(name)) for name in (first, second))
    shared, in_left, in_right = np.intersect1d(
        codes[left], codes[right], assume_unique=True, return_indices=True
    )
    rows = [left[in_left], right[in_right]]
    return CommonGenes(
        first=first,
        second=second,
        names=genes[shared],
        first_rows=rows[0],
        second_rows=rows[1],
        n_first=len(embedding.rows_of_dataset(first)),
        n_second=len(embedding.rows_of_dataset(second)),
        n_not_one_to_one=_count_left_out(embedding, (first, second), rows),
    )


def _single_rows(codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows whose common name stands once among them."""
    _, places, counts = np.unique(codes[rows], return_index=True, return_counts=True)
    return rows[places[counts == 1]]


def _count_left_out(
    embedding: EmbeddingSet, datasets: tuple[str, str], kept: list[np.ndarray]
) -> int:
    """Ortholog groups in both contexts with a gene that has no single partner."""
    ortholog = embedding.genes[keys.ORTHOLOG].to_numpy(dtype=object)
    all_rows = [embedding.rows_of_dataset(name) for name in datasets]
    ortholog_groups = [set(ortholog[rows]) - {""} for rows in all_rows]
    left = [
        set(ortholog[rows[~np.isin(rows, used)]]) for rows, used in zip(all_rows, kept, strict=True)
    ]
    return len((left[0] & ortholog_groups[1]) | (left[1] & ortholog_groups[0]))


@dataclass(frozen=True)
class Alignment:
    """How well one context lies on the other.

    Parameters
    ----------
    rotation
        `(D, D)` orthogonal; rows of the second context times it lie on the first one.
    before, after
        Residual without and with the rotation, see `DEFINITION`, 0 to 2.
    held_out
        Residual of genes that the fit did not see, 0 to 2; NaN with fewer genes than folds.
    by_chance, by_chance_deviation
        Mean and standard deviation of the residual after a fit to shuffled names.
    p
        Chance of a residual as small or smaller with shuffled names, above 0 to 1.
    permutations
        Number of shuffles.
    n_genes
        Number of common genes.
    """

    rotation: np.ndarray
    before: float
    after: float
    held_out: float
    by_chance: float
    by_chance_deviation: float
    p: float
    permutations: int
    n_genes: int


def align_contexts(
    embedding: EmbeddingSet, common: CommonGenes, *, permutations: int = 199, seed: int = 0
) -> Alignment:
    """Turn the second context onto the first by their common genes.

    Parameters
    ----------
    embedding
        The set both contexts belong to.
    common
        Their common genes.
    permutations
        Number of shuffles for the residual by chance, at least 1.
    seed
        Of shuffles and folds.

    Raises
    ------
    InputError
        If the contexts share no gene, or `permutations` is not positive.

    References
    ----------
    Schönemann, Psychometrika 31, 1 (1966); Peres-Neto and Jackson, Oecologia 129, 169 (2001), for
    the permutation test of a Procrustes fit.
    """
    check_positive(permutations, name="permutations")
    if not len(common):
        msg = f"Expected common genes of {common.first} and {common.second}, found none."
        raise InputError(msg, "Choose another pair of contexts.")
    unit = embedding.unit_vectors
    first = unit[common.first_rows].astype(np.float64)
    second = unit[common.second_rows].astype(np.float64)
    rotation, _ = orthogonal_procrustes(second, first)
    after = _residual(second @ rotation, first)
    rng = np.random.default_rng(seed)
    # of XR - Y the squared norm is |X|^2 + |Y|^2 - 2 tr(S): the rotation itself is not needed, and
    # the norms are the same whatever the order of the rows
    squares = np.square(first).sum() + np.square(second).sum()
    # single precision is enough for what is compared with a mean over shuffles
    moved, fixed = second.astype(np.float32), first.astype(np.float32)
    orders = np.array([rng.permutation(len(common)) for _ in range(permutations)])
    # some at once: between calls of numpy a thread may wait for others
    parts = np.array_split(orders, max(1, moved.size * permutations // _NUMBERS_AT_ONCE))
    products = np.concatenate([moved[part].transpose(0, 2, 1) @ fixed for part in parts])
    overlaps = np.linalg.svd(products, compute_uv=False).astype(np.float64).sum(axis=1)
    shuffled = np.sqrt(np.maximum(squares - 2 * overlaps, 0) / len(common))
    return Alignment(
        rotation=rotation,
        before=_residual(second, first),
        after=after,
        held_out=_held_out_residual(second, first, rng),
        by_chance=float(shuffled.mean()),
        by_chance_deviation=float(shuffled.std()),
        p=float((1 + (shuffled <= after).sum()) / (1 + permutations)),
        permutations=permutations,
        n_genes=len(common),
    )


def _residual(moved: np.ndarray, target: np.ndarray) -> float:
    """Root mean squared distance between rows."""
    return float(np.sqrt(np.square(moved - target).sum(axis=1).mean()))


def _held_out_residual(moved: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> float:
    """Residual of genes that were left out of the fit, over all folds together."""
    n_genes = len(moved)
    if n_genes < 2 * FOLDS:
        return float("nan")
    placed = np.empty_like(moved)
    for fold in np.array_split(rng.permutation(n_genes), FOLDS):
        seen = np.setdiff1d(np.arange(n_genes), fold)
        rotation, _ = orthogonal_procrustes(moved[seen], target[seen])
        placed[fold] = moved[fold] @ rotation
    return _residual(placed, target)


def aligned_plane(
    embedding: EmbeddingSet, common: CommonGenes, rotation: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Lay the common genes of both contexts into one plane after the alignment.

    Parameters
    ----------
    embedding
        The set both contexts belong to.
    common
        Their common genes.
    rotation
        `(D, D)` of `Alignment`.

    Returns
    -------
    `(G, 2)` float32 coordinates of each context, without unit: the first two principal components
    of both contexts together, each with its largest weight positive; and the share of the variance
    that the plane shows, 0 to 1.
    """
    unit = embedding.unit_vectors
    first = unit[common.first_rows].astype(np.float64)
    second = unit[common.second_rows].astype(np.float64) @ rotation
    both = np.concatenate([first, second])
    centred = both - both.mean(axis=0)
    _, spectrum, axes = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((2, both.shape[1]))
    kept = axes[:2]
    signs = np.sign(kept[np.arange(len(kept)), np.abs(kept).argmax(axis=1)])
    plane[: len(kept)] = kept * signs[:, None]
    total = np.square(spectrum).sum()
    shown = float(np.square(spectrum[:2]).sum() / total) if total > 0 else 0.0
    places = (centred @ plane.T).astype(np.float32)
    return places[: len(first)], places[len(first) :], shown


def count_common_genes(embedding: EmbeddingSet) -> pd.DataFrame:
    """Count the common names of every two contexts; kept with the set.

    Returns
    -------
    `(C, C)` counts, rows and columns named by context in the order of the alphabet; on the
    diagonal the different names of a context.
    """
    kept: dict[str, pd.DataFrame] = embedding.kept("common_gene_counts")
    if "all" not in kept:
        names = pd.Index(sorted(map(str, embedding.datasets.index)))
        gene, genes = embedding.common_gene_codes
        held = np.zeros((len(names), len(genes)), dtype=np.float32)
        for row, name in zip(held, names, strict=True):
            row[gene[embedding.rows_of_dataset(name)]] = 1
        counts = (held @ held.T).astype(np.int64)
        kept["all"] = pd.DataFrame(counts, index=names, columns=names)
    return kept["all"]
