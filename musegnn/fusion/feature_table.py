"""Feature table: what one modality knows of genes, before it becomes vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from scipy import sparse

from musegnn.errors import InputError
from musegnn.fusion.human_names import HumanNames

SETS: Final = "sets"  # genes in terms: every entry says the same
GRAPH: Final = "graph"  # genes joined to genes, both ways
SIGNED: Final = "signed"  # regulators with a sign, and their targets
PROFILES: Final = "profiles"  # numbers of each gene in samples
Form = Literal["sets", "graph", "signed", "profiles"]


@dataclass(frozen=True)
class Coverage:
    """How much of a table led to genes.

    Parameters
    ----------
    names
        Different names of genes in the tables.
    led
        Those that lead to a human gene that is known.
    genes
        Different genes that they lead to.
    """

    names: int
    led: int
    genes: int


@dataclass(frozen=True)
class FeatureTable:
    """What one modality knows.

    Parameters
    ----------
    genes
        G symbols, sorted.
    features
        F names of terms, partners, regulators or samples.
    weights
        `(G, F)` sparse float32: how strongly; for a graph symmetric, in the order of the genes.
        A gene has a row only where something is known of it.
    members
        `(G, F)` sparse bool: the entries that count as known facts, which a test may hide.
    form
        One of `SETS`, `GRAPH`, `SIGNED`, `PROFILES`.
    coverage
        Names that were read and genes that they led to.
    sources
        Record of each table: name, source, release, licence, checksum.
    """

    genes: tuple[str, ...]
    features: tuple[str, ...]
    weights: sparse.csr_matrix
    members: sparse.csr_matrix
    form: Form
    coverage: Coverage
    sources: tuple[Mapping[str, Any], ...] = ()

    def without(self, hidden: sparse.csr_matrix) -> FeatureTable:
        """Return the table as if some of its facts were not known.

        Parameters
        ----------
        hidden
            `(G, F)` bool; of a graph symmetric.
        """
        keep = self.members.astype(np.int8) - self.members.multiply(hidden).astype(np.int8)
        keep.eliminate_zeros()
        weights = self.weights - self.weights.multiply(hidden)
        weights = sparse.csr_matrix(weights, dtype=np.float32)
        weights.eliminate_zeros()
        return replace(self, weights=weights, members=sparse.csr_matrix(keep, dtype=bool))


def from_sets(
    terms: Mapping[str, Iterable[str]],
    names: HumanNames,
    *,
    sizes: tuple[int, int],
    sources: Sequence[Mapping[str, Any]],
) -> FeatureTable:
    """Make a table of terms and their genes.

    Parameters
    ----------
    terms
        Term -> names of genes.
    names
        Leads names to symbols.
    sizes
        Fewest and most genes of a term that says something; others are left out.
    sources
        Records of the tables.
    """
    rows = [(term, gene) for term in sorted(terms) for gene in terms[term]]
    led = names.symbols_of({gene for _, gene in rows})
    pairs = sorted({(term, led[gene]) for term, gene in rows if led[gene]})
    kept_terms, of_term = _number([term for term, _ in pairs])
    size = np.bincount(of_term, minlength=len(kept_terms))
    fits = (size >= sizes[0]) & (size <= sizes[1])
    kept = [pair for pair, term in zip(pairs, of_term, strict=True) if fits[term]]
    features, columns = _number([term for term, _ in kept])
    genes, lines = _number([gene for _, gene in kept])
    entries = np.ones(len(kept), dtype=np.float32)
    members = sparse.csr_matrix((entries, (lines, columns)), (len(genes), len(features)))
    idf = np.log((1 + len(genes)) / (1 + members.sum(axis=0).A1))
    weights = sparse.csr_matrix(members @ sparse.diags(idf), dtype=np.float32)
    coverage = Coverage(len(led), sum(map(bool, led.values())), len(genes))
    shape = sparse.csr_matrix(members, dtype=bool)
    return FeatureTable(genes, features, weights, shape, SETS, coverage, tuple(sources))


def from_pairs(
    pairs: Iterable[tuple[str, str]],
    names: HumanNames,
    *,
    sources: Sequence[Mapping[str, Any]],
    strengths: Sequence[float] | None = None,
) -> FeatureTable:
    """Make a table of genes that are joined, whichever of the two is named first.

    Parameters
    ----------
    pairs
        Names of two genes each; a gene that is joined to itself says nothing.
    names
        Leads names to symbols.
    sources
        Records of the tables.
    strengths
        Of each pair; those of a repeated pair are added. None counts each pair once.
    """
    listed = list(pairs)
    led = names.symbols_of({name for pair in listed for name in pair})
    values = np.ones(len(listed)) if strengths is None else np.asarray(strengths, dtype=float)
    joined = [
        (led[a], led[b], value)
        for (a, b), value in zip(listed, values, strict=True)
        if led[a] and led[b] and led[a] != led[b]
    ]
    genes, codes = _number([gene for a, b, _ in joined for gene in (a, b)])
    first, second = codes[::2], codes[1::2]
    n = len(genes)
    numbers = np.array([value for *_, value in joined], dtype=np.float32)
    half = sparse.coo_matrix((numbers, (first, second)), (n, n))
    weights = sparse.csr_matrix(half + half.T, dtype=np.float32)
    weights.sum_duplicates()
    if strengths is None:
        weights.data[:] = 1.0
    coverage = Coverage(len(led), sum(map(bool, led.values())), n)
    members = sparse.csr_matrix(weights, dtype=bool)
    return FeatureTable(genes, genes, weights, members, GRAPH, coverage, tuple(sources))


def from_entries(
    entries: Iterable[tuple[str, str, float]],
    names: HumanNames,
    *,
    sources: Sequence[Mapping[str, Any]],
) -> FeatureTable:
    """Make a table of genes and signed features, such as "MYC+".

    Parameters
    ----------
    entries
        Name of a gene, feature, strength; the largest of repeated ones counts.
    names
        Leads names to symbols.
    sources
        Records of the tables.
    """
    listed = list(entries)
    led = names.symbols_of({name for name, *_ in listed})
    best: dict[tuple[str, str], float] = {}
    for name, feature, strength in listed:
        if led[name]:
            key = (led[name], feature)
            best[key] = max(best.get(key, 0.0), strength)
    keys = sorted(best)
    genes, lines = _number([gene for gene, _ in keys])
    features, columns = _number([feature for _, feature in keys])
    values = np.array([best[key] for key in keys], dtype=np.float32)
    shape = (len(genes), len(features))
    found = sparse.csr_matrix((values, (lines, columns)), shape)
    idf = np.log((1 + len(genes)) / (1 + np.bincount(columns, minlength=len(features))))
    weights = sparse.csr_matrix(found @ sparse.diags(idf), dtype=np.float32)
    coverage = Coverage(len(led), sum(map(bool, led.values())), len(genes))
    members = sparse.csr_matrix(found, dtype=bool)
    return FeatureTable(genes, features, weights, members, SIGNED, coverage, tuple(sources))


def from_profiles(
    listed: Sequence[str],
    values: np.ndarray,
    samples: Sequence[str],
    names: HumanNames,
    *,
    sources: Sequence[Mapping[str, Any]],
    high: float,
) -> FeatureTable:
    """Make a table of numbers of genes in samples.

    Parameters
    ----------
    listed
        Names of genes.
    values
        `(len(listed), S)`, NaN where nothing was measured; rows that lead to one gene are averaged.
    samples
        S names.
    names
        Leads names to symbols.
    sources
        Records of the tables.
    high
        From how many standard deviations above the mean of its gene a value is a fact by itself.

    Notes
    -----
    Each row is centred and divided by its standard deviation, so that vectors tell the shape of a
    profile and not its height; rows without any variation say nothing and are left out. A missing
    value is the mean of its gene.
    """
    led = names.symbols_of(listed)
    symbols = [led[str(name)] for name in listed]
    genes, codes = _number([symbol for symbol in symbols if symbol])
    rows = values[[bool(symbol) for symbol in symbols]].astype(np.float64)
    measured = np.isfinite(rows)
    adding = sparse.csr_matrix((np.ones(len(codes)), (codes, np.arange(len(codes)))))
    times = adding @ measured
    sums = adding @ np.where(measured, rows, 0.0)
    mean = np.divide(sums, times, out=np.full(sums.shape, np.nan), where=times > 0)
    has_any = (times > 0).any(axis=1)
    mean, genes = mean[has_any], tuple(np.array(genes, dtype=object)[has_any])
    centre = np.nanmean(mean, axis=1, keepdims=True)
    spread = np.nanstd(mean, axis=1, keepdims=True)
    says = spread[:, 0] > 1e-6
    shaped = np.nan_to_num((mean[says] - centre[says]) / spread[says])
    genes = tuple(np.array(genes, dtype=object)[says])
    weights = sparse.csr_matrix(shaped.astype(np.float32))
    members = sparse.csr_matrix(shaped > high)
    coverage = Coverage(len(set(map(str, listed))), sum(map(bool, symbols)), len(genes))
    return FeatureTable(
        genes, tuple(map(str, samples)), weights, members, PROFILES, coverage, tuple(sources)
    )


def check_some(table: FeatureTable, title: str) -> FeatureTable:
    """Return a table that says something about more than a handful of genes.

    Raises
    ------
    InputError
        If hardly any name led to a gene: vectors of nothing would pass for knowledge.
    """
    if len(table.genes) < 4 or not table.members.nnz:
        found = table.coverage
        msg = (
            f"Expected {title} of at least 4 human genes, found {found.genes} in {found.names} "
            "names."
        )
        raise InputError(msg, "Give symbols, Ensembl or Entrez ids of human genes.")
    return table


def _number(names: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Sort different names, and number each place by them."""
    if not names:
        return (), np.empty(0, dtype=np.int64)
    found, codes = np.unique(np.array(names, dtype=object), return_inverse=True)
    return tuple(map(str, found)), codes
