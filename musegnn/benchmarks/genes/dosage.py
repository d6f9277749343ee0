"""How well gene vectors tell dosage-sensitive transcription factors from others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from musegnn.benchmarks.metric import Measured
from musegnn.embeddings.label_prediction import predict_out_of_fold
from musegnn.graphs.unit_rows import unit_rows
from musegnn.knowledge.catalogue import TRANSCRIPTION_FACTORS
from musegnn.knowledge.store import KnowledgeStore

FACTORS = "tf_lambert_2018"
SENSITIVE_LISTS = (
    *("clingen_haploinsufficient", "haploinsufficient_severe", "haploinsufficient_moderate"),
    "haploinsufficient_mild",
)
# a factor in one of these may be sensitive: it counts on neither side
DOUBTFUL_LISTS = (
    *("disease_dominant", "dominant_blekhman", "x_dominant_berg", "x_recessive_berg"),
    *("x_linked_blekhman", "disease_x_linked", "essential_mouse"),
)
UNIVERSE_LIST = "protein_coding_2015"
REPEATS, FEWEST = 5, 10


@dataclass(frozen=True)
class DosageLabels:
    """Transcription factors by what losing one copy does.

    Parameters
    ----------
    sensitive
        Human symbols with curated evidence of haploinsufficiency.
    insensitive
        Human symbols without such evidence, without dominant or X-linked disease and not essential
        in the mouse: nothing is known against losing a copy.
    """

    sensitive: frozenset[str]
    insensitive: frozenset[str]


def read_dosage_labels(store: KnowledgeStore | None) -> DosageLabels | None:
    """Take labels out of the gene lists of the knowledge store.

    Returns
    -------
    DosageLabels, or None without a store or when it lacks one of the lists.

    Raises
    ------
    DataFileError
        If a list is there but cannot be read.
    """
    needed = {FACTORS, *SENSITIVE_LISTS, *DOUBTFUL_LISTS, UNIVERSE_LIST}
    if store is None or not needed <= {
        *store.gene_lists(),
        *store.names(TRANSCRIPTION_FACTORS),
    }:
        return None
    lists = {name: store.gene_list(name) for name in needed}
    factors = lists[FACTORS] & lists[UNIVERSE_LIST]
    sensitive = frozenset().union(*(lists[name] for name in SENSITIVE_LISTS))
    doubtful = frozenset().union(*(lists[name] for name in DOUBTFUL_LISTS))
    return DosageLabels(factors & sensitive, factors - sensitive - doubtful)


def classify_dosage(
    vectors: np.ndarray, genes: Sequence[str], labels: DosageLabels, *, seed: int = 0
) -> Measured:
    """Classify transcription factors by logistic regression, each gene by a model without it.

    All contexts of a gene stay in one fold, so nothing is gained by recognising the gene. The
    predictions of a gene are averaged over its contexts, and the AUROC counts genes, not contexts;
    mean over five draws of the folds.

    Parameters
    ----------
    vectors
        `(N, D)` genes in context; their length is not used.
    genes
        `(N,)` human symbol of each, "" where there is none.
    labels
        Sensitive and insensitive genes.
    seed
        Of the first draw of the folds.

    Returns
    -------
    Measured; the value is NaN with fewer than ten genes on one side.
    """
    names = np.asarray(genes, dtype=str)
    known = labels.sensitive | labels.insensitive
    rows = np.flatnonzero([name in known for name in names.tolist()])
    unique, group = np.unique(names[rows], return_inverse=True)
    label = np.array([name in labels.sensitive for name in unique.tolist()], dtype=bool)
    counted = "transcription factors"
    n_sensitive = int(label.sum())
    n_others = len(unique) - n_sensitive
    note = f"{n_sensitive} sensitive, {n_others} without evidence"
    if min(n_sensitive, n_others) < FEWEST:
        return Measured(float("nan"), len(unique), counted, f"too few genes: {note}")
    points, target = unit_rows(vectors[rows].astype(np.float64)), label[group]
    scores = [
        roc_auc_score(label, predict_out_of_fold(points, target, group, seed=seed + repeat))
        for repeat in range(REPEATS)
    ]
    # standard deviation of the Mann-Whitney statistic without a difference
    spread = 1.96 * math.sqrt((len(unique) + 1) / (12 * n_sensitive * n_others))
    note += f", so chance alone gives 0.5 \u00b1 {spread:.2f}"
    return Measured(float(np.mean(scores)), len(unique), counted, note)
