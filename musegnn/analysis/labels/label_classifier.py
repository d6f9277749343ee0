"""Label classifier: whether gene vectors tell labelled genes from others, beside its controls."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.label_prediction import predict_out_of_fold
from musegnn.errors import InputError
from musegnn.progress import Progress, Silent

REPEATS, SHUFFLES, FEWEST = 3, 5, 10
VECTORS, COUNTS, SHUFFLED = "gene vectors", "degree and expression only", "shuffled labels"
METHODS = (VECTORS, COUNTS, SHUFFLED)


@dataclass(frozen=True)
class LabelClassification:
    """How well labels can be told.

    Parameters
    ----------
    table
        One row a method of `METHODS`: `method, auroc, low, high` (95 % interval), `auprc`.
    curves
        `method, false_positive_rate, true_positive_rate`, from 0 to 1, for all but the shuffles.
    genes
        One row a gene, highest probability first: `gene, label` ("labelled" or "other"),
        `probability` (0 to 1, never from a model that saw the gene), `contexts` (their number).
    n_labelled, n_others
        Genes on the two sides.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    genes: pd.DataFrame
    n_labelled: int
    n_others: int


def classify_labels(
    atlas: Atlas,
    labelled: np.ndarray,
    others: np.ndarray | None = None,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> LabelClassification:
    """Classify genes by logistic regression on their vectors, each gene by a model without it.

    Genes count once, whatever the number of their contexts: a gene is a group of orthologs, all
    its rows stay in one of five folds, and its probability is the mean over its rows and over
    three draws of the folds. Two controls run through the same folds: the number of edges and the
    mean expression alone, and the vectors with the labels shuffled among the genes.

    Parameters
    ----------
    atlas
        The atlas.
    labelled
        Rows of the genes with the label.
    others
        Rows of the genes without it, or None for all others in the contexts of `labelled`. A gene
        on both sides counts as labelled.
    seed
        Of the folds and of the shuffles.
    progress
        Told about each of the draws; it may stop the work.

    Returns
    -------
    LabelClassification. The intervals of the first two methods are DeLong's for the AUROC of the
    averaged probabilities: they hold the variation of the genes, not that of the fit. That of the
    shuffles is the range of five.

    Raises
    ------
    InputError
        If there are fewer than ten genes on one side.
    """
    progress = progress or Silent()
    rows, group, names, label = _sides(atlas, labelled, others)
    vectors = np.asarray(atlas.embedding.unit_vectors[rows], dtype=np.float64)
    counts = np.log1p(atlas.embedding.genes[[keys.DEGREE, keys.MEAN]].to_numpy(np.float64)[rows])
    predicted: dict[str, list[np.ndarray]] = {VECTORS: [], COUNTS: []}
    shuffled = []
    draws = [(VECTORS, vectors), (COUNTS, counts)]
    progress.start("Folds classified", REPEATS * len(draws) + SHUFFLES)
    for repeat in range(REPEATS):
        for method, points in draws:
            predicted[method].append(
                predict_out_of_fold(points, label[group], group, seed=seed + repeat)
            )
            progress.advance(method)
    generator = np.random.default_rng(seed)
    for repeat in range(SHUFFLES):
        mixed = generator.permutation(label)
        scores = predict_out_of_fold(vectors, mixed[group], group, seed=seed + repeat)
        shuffled.append((roc_auc_score(mixed, scores), average_precision_score(mixed, scores)))
        progress.advance(SHUFFLED)
    progress.finish()
    records, curves = [], []
    for method, scores_of_draws in predicted.items():
        score = np.mean(scores_of_draws, axis=0)
        auroc, low, high = delong_interval(label, score)
        records.append((method, auroc, low, high, average_precision_score(label, score)))
        false, true, _ = roc_curve(label, score)
        curves.append(
            pd.DataFrame(
                {"method": method, "false_positive_rate": false, "true_positive_rate": true}
            )
        )
    areas, precisions = np.array(shuffled).T
    records.append((SHUFFLED, areas.mean(), areas.min(), areas.max(), precisions.mean()))
    return LabelClassification(
        table=pd.DataFrame(records, columns=["method", "auroc", "low", "high", "auprc"]),
        curves=pd.concat(curves, ignore_index=True),
        genes=_gene_table(names, label, np.mean(predicted[VECTORS], axis=0), group),
        n_labelled=int(label.sum()),
        n_others=int((~label).sum()),
    )


def delong_interval(label: np.ndarray, score: np.ndarray) -> tuple[float, float, float]:
    """Area under the ROC curve with its 95 % interval.

    The variance is that of DeLong, DeLong and Clarke-Pearson (Biometrics 44, 837, 1988), computed
    by ranks (Sun and Xu, IEEE Signal Processing Letters 21, 1389, 2014).

    Parameters
    ----------
    label
        `(G,)` bool, at least two on each side.
    score
        `(G,)` numbers, higher for labelled genes.

    Returns
    -------
    The area, and the ends of its interval, cut at 0 and 1.
    """
    inside, outside = score[label], score[~label]
    m, n = len(inside), len(outside)
    ranks = rankdata(np.concatenate([inside, outside]))
    of_inside = (ranks[:m] - rankdata(inside)) / n  # share of the others below each labelled gene
    of_outside = 1 - (ranks[m:] - rankdata(outside)) / m
    area = float(of_inside.mean())
    spread = math.sqrt(of_inside.var(ddof=1) / m + of_outside.var(ddof=1) / n)
    width = float(norm.ppf(0.975)) * spread
    return area, max(0.0, area - width), min(1.0, area + width)


def _sides(
    atlas: Atlas, labelled: np.ndarray, others: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows, number of the gene of each, names of the genes, and their labels."""
    ortholog_groups = np.asarray(atlas.search.ortholog_groups).astype(str)
    labelled = np.unique(np.asarray(labelled, dtype=np.int64))
    inside = set(ortholog_groups[labelled].tolist())
    if others is None:
        datasets = atlas.embedding.genes[keys.DATASET].astype(str).to_numpy()
        others = np.flatnonzero(np.isin(datasets, np.unique(datasets[labelled])))
    candidates = np.unique(np.asarray(others, dtype=np.int64))
    is_other = np.array(
        [name not in inside for name in ortholog_groups[candidates].tolist()], dtype=bool
    )
    rows = np.concatenate([labelled, candidates[is_other]])
    names, group = np.unique(ortholog_groups[rows], return_inverse=True)
    label = np.array([name in inside for name in names.tolist()], dtype=bool)
    n_labelled, n_others = int(label.sum()), int((~label).sum())
    if min(n_labelled, n_others) < FEWEST:
        msg = (
            f"Expected at least {FEWEST} genes with the label and {FEWEST} without, found "
            f"{n_labelled} and {n_others}."
        )
        raise InputError(msg, "Choose more genes.")
    return rows, group, names, label


def _gene_table(
    names: np.ndarray, label: np.ndarray, probability: np.ndarray, group: np.ndarray
) -> pd.DataFrame:
    """List the genes, highest probability first."""
    table = pd.DataFrame(
        {
            "gene": names,
            "label": np.where(label, "labelled", "other"),
            "probability": probability,
            "contexts": np.bincount(group),
        }
    )
    return table.sort_values(["probability", "gene"], ascending=[False, True], ignore_index=True)
