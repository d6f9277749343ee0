"""Scores: how well clusters, places, order and tree of cells agree with what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn.lineages.known_tree import KnownTree
from musegnn.lineages.trajectory import Groups

ACCURACY_NEIGHBOURS: Final = 15
FOLDS: Final = 5


@dataclass(frozen=True)
class Scores:
    """Agreement with labels; None for what was not asked.

    Parameters
    ----------
    ari, nmi
        Of clusters and labels: adjusted Rand index (0 by chance, 1 at most) and normalised mutual
        information (0 to 1; grows with the number of clusters).
    accuracy
        Share of cells whose label most of their 15 nearest cells in other folds have, 0 to 1.
    pseudotime
        Spearman correlation of pseudotime with the steps of the known tree, -1 to 1, over the
        cells that pseudotime reaches.
    reached
        Share of cells that it reaches.
    tree
        Share of the edges of the known tree among the edges found, 0 to 1.
    tree_chance
        The same for a random tree.
    """

    ari: float | None = None
    nmi: float | None = None
    accuracy: float | None = None
    pseudotime: float | None = None
    reached: float | None = None
    tree: float | None = None
    tree_chance: float | None = None


def cluster_scores(labels: np.ndarray, clusters: np.ndarray) -> tuple[float, float]:
    """Return adjusted Rand index and normalised mutual information over labelled cells."""
    from sklearn.metrics import (  # noqa: PLC0415 - takes a second to import
        adjusted_rand_score,
        normalized_mutual_info_score,
    )

    known = labels != ""
    own, found = labels[known].astype(str), clusters[known].astype(str)
    return (
        float(adjusted_rand_score(own, found)),
        float(normalized_mutual_info_score(own, found)),
    )


def label_accuracy(places: np.ndarray, labels: np.ndarray, *, seed: int = 0) -> float | None:
    """Return the share of cells whose label their nearest cells of other folds tell.

    None where fewer than two labels have `FOLDS` cells; cells of rarer labels stay out.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415
    from sklearn.neighbors import KNeighborsClassifier  # noqa: PLC0415

    names, codes = np.unique(labels.astype(str), return_inverse=True)
    common = (np.bincount(codes) >= FOLDS) & (names != "")
    inside = common[codes]
    if common.sum() < 2:
        return None
    own = codes[inside]
    model = KNeighborsClassifier(min(ACCURACY_NEIGHBOURS, len(own) // 2))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    told = cross_val_predict(model, places[inside], own, cv=folds)
    return float((told == own).mean())


def order_score(
    time: np.ndarray, labels: np.ndarray, known: KnownTree
) -> tuple[float | None, float]:
    """Return how pseudotime follows the known order, and the share of cells that it reaches."""
    from scipy.stats import spearmanr  # noqa: PLC0415 - a second to import

    steps = np.array([known.depth.get(str(label), -1) for label in labels])
    inside = (steps >= 0) & np.isfinite(time)
    reached = float(inside.sum() / max((steps >= 0).sum(), 1))
    if len(np.unique(steps[inside])) < 2 or len(np.unique(time[inside])) < 2:
        return None, reached
    return float(spearmanr(time[inside], steps[inside]).statistic), reached


def tree_score(groups: Groups, known: KnownTree) -> tuple[float, float]:
    """Return the share of known edges that the tree has, and that of a random tree.

    Direction is left out. A random spanning tree of n groups has each of the n(n-1)/2 pairs with a
    probability of 2/n.
    """
    found = {frozenset(edge) for edge in groups.tree}
    return len(found & known.pairs) / len(known.pairs), min(2 / len(groups.names), 1.0)
