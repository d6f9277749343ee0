"""Surprising company: pairs of a context that stand out in the data and not in what is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.analysis.known.known_genes import (
    KNOWN_FROM,
    NEW,
    OPEN,
    KnownGenes,
    is_of_cells,
)
from musegnn.errors import InputError
from musegnn.graphs.edge_enrichment import is_ribosomal
from musegnn.graphs.thread_limit import limited_threads
from musegnn.validation import check_choice, check_positive

SIGNIFICANT: Final = 0.05
MOST_GENES: Final = 6_000  # all pairs of them with five shuffles take some 2 GB
FEWEST_GENES: Final = 30
_SHUFFLES: Final = (5, 200)  # fewest and most
_DRAWN: Final = 10_000_000  # permuted pairs held at once, where that is more than the fewest
LIKELY_NEW: Final = "surprising"
RIBOSOMAL, MITOCHONDRIAL, FAMILY = "ribosomal", "mitochondrial", "same family by name"
LITTLE: Final = "not told by knowledge"
_EDGE_CUTS: Final = (1 / 3, 2 / 3, 0.8, 0.9, 0.95, 0.98)  # finer where hubs differ most
_FEWEST_IN_GROUP: Final = 20  # genes that exchange numbers, by edges
_HALVES: Final = 2  # of annotation count, within each
_FEWEST_LETTERS: Final = 3  # that two names of a family begin with
_STEM: Final = re.compile(r"[A-Z]{3,}(?=[-0-9]|$)")
DEFINITION: Final = (
    "Pairs of genes of one context whose cosine is higher than that of permuted genes: along each "
    "principal axis of the context the genes of a bin exchange their numbers (14 bins: by edges, "
    "cut at 33, 67, 80, 90, 95 and 98 % of the genes, each in halves by annotation count), which "
    "keeps spread, axes and hubs and takes all company away. p counts permuted pairs of the same "
    "two bins that are as near, over 20 shuffles (of 1,000 genes; more of fewer); q is "
    "Benjamini-Hochberg over all pairs of the context. Pairs overlap in genes, so "
    "the tests depend on each other. Known percentiles of 95 and more (of the two ways the higher "
    "one) are left out; surprising are those below 50, by chance fewer than half. Ribosomal and "
    "mitochondrial pairs and genes of one family by name are told apart: their company is often "
    "technical. Genes of which little or nothing is known are told apart too: that is no discovery."
)


@dataclass(frozen=True)
class StandingOut:
    """Pairs of a context that stand out in the data, whatever is known of them.

    Parameters
    ----------
    dataset
        Name of the context.
    pairs
        One row a pair with q below .05: `row, other_row, cosine, p, q`.
    n_genes
        Genes of the context; all pairs of them were asked.
    """

    dataset: str
    pairs: pd.DataFrame
    n_genes: int


@dataclass(frozen=True)
class Company:
    """Pairs of a context, or of one gene in it, that stand out.

    Parameters
    ----------
    table
        One row a pair with q below .05 that is not known, surprising ones first, then by p and
        cosine: `gene, other, cosine, p, q, knowledge_percentile, kind, row, other_row`.
    n_pairs
        All pairs of the context, or of the gene.
    n_significant
        Those that stand out in the data.
    n_known
        Those of them that are known.
    n_asked
        Those of them of which knowledge says something.
    """

    table: pd.DataFrame
    n_pairs: int
    n_significant: int
    n_known: int
    n_asked: int

    @property
    def n_surprising(self) -> int:
        """Pairs that stand out and are less alike by knowledge than half of all."""
        return int((self.table["kind"] == LIKELY_NEW).sum())


def stand_out(known: KnownGenes, dataset: str, *, seed: int = 0) -> StandingOut:
    """Find the pairs of a context that stand out in the data.

    Parameters
    ----------
    known
        The set with what is known of its genes.
    dataset
        Name of a context.
    seed
        Of the shuffles.

    Raises
    ------
    InputError
        If there is no such context, it is one of knowledge, or has too few or too many genes.
    """
    embedding = known.embedding
    check_choice(dataset, [str(name) for name in embedding.datasets.index], name="dataset")
    rows = embedding.rows_of_dataset(dataset)
    if not FEWEST_GENES <= len(rows) <= MOST_GENES:
        msg = (
            f"Expected a context of {FEWEST_GENES} to {MOST_GENES:,} genes, found {len(rows):,} "
            f"in {dataset}."
        )
        raise InputError(msg, "All pairs of its genes are compared: choose another context.")
    if not is_of_cells(embedding, int(rows[0])):
        msg = f"Expected a context that was measured, found {dataset}, which is knowledge itself."
        raise InputError(msg, "Choose a context of cells.")
    first, second = np.triu_indices(len(rows), 1)
    unit = embedding.unit_vectors[rows]
    p = pair_p_values(unit, known_bins(known, rows), seed=seed)
    q = false_discovery_control(p)
    found = np.flatnonzero(q < SIGNIFICANT)
    pairs = pd.DataFrame(
        {
            "row": rows[first[found]],
            "other_row": rows[second[found]],
            "cosine": np.einsum("ij,ij->i", unit[first[found]], unit[second[found]]),
            "p": p[found],
            "q": q[found],
        }
    )
    return StandingOut(dataset, pairs, len(rows))


def company_of(known: KnownGenes, standing: StandingOut, row: int | None = None) -> Company:
    """Hold pairs that stand out against what is known.

    Parameters
    ----------
    known
        The set with what is known of its genes.
    standing
        Pairs of one of its contexts.
    row
        Row of a gene, whose pairs alone are taken and which comes first in each; None takes all.
    """
    pairs, n_genes = standing.pairs, standing.n_genes
    first, second = pairs["row"].to_numpy(), pairs["other_row"].to_numpy()
    n_pairs = n_genes * (n_genes - 1) // 2
    if row is not None:
        own = (first == row) | (second == row)
        pairs, n_pairs = pairs[own], n_genes - 1
        first, second = np.full(len(pairs), row), np.where(first == row, second, first)[own]
    told = _told(known, first, second)
    table = pd.concat([told, pairs[["cosine", "p", "q"]].reset_index(drop=True)], axis=1)
    percent = table["knowledge_percentile"]
    is_known = (percent >= KNOWN_FROM).to_numpy()
    table = table[~is_known].assign(is_last=table["kind"] != LIKELY_NEW)
    table = table.sort_values(
        ["is_last", "p", "cosine", "gene", "other"],
        ascending=[True, True, False, True, True],
        ignore_index=True,
    )
    columns = ["gene", "other", "cosine", "p", "q", "knowledge_percentile", "kind"]
    return Company(
        table[[*columns, "row", "other_row"]],
        n_pairs,
        len(pairs),
        int(is_known.sum()),
        int(percent.notna().sum()),
    )


def surprising_company(known: KnownGenes, dataset: str, *, seed: int = 0) -> Company:
    """Find the pairs of a context that stand out in the data and not in knowledge.

    It is `company_of` all pairs that `stand_out`.
    """
    return company_of(known, stand_out(known, dataset, seed=seed))


def bins_of(degree: np.ndarray, annotation: np.ndarray) -> np.ndarray:
    """Bin of each gene, `(G,)`: by edges, finer among hubs, each group halved by annotation count.

    Thirds by edges are not enough: the genes of most edges are near to each other whatever they do,
    and would stand out against the rest of their third.
    """
    cuts = [cut for cut in _EDGE_CUTS if (1 - cut) * len(degree) >= _FEWEST_IN_GROUP - 0.5]
    group = np.searchsorted(cuts, (_ranks(degree) + 0.5) / max(len(degree), 1))
    bins = np.empty(len(degree), dtype=np.int64)
    for number in range(len(cuts) + 1):
        own = np.flatnonzero(group == number)
        half = _ranks(annotation[own]) * _HALVES // max(len(own), 1)
        bins[own] = number * _HALVES + half
    return bins


def _ranks(values: np.ndarray) -> np.ndarray:
    """Place of each value, from 0; ties by place."""
    rank = np.empty(len(values), dtype=np.int64)
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return rank


def known_bins(known: KnownGenes, rows: np.ndarray) -> np.ndarray:
    """Bin of each of some rows of a context, `(n,)`, see `bins_of`."""
    places = known.places[rows]
    annotation = np.where(places >= 0, known.space.annotation[places], 0)
    return bins_of(known.embedding.genes[keys.DEGREE].to_numpy()[rows], annotation)


def permute_genes(unit: np.ndarray, bins: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let the genes of each bin exchange their numbers along each principal axis.

    Parameters
    ----------
    unit
        `(G, D)` rows of length 1.
    bins
        `(G,)` bin of each gene.
    rng
        Of the draws.

    Returns
    -------
    `(G, D)` float64 rows of length 1.
    """
    with limited_threads(1):
        _, _, axes = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
        turned = np.asarray(unit, dtype=np.float64) @ axes.T.astype(np.float64)
    for group in np.unique(bins):
        own = np.flatnonzero(bins == group)
        turned[own] = rng.permuted(turned[own], axis=0)
    return turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)


