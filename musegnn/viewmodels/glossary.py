"""Glossary: every score the pages show, with its range and meaning, in one line each."""

from __future__ import annotations

from typing import Final

import pandas as pd

from musegnn.benchmarks.metric_list import METRICS

# score, range, meaning, page
_ATLAS, _GENE, _DATA = "Atlas", "Gene", "Data"
_SCORES: Final = (
    (
        "edges (degree)",
        "0 or more",
        "Genes that a gene is co-expressed with in its context",
        _ATLAS,
    ),
    ("mean (per 10,000)", "0 or more", "Mean expression over the cells, scaled depth", _ATLAS),
    ("share (%)", "0 to 100", "Part of the rows of a table", _ATLAS),
    ("comparable n", "0 or more", "Genes whose ortholog was measured in the other species", _ATLAS),
    ("inside (%)", "0 to 100", "Comparable genes whose ortholog lies in the same cluster", _ATLAS),
    ("expected (%)", "0 to 100", "The same share by chance", _ATLAS),
    ("fold", "0 or more; 1 is chance", "What was found over what chance gives", _ATLAS),
    ("rank", "1 or more; 1 is nearest", "Place in the list of neighbours", _GENE),
    ("cosine", "-1 to 1; 1 is the same direction", "Likeness of two genes in the embedding", _GENE),
    ("percentile", "0 to 100", "Random pairs of the searched contexts with a lower cosine", _GENE),
    ("mutual", "yes or no", "Each of two genes is among the nearest of the other", _GENE),
    (
        "z",
        "any number; standard normal without co-expression",
        "CS-CORE statistic of a pair of genes in one dataset",
        _GENE,
    ),
    ("overlap", "0 to 1", "Jaccard: neighbours two contexts share over all of both", _GENE),
    ("density (%)", "0 to 100", "Part of all pairs of genes that are edges", _DATA),
    ("p", "0 to 1", "Chance of a result as strong or stronger without an effect", "all"),
    (
        "q",
        "0 to 1",
        "Expected share of false finds among all rows with this q or a lower one "
        "(Benjamini-Hochberg)",
        "all",
    ),
)


def glossary_table() -> pd.DataFrame:
    """List every score: `score, range, meaning, page`; metrics of the benchmarks come last."""
    metrics = [
        (metric.label, metric.range_text, metric.meaning, f"Benchmarks: {metric.group}")
        for metric in METRICS.values()
    ]
    return pd.DataFrame([*_SCORES, *metrics], columns=["score", "range", "meaning", "page"])
