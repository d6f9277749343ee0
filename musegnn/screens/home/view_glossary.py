"""Glossary: every score the pages show, with its range and meaning, in one line each."""

from __future__ import annotations

from typing import Final

import pandas as pd

from musegnn.benchmarks.registry import find_metrics

_ATLAS, _GENE, _COMPARE, _ENRICHMENT = "Atlas", "Gene", "Compare", "Enrichment"
_CAUSAL, _LABELS, _DATA, _RUNS, _ALL = "Causal", "Labels", "Data", "Runs", "all"
_SHARE, _PERCENT, _ANY = "0 to 1", "0 to 100", "any number"

# score as the header of its column, range, meaning, page
_SCORES: Final = (
    ("p", _SHARE, "Chance of a result as strong or stronger without an effect", _ALL),
    (
        "q",
        _SHARE,
        "Share of false finds expected among all rows with this q or a lower one "
        "(Benjamini-Hochberg)",
        _ALL,
    ),
    ("fold", "0 or more; 1 is chance", "What was found over what chance gives", _ALL),
    (
        "edges (degree)",
        "0 or more",
        "Genes that a gene is co-expressed with in its context",
        _ATLAS,
    ),
    ("mean (per 10,000)", "0 or more", "Mean expression over the cells, counts per 10,000", _ATLAS),
    ("share (%)", _PERCENT, "Part of the rows of a table", _ATLAS),
    ("inside (%)", _PERCENT, "Comparable genes whose ortholog lies in the same cluster", _ATLAS),
    ("expected (%)", _PERCENT, "The same share by chance", _ATLAS),
    ("one-to-one (%)", _PERCENT, "The same share over one-to-one orthologs only", _ATLAS),
    ("rank", "1 or more; 1 is nearest", "Place in the list of neighbours", _GENE),
    ("cosine", "-1 to 1; 1 is the same direction", "Likeness of two genes in the embedding", _GENE),
    ("pct. (%)", _PERCENT, "Random pairs of the searched contexts with a lower cosine", _GENE),
    ("mutual", "yes or no", "Each of two genes is among the nearest of the other", _GENE),
    (
        "z",
        f"{_ANY}; standard normal without co-expression",
        "CS-CORE statistic of a pair of genes in one dataset",
        _GENE,
    ),
    ("stable", _SHARE, "Models of other training seeds in which the gene is a neighbour", _GENE),
    ("overlap", _SHARE, "Jaccard: neighbours that two contexts share, over all of both", _GENE),
    ("nearest (%)", _PERCENT, "Nearest genes that have this kind of evidence", _GENE),
    ("all candidates (%)", _PERCENT, "The same share among all genes that were searched", _GENE),
    ("expected", "0 or more", "Contexts in which a random gene would be a neighbour", _GENE),
    ("change", "0 (same company) to 1", "1 minus the overlap of the neighbours", _COMPARE),
    ("Jaccard", _SHARE, "Shared over all of the k nearest genes in two contexts", _COMPARE),
    ("RBO", _SHARE, "Rank-biased overlap of the complete rankings of neighbours", _COMPARE),
    ("q kept", _SHARE, "Company kept more than with shuffled names", _COMPARE),
    ("q changed", _SHARE, "Company changed more than between datasets of one tissue", _COMPARE),
    (
        "pct. (%)",
        _PERCENT,
        "Genes of about the same number of edges that changed less",
        _COMPARE,
    ),
    ("above chance", "1 or less; 0 is chance", "Overlap beyond chance, 1 is identical", _COMPARE),
    ("CKA", "about 0 (unrelated) to 1", "Likeness of two contexts up to rotation", _COMPARE),
    (
        "residual",
        "0 or more; 0 is equal",
        "What is left between two maps laid on another",
        _COMPARE,
    ),
    ("odds ratio", "0 or more; 1 is chance", "Odds inside over odds outside the set", _ENRICHMENT),
    ("from", "0 or more", "Lower end of the 95 % interval of the odds ratio", _ENRICHMENT),
    ("to", "0 or more", "Upper end of the 95 % interval of the odds ratio", _ENRICHMENT),
    (
        "matched p",
        _SHARE,
        "Sets of genes of like degree and expression that do as well",
        _ENRICHMENT,
    ),
    ("ES", "-1 to 1", "Largest deviation of the running score along a ranking", _ENRICHMENT),
    ("NES", f"{_ANY}; 1 or -1 by chance", "ES over its mean of the same sign", _ENRICHMENT),
    ("log2 p error", "0 or more", "Standard error of log2 p of a ranked list", _ENRICHMENT),
    (
        "activity (t)",
        f"{_ANY}; 0 by chance",
        "t of the slope of the ranking on the targets of a regulator or pathway",
        _ENRICHMENT,
    ),
    (
        "verdict",
        "established, supported, suggested, contradicted",
        "One word on an edge, by the printed rules",
        _CAUSAL,
    ),
    ("grade", "A (best) to E", "Confidence of the best curated source", _CAUSAL),
    ("freq.", _SHARE, "Bootstrap replicates in which the inferred edge stays", _CAUSAL),
    ("score", "about -3 to 5; 0 is none", "Sum of the evidence of the data for an edge", _CAUSAL),
    ("odds ratio", "0 or more; 1 is chance", "Odds of its targets to be in the set", _CAUSAL),
    ("network p", _SHARE, "Random sets that a regulator explains as well", _CAUSAL),
    ("z", f"{_ANY}; 2 activated, -2 inhibited", "Activation of a regulator, by signs", _CAUSAL),
    ("z corrected", _ANY, "Activation beyond what the mean signs make likely", _CAUSAL),
    ("curated (%)", f"{_PERCENT}; 50 is chance", "Hidden curated pairs at this score", _CAUSAL),
    (
        "AUROC",
        f"{_SHARE}; 0.5 is chance",
        "Chance that a hit ranks above another",
        "Causal, Labels",
    ),
    (
        "low, high",
        "as the score",
        "Ends of the 95 % interval",
        "Causal, Labels, Benchmarks",
    ),
    ("cohesion", "-1 to 1", "Mean cosine of all pairs of a set", _LABELS),
    ("expected", "-1 to 1", "Mean cohesion of matched random sets", _LABELS),
    ("2.5 %", "-1 to 1", "Lower end of the central 95 % of the random sets", _LABELS),
    ("97.5 %", "-1 to 1", "Upper end of the central 95 % of the random sets", _LABELS),
    ("z", _ANY, "Distance from the random sets in their standard deviations", _LABELS),
    ("score", _ANY, "Distance from a random set in standard deviations", _LABELS),
    ("AUPRC", _SHARE, "Average precision of the classifier", _LABELS),
    ("probability", _SHARE, "Mean of models that never saw the gene", _LABELS),
    ("cohesion, first", "-1 to 1", "Mean cosine of all pairs in the first context", _LABELS),
    ("cohesion, second", "-1 to 1", "Mean cosine of all pairs in the second context", _LABELS),
    ("difference", "-2 to 2", "Cohesion in the first minus in the second context", _LABELS),
    ("density (%)", _PERCENT, "Part of all pairs of genes that are edges", _DATA),
    ("times chance", "0 or more; 1 is chance", "Known pairs among edges over random pairs", _DATA),
    ("progress (%)", _PERCENT, "Epochs done; 100 only with a whole result", _RUNS),
    (
        "best",
        "validation: 0 to 1; loss: 0 or more",
        "AUROC of hidden edges (larger is better) or the loss (smaller is better)",
        _RUNS,
    ),
)


def glossary_table() -> pd.DataFrame:
    """List every score: `score, range, meaning, page`; metrics of the benchmarks come last."""
    metrics = [
        (metric.label, metric.range_text, metric.meaning, f"Benchmarks: {metric.group.name}")
        for metric in find_metrics().values()
    ]
    return pd.DataFrame([*_SCORES, *metrics], columns=["score", "range", "meaning", "page"])
