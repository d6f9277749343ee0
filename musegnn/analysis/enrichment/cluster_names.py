"""Names of the clusters of an atlas: the most specific term that holds, else marker genes, or none.

A cluster has points, a library has genes. A gene belongs to a cluster where at least half of its
points in the contexts of the cluster lie there; those are the contexts with `COVERED` of its
points, the largest first. Whether a term holds is asked of sets that take as many genes from each
group of like presence, expression and degree: presence, since a gene in few contexts gets half of
its points into a cluster by chance far more often than one in many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import binom, false_discovery_control, hypergeom

from musegnn import keys
from musegnn.analysis.enrichment.matched_sets import equal_parts, law_of_hits, matched_groups
from musegnn.analysis.enrichment.over_representation import (
    MAXIMUM_SIZE,
    MINIMUM_SIZE,
    SIGNIFICANT,
)
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.vector_set import factorized

FEWEST_POINTS: Final = 50  # of a cluster; less is no place of a map
MOST_CLUSTERS: Final = 60  # the largest
COVERED: Final = 0.9  # share of the points of a cluster that lie in its contexts
PRESENCE_PARTS: Final = 4
# of a context, for markers: its genes of like expression, and of these of like degree
EXPRESSION_BANDS, DEGREE_BANDS = 10, 3
FEWEST_IN_BAND: Final = 20  # genes
FEWEST_IN_PART: Final = 400  # genes
FEWEST_HITS: Final = 3
LEAST_FOLD: Final = 1.5  # a term that is less than this times its expectation names nothing
_LARGEST_PLAIN: Final = 0.005  # p of the plain test from where on the exact one is not asked
_LEAST_Z: Final = 2.0  # standard deviations of a Poisson law above the mean, as quick a look
SHARE_OF_BEST: Final = 0.5  # of the genes of the best term that a more specific one must hold
INSIDE_BEST: Final = 0.9  # share of its genes that lie in the best one
MARKERS: Final = 3
FEWEST_CONTEXTS: Final = 3  # in which a marker is measured

TEST: Final = (
    "the share of all sets that take as many genes from each group of like presence, expression "
    "and degree and have as many genes of the term or more (exact, no draws)"
)


@dataclass(frozen=True)
class ClusterNames:
    """What clusters are called, and how that was tested.

    Parameters
    ----------
    table
        One row a tested cluster, the largest first: `cluster`, `points`, `contexts`, `genes` (that
        belong to it), `background`, `name` ("" for none; with the number of the cluster where
        others have the same), `kind` ("term", "markers" or ""), `term`
        (whole), `hits`, `size`, `expected`, `p`, `q`; numbers of a marker are those of the first:
        contexts in which it lies in the cluster, in which it is measured, and expected ones.
    n_tested, n_marker_tests
        Pairs of cluster and term, and of cluster and gene: the families of q.
    libraries
        Titles of the libraries.
    is_circular
        True where vectors were made of tables of knowledge: terms then name what went in.
    """

    table: pd.DataFrame
    n_tested: int
    n_marker_tests: int
    libraries: tuple[str, ...]
    is_circular: bool = False

    @cached_property
    def named(self) -> pd.DataFrame:
        """The clusters that have a name."""
        return self.table[self.table["kind"] != ""].reset_index(drop=True)

    @property
    def share_named(self) -> float:
        """Share of the tested clusters that have a name, 0 to 1."""
        return len(self.named) / max(len(self.table), 1)


@dataclass(frozen=True)
class _Members:
    """Genes by cluster, G genes and C clusters.

    Parameters
    ----------
    genes
        `(G,)` ortholog groups.
    clusters, points, contexts
        `(C,)` names, their points, and the number of their contexts.
    measured
        `(G, C)` points of a gene in the contexts of a cluster.
    inside
        `(G, C)` bool, whether the gene belongs to the cluster.
    chance
        `(G, C)`, how likely it would belong there if points had no gene.
    degree, expression
        `(G, C)` means over `measured` of ranks in the context, 0 to 1: contexts count alike.
    marker_p
        `(G, C)`, chance of as many points in the cluster or more over all contexts; NaN where a
        gene is measured in too few of them.
    marked, marker_contexts, marker_expected
        `(G, C)` points of the gene in the cluster and those expected of genes of like expression
        and degree, `(G,)` points in all.
    """

    genes: np.ndarray
    clusters: np.ndarray
    points: np.ndarray
    contexts: np.ndarray
    measured: np.ndarray
    inside: np.ndarray
    chance: np.ndarray
    degree: np.ndarray
    expression: np.ndarray
    marker_p: np.ndarray
    marked: np.ndarray
    marker_contexts: np.ndarray
    marker_expected: np.ndarray


def name_clusters(
    atlas: Atlas,
    libraries: Sequence[tuple[str, TermIndex]],
    *,
    clusters: np.ndarray | None = None,
) -> ClusterNames:
    """Name the clusters of an atlas.

    Parameters
    ----------
    atlas
        The atlas.
    libraries
        Title and terms of each, in the names of its ortholog groups (see
        `musegnn.analysis.enrichment.gene_set_library.index_for_atlas`).
    clusters
        `(N,)` cluster of each row, or None for those of the atlas.

    Notes
    -----
    q of terms is corrected over all pairs of cluster and tested term of all libraries together
    (Benjamini-Hochberg). Terms that cannot name the cluster (fewer than `FEWEST_HITS` of its genes,
    less than `LEAST_FOLD` times or two standard deviations above the expectation, plain p above
    0.005) are not asked exactly: their p is taken as 1, which makes other q larger, never smaller.
    Of the terms with q of at most 0.05 that with the smallest p is taken, and then the smallest one
    inside it that still holds half of its genes here.

    Where no term holds, genes are asked that lie in the cluster in more contexts than the shares of
    the cluster among genes of like expression and degree in these contexts give. Their number is a
    sum of independent draws of unequal chance, whose tail above the mean is at most that of the
    binomial law with their mean chance (Hoeffding 1956), so that p is never too small.
    """
    own = atlas.embedding.genes[keys.CLUSTER] if clusters is None else clusters
    found = _members(atlas, np.asarray(own).astype(str))
    pairs, n_tested = _tested_terms(found, libraries)
    table = pd.DataFrame(
        {
            "cluster": found.clusters,
            "points": found.points,
            "contexts": found.contexts,
            "genes": found.inside.sum(axis=0),
            "background": (found.measured > 0).sum(axis=0),
        }
    )
    chosen = _most_specific(pairs, libraries, found)
    markers, n_markers = _markers(found)
    empty = {"name": "", "kind": "", "term": "", "hits": 0, "size": 0, "expected": np.nan}
    rows = [
        {**empty, "p": np.nan, "q": np.nan} | (chosen.get(place) or markers.get(place) or {})
        for place in range(len(table))
    ]
    columns = [*empty, "p", "q"]
    modalities = set(map(str, factorized(atlas.embedding.genes[keys.MODALITY])[1]))
    named = pd.concat([table, pd.DataFrame(rows, columns=columns)], axis=1)
    is_shared = (named["name"] != "") & named["name"].duplicated(keep=False)
    named["name"] += np.where(is_shared, " (cluster " + named["cluster"] + ")", "")
    return ClusterNames(
        table=named,
        n_tested=n_tested,
        n_marker_tests=n_markers,
        libraries=tuple(title for title, _ in libraries),
        is_circular=keys.KNOWLEDGE in modalities,
    )


def short_name(term: str) -> str:
    """Return the name of a term without its number.

    >>> short_name("T cell activation (GO:0042110)")
    'T cell activation'
    """
    name, mark, number = term.rpartition(" (")
    return name if mark and number.endswith(")") and ":" in number else term


def _members(atlas: Atlas, clusters: np.ndarray) -> _Members:
    """Count genes by cluster and context."""
    table = atlas.embedding.genes
    cluster, names = pd.factorize(clusters, sort=True)
    points = np.bincount(cluster, minlength=len(names))
    order = np.argsort(-points, kind="stable")
    order = order[points[order] >= FEWEST_POINTS][:MOST_CLUSTERS]
    place = np.full(len(names), -1)
    place[order] = np.arange(len(order))
    cluster = place[cluster]
    gene, genes = pd.factorize(np.asarray(atlas.search.ortholog_groups, dtype=object), sort=True)
    context, contexts = factorized(table[keys.DATASET])
    n_genes, n_clusters, n_contexts = len(genes), len(order), len(contexts)

    is_in = np.flatnonzero(cluster >= 0)
    by_context = _count(context[is_in], cluster[is_in], (n_contexts, n_clusters))
    share = by_context / np.maximum(np.bincount(context, minlength=n_contexts), 1)[:, None]
    main = _main_contexts(by_context)

    def by_gene(weights: np.ndarray | None = None) -> sparse.csr_matrix:
        ones = np.ones(len(gene)) if weights is None else np.asarray(weights, dtype=np.float64)
        return sparse.csr_matrix((ones, (gene, context)), shape=(n_genes, n_contexts))

    counted = by_gene()
    measured = counted @ main.astype(np.float64)
    own = is_in[main[context[is_in], cluster[is_in]]]
    hits = _count(gene[own], cluster[own], (n_genes, n_clusters))
    some = np.maximum(measured, 1)
    chance_of_point = (counted @ (share * main)) / some
    inside = (2 * hits >= measured) & (hits > 0)
    everywhere = np.asarray(counted.sum(axis=1)).ravel()
    ranks = {
        column: _ranks(table[column].to_numpy(dtype=np.float64), context)
        for column in (keys.MEAN, keys.DEGREE)
    }
    band = _bands(ranks[keys.MEAN], ranks[keys.DEGREE], context)
    n_bands = int(band.max(initial=-1)) + 1
    by_band = _count(band[is_in], cluster[is_in], (n_bands, n_clusters))
    share_of_band = by_band / np.maximum(np.bincount(band, minlength=n_bands), 1)[:, None]
    marked = _count(gene[is_in], cluster[is_in], (n_genes, n_clusters))
    of_bands = sparse.csr_matrix((np.ones(len(gene)), (gene, band)), shape=(n_genes, n_bands))
    expected = of_bands @ share_of_band
    return _Members(
        genes=np.asarray(genes).astype(str),
        clusters=np.asarray(names).astype(str)[order],
        points=points[order],
        contexts=main.sum(axis=0),
        measured=measured,
        inside=inside,
        chance=_tail(np.ceil(measured / 2), measured, chance_of_point),
        degree=(by_gene(ranks[keys.DEGREE]) @ main.astype(np.float64)) / some,
        expression=(by_gene(ranks[keys.MEAN]) @ main.astype(np.float64)) / some,
        marker_p=_marker_p(marked, everywhere, expected),
        marked=marked,
        marker_contexts=everywhere,
        marker_expected=expected,
    )


def _ranks(values: np.ndarray, context: np.ndarray) -> np.ndarray:
    """Rank of each value in its context, above 0 to 1; equal ones share a rank."""
    return pd.Series(values).groupby(context).rank(pct=True).to_numpy()


def _bands(expression: np.ndarray, degree: np.ndarray, context: np.ndarray) -> np.ndarray:
    """Number the parts of like expression and degree of all contexts, `(N,)`."""
    bands = np.zeros(len(context), dtype=np.int64)
    for rows in pd.Series(context).groupby(context).indices.values():
        most = max(len(rows) // FEWEST_IN_BAND, 1)
        n_degree = min(DEGREE_BANDS, most)
        n_expression = max(min(EXPRESSION_BANDS, most // n_degree), 1)
        parts = equal_parts(expression[rows], n_expression)
        for part in np.unique(parts):
            own = rows[parts == part]
            bands[own] = (context[own] * EXPRESSION_BANDS + part) * DEGREE_BANDS + equal_parts(
                degree[own], n_degree
            )
    return np.unique(bands, return_inverse=True)[1]


def _count(first: np.ndarray, second: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Count pairs, as a table."""
    return np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape)


