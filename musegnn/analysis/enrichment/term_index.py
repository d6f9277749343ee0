"""Term index: a gene-set library as a sparse table of terms and genes, for fast counting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.errors import InputError


@dataclass(frozen=True)
class TermIndex:
    """Which genes belong to which terms.

    Parameters
    ----------
    terms
        T names of terms, in the order of the library.
    genes
        G symbols, sorted: all genes that any term names.
    membership
        `(T, G)` int32, 1 where the gene belongs to the term.
    """

    terms: tuple[str, ...]
    genes: tuple[str, ...]
    membership: sparse.csr_matrix

    @cached_property
    def columns(self) -> dict[str, int]:
        """Column of each gene."""
        return {gene: column for column, gene in enumerate(self.genes)}

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row of each term."""
        return {term: row for row, term in enumerate(self.terms)}

    def mask(self, symbols: Collection[str]) -> np.ndarray:
        """Return `(G,)` bool, true for the genes that are among `symbols`."""
        mask = np.zeros(len(self), dtype=bool)
        mask[[self.columns[symbol] for symbol in symbols if symbol in self.columns]] = True
        return mask

    def __len__(self) -> int:
        """Number of genes G."""
        return len(self.genes)

    def counts(self, mask: np.ndarray) -> np.ndarray:
        """Count the genes of each term inside a mask, `(T,)` int64.

        Parameters
        ----------
        mask
            `(G,)` bool, or `(G, S)` for S sets at once, which gives `(T, S)`.
        """
        return np.asarray(self.membership @ mask.astype(np.int32), dtype=np.int64)

    def members(self, term: int, mask: np.ndarray) -> tuple[str, ...]:
        """Return the genes of one term inside a mask, sorted.

        Parameters
        ----------
        term
            Position of the term.
        mask
            `(G,)` bool.
        """
        start, stop = self.membership.indptr[term], self.membership.indptr[term + 1]
        columns = self.membership.indices[start:stop]
        return tuple(self.genes[column] for column in np.sort(columns[mask[columns]]))


def build_term_index(terms: Mapping[str, Collection[str]]) -> TermIndex:
    """Lay a library out as a table.

    Parameters
    ----------
    terms
        Term -> gene symbols.

    Raises
    ------
    InputError
        If there is no term with a gene.
    """
    sizes = [len(members) for members in terms.values()]
    named = np.array([gene for members in terms.values() for gene in members], dtype=object)
    codes, genes = pd.factorize(named, sort=True)
    if not len(genes):
        msg = "Expected a library of gene sets, found no term with genes."
        raise InputError(msg, "Choose another library.")
    # numbers of places, each once: a term may name a gene twice
    places = np.sort(np.repeat(np.arange(len(sizes)), sizes) * len(genes) + codes)
    places = places[np.diff(places, prepend=-1) > 0]
    bounds = np.searchsorted(places, np.arange(len(sizes) + 1) * len(genes))
    indices = (places % len(genes)).astype(np.int32)
    ones = np.ones(len(indices), dtype=np.int32)
    membership = sparse.csr_matrix((ones, indices, bounds), shape=(len(sizes), len(genes)))
    return TermIndex(tuple(terms), tuple(map(str, genes)), membership)
