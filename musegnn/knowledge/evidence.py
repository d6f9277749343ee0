"""Evidence: what public knowledge says about a pair of human genes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.knowledge import catalogue as kinds
from musegnn.knowledge.gene_sets import bounded
from musegnn.knowledge.joining import REGULATION_COLUMNS, as_undirected
from musegnn.knowledge.store import PATHWAY_LIBRARIES, PROCESS_LIBRARIES, KnowledgeStore

# Measured on 300 random genes of the shipped atlas (20 nearest each): with at most 30, 50, 100, 200
# and 300 genes a term, shared pathways are found 6.1, 6.2, 5.4, 3.9 and 3.3 times as often as by
# chance, and 35, 94, 248, 306 and 344 times in all; processes 2.7, 2.6, 2.8, 2.3 and 2.1 times.
LARGEST_TERM: Final = 100  # genes
SMALLEST_TERM: Final = 2
# DoRothEA grades D and E are single predictions by a motif or a correlation, not curation
CURATED: Final = frozenset({"A", "B", "C", ""})

SIGN_WORDS: Final[Mapping[int, str]] = {1: "activates", -1: "represses", 0: "regulates"}


@dataclass(frozen=True)
class Fact:
    """One thing that is known about a pair of genes.

    Parameters
    ----------
    kind
        One of `musegnn.keys.KNOWLEDGE_CLASSES`.
    text
        What is known, such as "interacts" or "PDX1 activates INS".
    source
        Name of the table in the store.
    release
        Its release.
    detail
        Confidence, reference or number of genes of the term; "" where there is none.
    """

    kind: str
    text: str
    source: str
    release: str
    detail: str = ""


@dataclass(frozen=True)
class _Terms:
    """A library as a matrix."""

    source: str
    release: str
    names: tuple[str, ...]
    sizes: np.ndarray
    members: sparse.csr_matrix  # genes x terms

    def terms_of(self, gene: int) -> np.ndarray:
        """Terms of a gene; slicing the matrix would take many times longer."""
        bounds = self.members.indptr[gene : gene + 2]
        return self.members.indices[bounds[0] : bounds[1]]


class _RowsOf:
    """Rows of a table by the code that stands in them."""

    def __init__(self, codes: np.ndarray, n_codes: int) -> None:
        self._order = np.argsort(codes, kind="stable")
        self._bounds = np.searchsorted(codes[self._order], np.arange(n_codes + 1))

    def __getitem__(self, code: int) -> np.ndarray:
        return self._order[self._bounds[code] : self._bounds[code + 1]]


class EvidenceIndex:
    """Index over interactions, regulation, pathways and processes of human genes.

    Parameters
    ----------
    store
        Where the tables come from. Kinds that it lacks stay without evidence; `sources` says
        which are there.

    Attributes
    ----------
    store
        Where the tables come from.
    genes
        Every gene of these tables, sorted.
    sources
        Kind -> titles of its tables with names and releases; empty where there is none.
    """

    def __init__(self, store: KnowledgeStore) -> None:
        self.store = store
        pairs, edges = _interactions(store), _curated(store)
        libraries = {
            keys.PATHWAY: store.first_library(PATHWAY_LIBRARIES),
            keys.PROCESS: store.first_library(PROCESS_LIBRARIES),
        }
        terms = {
            kind: bounded(
                store.gene_sets(name).terms, minimum_size=SMALLEST_TERM, maximum_size=LARGEST_TERM
            )
            for kind, name in libraries.items()
            if name
        }
        names = {*pairs["a"], *pairs["b"], *edges["regulator"], *edges["target"]}
        names = names.union(*(genes for sets in terms.values() for genes in sets.values()))
        self.genes = tuple(sorted(names))
        self._position = {gene: i for i, gene in enumerate(self.genes)}
        n = len(self.genes)
        self._pairs = list(zip(pairs["source"], pairs["release"], strict=True))
        self._edges = list(edges[list(REGULATION_COLUMNS)].itertuples(index=False, name=None))
        self._a, self._b = self.positions(pairs["a"]), self.positions(pairs["b"])
        self._of_a, self._of_b = _RowsOf(self._a, n), _RowsOf(self._b, n)
        self._from, self._to = self.positions(edges["regulator"]), self.positions(edges["target"])
        self._of_from, self._of_to = _RowsOf(self._from, n), _RowsOf(self._to, n)
        self._terms = {
            kind: self._index_terms(libraries[kind], store, sets) for kind, sets in terms.items()
        }
        used = {
            keys.INTERACTION: sorted(set(pairs["source"])),
            keys.REGULATION: sorted(set(edges["source"])),
        }
        used |= {kind: [found.source] for kind, found in self._terms.items()}
        self.sources = {
            kind: tuple(
                f"{store.record(name).title} ({name}, release {store.record(name).release})"
                for name in used.get(kind, [])
            )
            for kind in keys.KNOWLEDGE_CLASSES
        }

    def positions(self, genes: Iterable[str]) -> np.ndarray:
        """Return the position of each gene in `genes` of the index, -1 where it is not known."""
        return np.array([self._position.get(gene, -1) for gene in genes], dtype=np.int64)

    def related(self, gene: str, kind: str) -> np.ndarray:
        """Tell which genes of the index a kind of evidence joins to a gene.

        Returns
        -------
        `(len(genes) + 1,)` bool; the last entry is False and stands for genes that are not known,
        so that positions of -1 can be looked up.
        """
        found = np.zeros(len(self.genes) + 1, dtype=bool)
        position = self._position.get(gene)
        if position is None:
            return found
        if kind == keys.INTERACTION:
            found[self._b[self._of_a[position]]] = True
            found[self._a[self._of_b[position]]] = True
        elif kind == keys.REGULATION:
            found[self._to[self._of_from[position]]] = True
            found[self._from[self._of_to[position]]] = True
        elif kind in self._terms:
            members = self._terms[kind].members
            found[(members[[position]] @ members.T).indices] = True
        found[position] = False
        return found

    def facts(self, gene: str, other: str) -> tuple[Fact, ...]:
        """List everything that is known about two different genes.

        Returns
        -------
        Interactions, then regulation in both directions, then terms, smallest first; empty for
        genes that are not known.
        """
        first, second = self._position.get(gene), self._position.get(other)
        if first is None or second is None or first == second:
            return ()
        return (
            *self._interaction_facts(first, second),
            *self._regulation_facts(first, second),
            *self._shared_terms(keys.PATHWAY, first, second),
            *self._shared_terms(keys.PROCESS, first, second),
        )

    def _interaction_facts(self, first: int, second: int) -> list[Fact]:
        low, high = sorted((first, second))
        rows = self._of_a[low]
        found = (self._pairs[row] for row in rows[self._b[rows] == high])
        return [Fact(keys.INTERACTION, "interacts", source, release) for source, release in found]

    def _regulation_facts(self, first: int, second: int) -> list[Fact]:
        facts = []
        for regulator, target in ((first, second), (second, first)):
            rows = self._of_from[regulator]
            for row in rows[self._to[rows] == target]:
                start, end, sign, confidence, source, release, reference = self._edges[row]
                graded = f"confidence {confidence}" if confidence else ""
                detail = ", ".join(filter(None, [graded, reference]))
                text = f"{start} {SIGN_WORDS[int(sign)]} {end}"
                facts.append(Fact(keys.REGULATION, text, source, release, detail))
        return facts

    def _shared_terms(self, kind: str, first: int, second: int) -> list[Fact]:
        library = self._terms.get(kind)
        if library is None:
            return []
        shared = np.intersect1d(library.terms_of(first), library.terms_of(second))
        order = sorted(shared, key=lambda term: (library.sizes[term], library.names[term]))
        return [
            Fact(
                kind,
                library.names[term],
                library.source,
                library.release,
                f"{library.sizes[term]} genes",
            )
            for term in order
        ]

    def _index_terms(
        self, source: str, store: KnowledgeStore, terms: Mapping[str, frozenset[str]]
    ) -> _Terms:
        """Make a library a matrix."""
        names = tuple(sorted(terms))
        sizes = np.array([len(terms[name]) for name in names], dtype=np.int64)
        genes = [self._position[gene] for name in names for gene in sorted(terms[name])]
        columns = np.repeat(np.arange(len(names)), sizes)
        members = sparse.csr_matrix(
            (np.ones(len(genes), dtype=np.int32), (genes, columns)),
            shape=(len(self.genes), len(names)),
        )
        return _Terms(source, store.record(source).release, names, sizes, members)


def _interactions(store: KnowledgeStore) -> pd.DataFrame:
    """Interactions as the store gives them, not sorted: that would take most of the time."""
    parts = [
        as_undirected(store.table(name)).assign(source=name, release=store.record(name).release)
        for name in store.names(kinds.INTERACTIONS, "human")
    ]
    return pd.concat(parts, ignore_index=True) if parts else store.interactions()


def _curated(store: KnowledgeStore) -> pd.DataFrame:
    """Regulation without graded predictions, in the columns of the store."""
    parts = []
    for name in store.names(kinds.REGULATION, "human"):
        if store.is_default(name):
            table = store.table(name)
            table = table[table["confidence"].isin(CURATED)]
            parts.append(table.assign(source=name, release=store.record(name).release))
    if not parts:
        return store.regulation(tables=[])
    return pd.concat(parts, ignore_index=True)