def _main_contexts(by_context: np.ndarray) -> np.ndarray:
    """Tell of each context and cluster whether it is one of the largest that make it up."""
    order = np.argsort(-by_context, axis=0, kind="stable")
    sums = np.cumsum(np.take_along_axis(by_context, order, axis=0), axis=0)
    before = np.vstack([np.zeros((1, by_context.shape[1])), sums[:-1]])
    is_main = before < COVERED * by_context.sum(axis=0)
    main = np.zeros(by_context.shape, dtype=bool)
    np.put_along_axis(main, order, is_main, axis=0)
    return main & (by_context > 0)


def _tail(least: np.ndarray, number: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Chance of at least so many of a number, each with the same chance; equal cases once."""
    cases = np.stack([least, number, np.round(chance, 6)], axis=-1).reshape(-1, 3)
    table = pd.DataFrame(cases).groupby([0, 1, 2], sort=False)
    codes = table.ngroup().to_numpy()
    first = cases[np.unique(codes, return_index=True)[1]]
    found = binom.sf(first[:, 0] - 1, first[:, 1], np.clip(first[:, 2], 0, 1))
    return found[codes].reshape(least.shape)


def _marker_p(marked: np.ndarray, everywhere: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Chance of each gene to lie in a cluster so often; 1 without a bound, NaN where not asked."""
    is_asked = np.broadcast_to((everywhere >= FEWEST_CONTEXTS)[:, None], marked.shape)
    p = np.where(is_asked, 1.0, np.nan)
    rows, columns = np.nonzero(is_asked & (marked >= expected + 1))
    number, seen = everywhere[rows], marked[rows, columns]
    p[rows, columns] = binom.sf(seen - 1, number, np.clip(expected[rows, columns] / number, 0, 1))
    return p


def _tested_terms(
    found: _Members, libraries: Sequence[tuple[str, TermIndex]]
) -> tuple[pd.DataFrame, int]:
    """Test the terms of all libraries in all clusters.

    Returns
    -------
    Pairs that were asked exactly: `place` of the cluster, `library`, `term` (its row), `hits`,
    `size`, `expected`, `p`, `q`; and the size of the family.
    """
    n_tested, parts = 0, []
    background = (found.measured > 0).astype(np.int32)
    n_background, n_inside = background.sum(axis=0), found.inside.sum(axis=0)
    groups = [_groups(found, place) for place in range(len(found.clusters))]
    for number, (_, index) in enumerate(libraries):
        column = pd.Index(index.genes).get_indexer(pd.Index(found.genes))
        known = np.flatnonzero(column >= 0)
        membership = sparse.csr_matrix(index.membership[:, column[known]])
        size = np.asarray(membership @ background[known])
        hits = np.asarray(membership @ found.inside[known].astype(np.int32))
        is_tested = (size >= MINIMUM_SIZE) & (size <= MAXIMUM_SIZE)
        n_tested += int(is_tested.sum())
        expected = size * (n_inside / np.maximum(n_background, 1))
        is_asked = is_tested & (hits >= FEWEST_HITS) & (hits >= LEAST_FOLD * expected)
        is_asked &= (hits - expected) ** 2 >= _LEAST_Z**2 * expected
        terms, places = np.nonzero(is_asked)
        plain = hypergeom.sf(
            hits[terms, places] - 1, n_background[places], size[terms, places], n_inside[places]
        )
        terms, places = terms[plain <= _LARGEST_PLAIN], places[plain <= _LARGEST_PLAIN]
        for place in np.unique(places):
            asked = terms[places == place]
            here, group = groups[place]
            is_here = np.isin(known, here)
            law = law_of_hits(
                sparse.csr_matrix(membership[asked][:, np.flatnonzero(is_here)]),
                np.searchsorted(here, known[is_here]),
                inside=found.inside[here, place],
                groups=group,
            )
            seen = hits[asked, place]
            tail = np.where(np.arange(law.shape[1]) >= seen[:, None], law, 0).sum(axis=1)
            parts.append(
                pd.DataFrame(
                    {
                        "place": place,
                        "library": number,
                        "term": asked,
                        "hits": seen,
                        "size": size[asked, place],
                        "expected": law @ np.arange(law.shape[1]),
                        "p": np.clip(tail, 0, 1),
                    }
                )
            )
    columns = ["place", "library", "term", "hits", "size", "expected", "p"]
    pairs = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return pairs.assign(q=_corrected(pairs["p"].to_numpy(dtype=np.float64), n_tested)), n_tested


def _groups(found: _Members, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Genes of the contexts of a cluster, and the group of like genes that each is in."""
    here = np.flatnonzero(found.measured[:, place] > 0)
    parts = min(PRESENCE_PARTS, max(len(here) // FEWEST_IN_PART, 1))
    presence = equal_parts(found.chance[here, place], parts)
    groups = np.zeros(len(here), dtype=np.int64)
    for part in np.unique(presence):
        own = np.flatnonzero(presence == part)
        traits = pd.DataFrame(
            {
                "expression": found.expression[here[own], place],
                "degree": found.degree[here[own], place],
            }
        )
        groups[own] = groups.max(initial=-1) + 1 + matched_groups(traits)
    return here, np.unique(groups, return_inverse=True)[1]


def _corrected(p: np.ndarray, n_tested: int) -> np.ndarray:
    """Benjamini-Hochberg q of the smallest p of a family, whose others are 1."""
    family = np.concatenate([p, np.ones(n_tested - len(p))])
    return false_discovery_control(family)[: len(p)] if len(p) else p


def _most_specific(
    pairs: pd.DataFrame, libraries: Sequence[tuple[str, TermIndex]], found: _Members
) -> dict[int, dict[str, object]]:
    """Choose the term of each cluster that has one, by place."""
    chosen: dict[int, dict[str, object]] = {}
    kept = pairs[pairs["q"] <= SIGNIFICANT]
    for place, own in kept.groupby("place", sort=True):
        ranked = own.sort_values(["p", "size", "library", "term"], ignore_index=True)
        best = ranked.iloc[0]
        ranked = ranked[ranked["hits"] >= SHARE_OF_BEST * best["hits"]]
        genes = [
            _genes(libraries[int(row.library)][1], int(row.term), found, int(place))
            for row in ranked.itertuples()
        ]
        is_inside = [len(some & genes[0]) >= INSIDE_BEST * len(some) for some in genes]
        row = ranked[np.array(is_inside)].sort_values(["size", "p", "library", "term"]).iloc[0]
        term = libraries[int(row["library"])][1].terms[int(row["term"])]
        chosen[int(place)] = {
            "name": short_name(term),
            "kind": "term",
            "term": term,
            **{name: int(row[name]) for name in ("hits", "size")},
            **{name: float(row[name]) for name in ("expected", "p", "q")},
        }
    return chosen


def _genes(index: TermIndex, term: int, found: _Members, place: int) -> frozenset[str]:
    """Genes of a term in the contexts of a cluster."""
    start, stop = index.membership.indptr[term], index.membership.indptr[term + 1]
    named = np.asarray(index.genes, dtype=object)[index.membership.indices[start:stop]]
    spots = np.searchsorted(found.genes, named.astype(str))
    spots = np.minimum(spots, len(found.genes) - 1)
    is_here = (found.genes[spots] == named) & (found.measured[spots, place] > 0)
    return frozenset(named[is_here])


def _markers(found: _Members) -> tuple[dict[int, dict[str, object]], int]:
    """Choose up to `MARKERS` genes for each cluster in which some lie more often than by chance."""
    is_asked = np.isfinite(found.marker_p)
    n_tested = int(is_asked.sum())
    rows, places = np.nonzero(is_asked & (found.marker_p < SIGNIFICANT))
    p = found.marker_p[rows, places]
    q = _corrected(p, n_tested)
    table = pd.DataFrame({"row": rows, "place": places, "p": p, "q": q})
    table["fold"] = found.marked[rows, places] / np.maximum(
        found.marker_expected[rows, places], 1e-9
    )
    table = table[table["q"] <= SIGNIFICANT].sort_values(
        ["p", "fold", "row"], ascending=[True, False, True]
    )
    chosen: dict[int, dict[str, object]] = {}
    for place, own in table.groupby("place", sort=True):
        first = own.iloc[0]
        row = int(first["row"])
        chosen[int(place)] = {
            "name": ", ".join(found.genes[own["row"].to_numpy()[:MARKERS]]),
            "kind": "markers",
            "term": "",
            "hits": int(found.marked[row, place]),
            "size": int(found.marker_contexts[row]),
            "expected": float(found.marker_expected[row, place]),
            "p": float(first["p"]),
            "q": float(first["q"]),
        }
    return chosen, n_tested
