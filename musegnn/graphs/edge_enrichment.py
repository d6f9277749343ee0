"""Do the edges of a graph join genes that belong together? Counted against degree-matched pairs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

RIBOSOMAL = re.compile(r"^(?:M?RP[LS]\d+[A-Z]?\d*(?:[LXY]\d*)?|RPLP\d|RPSA)$", re.IGNORECASE)


@dataclass(frozen=True)
class PairTruth:
    """Known relations between G genes.

    Parameters
    ----------
    related
        `(G, G)` sparse boolean, symmetric, empty diagonal: the pair shares a term or interacts.
    annotated
        `(G,)` boolean: genes about which the source knows anything; only pairs of two annotated
        genes are counted.
    """

    related: sparse.csr_matrix
    annotated: np.ndarray

    def without(self, genes: np.ndarray) -> PairTruth:
        """Return the same relations with the genes where `genes` is True left out of the count."""
        return PairTruth(self.related, self.annotated & ~genes)


def truth_from_sets(genes: Sequence[str], terms: Mapping[str, Iterable[str]]) -> PairTruth:
    """Relate genes that share at least one term; a name may stand for several genes."""
    positions = _positions(genes)
    rows, columns = [], []
    for column, term in enumerate(terms):
        for gene in terms[term]:
            for row in positions.get(gene, ()):
                rows.append(row)
                columns.append(column)
    members = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.int32), (rows, columns)), shape=(len(genes), len(terms))
    )
    related = (members @ members.T).tolil()
    related.setdiag(0)
    annotated = np.asarray(members.sum(axis=1)).ravel() > 0
    return PairTruth((related.tocsr() > 0).astype(bool), annotated)


def truth_from_pairs(genes: Sequence[str], pairs: Iterable[tuple[str, str]]) -> PairTruth:
    """Relate genes that stand in a list of pairs; a name may stand for several genes."""
    positions = _positions(genes)
    annotated = np.zeros(len(genes), dtype=bool)
    rows, columns = [], []
    for a, b in pairs:
        first, second = positions.get(a, ()), positions.get(b, ())
        annotated[[*first, *second]] = True
        for i, j in ((i, j) for i in first for j in second if i != j):
            rows += [i, j]
            columns += [j, i]
    related = sparse.csr_matrix(
        (np.ones(len(rows), dtype=bool), (rows, columns)), shape=(len(genes), len(genes))
    )
    return PairTruth(related.astype(bool), annotated)


def _positions(genes: Sequence[str]) -> dict[str, list[int]]:
    """Rows of each name."""
    positions: dict[str, list[int]] = {}
    for row, gene in enumerate(genes):
        positions.setdefault(gene, []).append(row)
    return positions


@dataclass(frozen=True)
class EdgeEnrichment:
    """Counts from which an enrichment is computed; counts of several graphs can be added.

    Parameters
    ----------
    edges
        Edges between two annotated genes.
    related
        How many of them are related.
    expected
        How many would be related on average if partners were drawn at random with every gene
        keeping its degree.
    """

    edges: int
    related: int
    expected: float

    @property
    def fold(self) -> float:
        """Observed over expected; NaN where nothing is expected."""
        return self.related / self.expected if self.expected > 0 else float("nan")

    def __add__(self, other: EdgeEnrichment) -> EdgeEnrichment:
        """Pool two graphs."""
        return EdgeEnrichment(
            self.edges + other.edges,
            self.related + other.related,
            self.expected + other.expected,
        )


def edge_enrichment(adjacency: sparse.csr_matrix, truth: PairTruth) -> EdgeEnrichment:
    r"""Count related edges and what degree-preserving random pairs would give.

    A random pair takes genes i and j with probability proportional to :math:`d_i d_j`, so the
    expected share is :math:`\sum_{i<j} d_i d_j t_{ij} / \sum_{i<j} d_i d_j` in closed form; degrees
    d are counted among annotated genes.

    Parameters
    ----------
    adjacency
        `(G, G)` sparse, symmetric, empty diagonal.
    truth
        Known relations of the same genes in the same order.
    """
    kept = np.flatnonzero(truth.annotated)
    graph = sparse.csr_matrix(adjacency[kept][:, kept], dtype=np.float64)
    related = sparse.csr_matrix(truth.related[kept][:, kept], dtype=np.float64)
    degree = np.asarray(graph.sum(axis=1)).ravel()
    edges = round(degree.sum() / 2)
    hits = round(graph.multiply(related).sum() / 2)
    all_pairs = degree.sum() ** 2 - (degree**2).sum()
    share = float(degree @ (related @ degree)) / all_pairs if all_pairs > 0 else 0.0
    return EdgeEnrichment(edges, hits, share * edges)


def is_ribosomal(genes: Iterable[str]) -> np.ndarray:
    """Tell which symbols name ribosomal proteins, `(G,)` boolean."""
    return np.array([bool(RIBOSOMAL.match(gene)) for gene in genes], dtype=bool)
