"""How well the cosine of gene vectors tells pairs with a known relation from matched pairs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from musegnn import keys
from musegnn.graphs.edge_enrichment import PairTruth, is_ribosomal, truth_from_sets
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.known_relations import GO_PROCESS, INTERACTION, KnownRelations

MOST_PAIRS = 50_000
ROUNDS = 50
# relation -> positive and negative pairs of one graph
RelationPairs = dict[str, tuple[np.ndarray, np.ndarray]]


def related_pairs(
    truth: PairTruth, *, seed: int = 0, most: int = MOST_PAIRS
) -> tuple[np.ndarray, np.ndarray]:
    """List pairs with a known relation, and as many without whose genes are as well studied.

    The partners of related pairs are exchanged among each other, so a gene stands among the
    negatives about as often as among the positives: an embedding that only knows which genes have
    many relations scores .5.

    Parameters
    ----------
    truth
        Known relations.
    seed
        Of the draw.
    most
        Largest number of related pairs; a random choice when there are more.

    Returns
    -------
    Positive and negative pairs, `(n, 2)` int64 each.
    """
    rng = np.random.default_rng(seed)
    kept = truth.annotated
    related = truth.related.toarray() & kept[:, None] & kept[None, :]
    positive = np.argwhere(np.triu(related, 1))
    if len(positive) > most:
        positive = positive[np.sort(rng.choice(len(positive), size=most, replace=False))]
    free = ~related & ~np.eye(len(related), dtype=bool)
    ends = positive.ravel()
    missing, found = len(positive), []
    for _ in range(ROUNDS):
        if missing <= 0:
            break
        shuffled = rng.permutation(ends).reshape(-1, 2)
        fitting = shuffled[free[shuffled[:, 0], shuffled[:, 1]]][:missing]
        found.append(fitting)
        missing -= len(fitting)
    negative = np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)
    return positive.astype(np.int64), negative.astype(np.int64)


def draw_pairs(
    graph: GeneGraph,
    relations: KnownRelations | None,
    pathways: Mapping[str, frozenset[str]],
    *,
    seed: int = 0,
) -> RelationPairs:
    """Draw related and matched pairs of one graph for each relation that is known.

    Parameters
    ----------
    graph
        Whose genes.
    relations
        Processes and interactions, or None.
    pathways
        Reactome pathway -> human symbols; empty when there is no such table.
    seed
        Of the pairs without a relation.

    Returns
    -------
    `go`, `reactome`, `interaction`, each also with `_no_ribosomal` -> the two kinds of pairs.
    """
    genes = graph.genes[keys.ORTHOLOG].tolist()
    truths = relations.truths(genes) if relations else {}
    known = {"go": truths.get(GO_PROCESS), "interaction": truths.get(INTERACTION)}
    if pathways:
        known["reactome"] = truth_from_sets(genes, pathways)
    ribosomal = is_ribosomal(genes)
    pairs = {}
    for key, truth in known.items():
        if truth is not None:
            pairs[key] = related_pairs(truth, seed=seed)
            pairs[f"{key}_no_ribosomal"] = related_pairs(truth.without(ribosomal), seed=seed)
    return pairs
