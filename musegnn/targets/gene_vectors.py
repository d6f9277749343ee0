"""Vectors of genes from what the annotation store knows, as models of targets take them.

Any matrix of gene vectors by symbol serves; this one is quick: each table of sets is weighted by
how rare a set is, cut to its main directions, and a gene is the row of all tables side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore

WIDTH: Final = 128  # directions of a table
_LIBRARIES: Final = ("go_", "reactome", "kegg")
# sets named by drugs or by experiments with them would hold the answer
_LARGEST_SET: Final = 1000
_ALL_DIRECTIONS: Final = 256  # sets up to which all directions are computed


@dataclass(frozen=True)
class GeneVectors:
    """Vectors of N genes.

    Parameters
    ----------
    symbols
        Symbol of each row.
    vectors
        `(N, D)` float32.
    sources
        Tables that they were made of.
    """

    symbols: tuple[str, ...]
    vectors: np.ndarray
    sources: tuple[str, ...] = ()

    def kernel(self, targets: Sequence[str]) -> np.ndarray:
        """Return `(T, T)` float64 cosine of targets; one that is not known is like itself alone.

        Parameters
        ----------
        targets
            Symbols, each once.
        """
        found = vectors_of(self, targets)
        cosine = np.clip(found @ found.T, 0.0, 1.0)
        np.fill_diagonal(cosine, 1.0)
        return cosine

    def permuted(self, seed: int) -> GeneVectors:
        """Return the control: each gene with the vector of another."""
        order = np.random.default_rng(seed).permutation(len(self.symbols))
        return GeneVectors(self.symbols, self.vectors[order], self.sources)


def read_gene_vectors(store: KnowledgeStore | None) -> GeneVectors | None:
    """Make gene vectors of GO, pathways and interactions; None where the store has none of them."""
    if store is None:
        return None
    tables: dict[str, Mapping[str, Iterable[str]]] = {}
    for name in store.gene_set_libraries("human", shipped=False):
        if name.startswith(_LIBRARIES):
            terms = store.gene_sets(name).terms
            tables[name] = {t: g for t, g in terms.items() if 2 <= len(g) <= _LARGEST_SET}
    interactions = store.interactions()
    if len(interactions):
        tables["interactions"] = _partners(interactions["a"], interactions["b"])
    return vectors_of_sets(tables) if tables else None


def vectors_of_sets(
    tables: Mapping[str, Mapping[str, Iterable[str]]], *, width: int = WIDTH
) -> GeneVectors:
    """Make gene vectors of tables of sets.

    Parameters
    ----------
    tables
        Table -> set -> gene symbols.
    width
        Most directions of a table.

    Raises
    ------
    InputError
        If no table has a set.
    """
    symbols = sorted({g for sets in tables.values() for genes in sets.values() for g in genes})
    if not symbols:
        msg = "Expected sets of genes for gene vectors, found none."
        raise InputError(msg, "Fetch or import a library of gene sets.")
    row = {symbol: at for at, symbol in enumerate(symbols)}
    blocks = [_block(sets, row, width) for _, sets in sorted(tables.items()) if sets]
    return GeneVectors(tuple(symbols), np.concatenate(blocks, axis=1), tuple(sorted(tables)))


def _block(sets: Mapping[str, Iterable[str]], row: Mapping[str, int], width: int) -> np.ndarray:
    """Unit rows of the main directions of one table; zeros for genes that it does not know."""
    members = [sorted({row[gene] for gene in sets[term]}) for term in sorted(sets)]
    columns = np.repeat(np.arange(len(members)), [len(genes) for genes in members])
    rows = np.array([gene for genes in members for gene in genes], dtype=np.int64)
    size = np.array([len(genes) for genes in members])
    weight = np.log(len(row) / size)[columns]
    table = csr_matrix((weight, (rows, columns)), shape=(len(row), len(members)))
    if min(table.shape) <= max(_ALL_DIRECTIONS, width):
        left, values, _ = np.linalg.svd(table.toarray(), full_matrices=False)
        left, values = left[:, :width], values[:width]
    else:
        start = np.random.default_rng(0).standard_normal(min(table.shape))
        left, values, _ = svds(table, k=width, v0=start)
    dense = left * np.sqrt(np.abs(values))
    length = np.linalg.norm(dense, axis=1, keepdims=True)
    unit = np.divide(dense, length, out=np.zeros_like(dense), where=length > 1e-9)
    return unit.astype(np.float32)


def _partners(first: Iterable[str], second: Iterable[str]) -> dict[str, set[str]]:
    """Partners of each gene, the gene itself among them."""
    found: dict[str, set[str]] = {}
    for a, b in zip(first, second, strict=True):
        found.setdefault(a, {a}).add(b)
        found.setdefault(b, {b}).add(a)
    return {gene: genes for gene, genes in found.items() if len(genes) <= _LARGEST_SET}


def average_of_lists(
    genes: GeneVectors, measured: Sequence[str], signatures: np.ndarray, *, top: int = 100
) -> np.ndarray:
    """Return `(S, D)` the vector of a signature as published: its top genes, those in company more.

    Parameters
    ----------
    genes
        Vectors of genes.
    measured
        `(G,)` symbols of the columns.
    signatures
        `(S, G)` z-scores.
    top
        Genes of the largest absolute z-scores that make a list.
    """
    row = {symbol: at for at, symbol in enumerate(genes.symbols)}
    has = np.array([symbol in row for symbol in measured])
    found = genes.vectors[[row[symbol] for symbol in np.asarray(measured)[has]]].astype(np.float64)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    moved = np.abs(signatures[:, has])
    averages = np.zeros((len(signatures), found.shape[1]))
    if not len(found):  # nothing is known of any measured gene
        return averages
    for at, change in enumerate(moved):
        members = found[np.argsort(-change, kind="stable")[:top]]
        company = (members @ members.T).mean(axis=1)
        weight = np.clip((company - company.mean()) / (company.std() + 1e-12), 0.0, 1.0)
        averages[at] = weight @ members / max(float(weight.sum()), 1e-12)
    return averages


def vectors_of(genes: GeneVectors, symbols: Sequence[str]) -> np.ndarray:
    """Return `(T, D)` unit vectors of some genes, zeros for those that are not known."""
    row = {symbol: at for at, symbol in enumerate(genes.symbols)}
    found = np.zeros((len(symbols), genes.vectors.shape[1]))
    for at, symbol in enumerate(symbols):
        if symbol in row:
            found[at] = genes.vectors[row[symbol]]
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, length, out=np.zeros_like(found), where=length > 0)
