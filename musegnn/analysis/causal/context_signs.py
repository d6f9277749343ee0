"""Context signs: how two genes go together, in one context and in all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph


@dataclass(frozen=True)
class ContextSigns:
    """Signs of co-expression of all gene pairs, context by context.

    Parameters
    ----------
    contexts
        Names of the D contexts, sorted.
    genes
        For each context the common names of its genes, in the order of its signs.
    signs
        For each context `(G, G)` int8: the sign of the CS-CORE statistic where p < 0.005, else 0.
    """

    contexts: tuple[str, ...]
    genes: tuple[pd.Index, ...]
    signs: tuple[np.ndarray, ...]

    def of_pairs(self, first: Sequence[str], second: Sequence[str]) -> np.ndarray:
        """Return the signs of P pairs of common names, `(P, D)` float32; NaN: not measured there.

        A pair that would be a gene with itself counts as not measured.
        """
        names = pd.Index(sorted({*first, *second}))
        rows, columns = names.get_indexer(list(first)), names.get_indexer(list(second))
        table = np.full((len(rows), len(self.contexts)), np.nan, dtype=np.float32)
        for number, (genes, signs) in enumerate(zip(self.genes, self.signs, strict=True)):
            place = genes.get_indexer(names)
            a, b = place[rows], place[columns]
            both = (a >= 0) & (b >= 0) & (a != b)
            table[both, number] = signs[a[both], b[both]]
        return table


def read_context_signs(graphs: Iterable[GeneGraph]) -> ContextSigns:
    """Collect the signs of the graphs of some contexts.

    Parameters
    ----------
    graphs
        Graphs of different contexts.

    Returns
    -------
    Signs by the names that one-to-one orthologs share, so that contexts of different species can be
    compared. Where two genes of a context carry the same such name, the first one counts.
    """
    names, genes, signs = [], [], []
    for graph in sorted(graphs, key=lambda graph: graph.name):
        common = graph.genes[keys.COMMON_GENE].astype(str)
        first = np.flatnonzero(~common.duplicated().to_numpy())
        names.append(graph.name)
        genes.append(pd.Index(common.to_numpy()[first]))
        is_whole = len(first) == graph.n_genes
        signs.append(graph.significance if is_whole else graph.significance[np.ix_(first, first)])
    return ContextSigns(tuple(names), tuple(genes), tuple(signs))


def count_agreement(
    signs: np.ndarray, expected: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count the contexts that speak for and against a sign.

    Parameters
    ----------
    signs
        `(P, D)` signs, NaN where a pair was not measured.
    expected
        `(P,)` signs they are compared with; 0 expects nothing.

    Returns
    -------
    For each pair the contexts that measured it, those of the expected sign, and those of the
    opposite sign, each `(P,)` int64.
    """
    product = np.nan_to_num(signs) * np.asarray(expected)[:, None]
    measured = (~np.isnan(signs)).sum(axis=1)
    return (
        measured.astype(np.int64),
        (product > 0).sum(axis=1).astype(np.int64),
        (product < 0).sum(axis=1).astype(np.int64),
    )