def pair_p_values(
    unit: np.ndarray, bins: np.ndarray, *, seed: int = 0, shuffles: int | None = None
) -> np.ndarray:
    """Chance of pairs of permuted genes of the same two bins to be as near, never 0.

    Parameters
    ----------
    unit, bins
        See `permute_genes`.
    seed
        Of the shuffles.
    shuffles
        Number of them, 1 or more; None: 20 of 1,000 genes, more of fewer: as many pairs are drawn.

    Returns
    -------
    `(G * (G - 1) / 2,)`, in the order of `np.triu_indices(G, 1)`.
    """
    first, second = np.triu_indices(len(unit), 1)
    if shuffles is None:
        shuffles = int(np.clip(_DRAWN // max(len(first), 1), *_SHUFFLES))
    check_positive(shuffles, name="shuffles")
    rng = np.random.default_rng(seed)
    low, high = np.minimum(bins[first], bins[second]), np.maximum(bins[first], bins[second])
    of_pair = low * (bins.max() + 1) + high
    with limited_threads(1):
        cosines = (unit @ unit.T)[first, second].astype(np.float32)
        null = np.empty((shuffles, len(first)), dtype=np.float32)
        for number in range(shuffles):
            permuted = permute_genes(unit, bins, rng)
            null[number] = (permuted @ permuted.T)[first, second]
    p = np.empty(len(first))
    for group in np.unique(of_pair):
        own = np.flatnonzero(of_pair == group)
        pool = np.sort(null[:, own], axis=None)
        as_near = len(pool) - np.searchsorted(pool, cosines[own], side="left")
        p[own] = (1 + as_near) / (1 + len(pool))
    return p


def _told(known: KnownGenes, first: np.ndarray, second: np.ndarray) -> pd.DataFrame:
    """What knowledge and names say of pairs of rows."""
    names = known.embedding.genes[keys.GENE].astype(str).to_numpy(dtype=object)
    percent, words = np.full(len(first), np.nan), np.full(len(first), "", dtype=object)
    for own, other in ((first, second), (second, first)):
        for row in np.unique(own):
            at = np.flatnonzero(own == row)
            told = known.of_pairs(int(row), other[at])
            percent[at] = np.fmax(percent[at], told["knowledge_percentile"].to_numpy())
            words[at] = np.where(
                np.isin(told["known"], (NEW, OPEN, "known")) | (words[at] != ""),
                words[at],
                told["known"],
            )
    genes = names[first], names[second]
    human = known.ortholog_groups[first], known.ortholog_groups[second]
    ribosomal, mitochondrial = (
        np.array([bool(test(a)) and bool(test(b)) for a, b in zip(*human, strict=True)], dtype=bool)
        for test in (_is_ribosomal, _is_mitochondrial)
    )
    family = np.array([_are_family(a, b) for a, b in zip(*human, strict=True)], dtype=bool)
    kind = np.select(
        [ribosomal, mitochondrial, family, words != "", np.isnan(percent), percent < 50],
        [RIBOSOMAL, MITOCHONDRIAL, FAMILY, words, LITTLE, LIKELY_NEW],
        OPEN,
    )
    return pd.DataFrame(
        {
            "gene": genes[0],
            "other": genes[1],
            "knowledge_percentile": percent,
            "kind": kind.astype(object),
            "row": first,
            "other_row": second,
        }
    )


def _is_ribosomal(gene: str) -> bool:
    """Tell whether a symbol names a protein of ribosomes."""
    return bool(is_ribosomal([gene])[0])


def _is_mitochondrial(gene: str) -> bool:
    """Tell whether a symbol names a gene of the mitochondrion or of its large complexes."""
    return gene.upper().startswith(("MT-", "MTRNR", "MRPL", "MRPS", "NDUF", "COX", "ATP5"))


def _are_family(first: str, second: str) -> bool:
    """Tell whether two names differ in their number, or in their last letter, alone."""
    stems = [_STEM.match(gene.upper()) for gene in (first, second)]
    if stems[0] and stems[1] and stems[0].group() == stems[1].group():
        return True
    is_long = min(len(first), len(second)) > _FEWEST_LETTERS
    return is_long and first.upper()[:-1] == second.upper()[:-1]
