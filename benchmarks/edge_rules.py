"""Compare edge rules on all datasets of the atlas: density and enrichment in known relations.

Usage: `python -m benchmarks.edge_rules [--atlas FOLDER] [--shared FOLDER] [--datasets NAME ...]
[--write]`. Prints two tables and, as the last line, JSON; `--write` keeps the figures for the
*Benchmarks* page and `docs/graphs.md`. Read are the genes of each graph and at most 4,000 of its
cells. Each fold is pooled over datasets; its interval is the central 95 % over 1000
bootstrap draws of datasets. Rules named `equal density` keep, in each dataset, as many pairs as
the default rule, by the named score. The second table pairs each of them with the default in the
same draws. Since the best of several scores looks better than it is, `cross_fitted` picks the best
score on one half of the datasets and uses it on the other half, both ways. Rules named `default
rule by` are the default rule on another estimator, paired with the default too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from benchmarks.atlas_cells import MOST_CELLS, Atlas, Cells, Entry, add_options, atlas_of
from benchmarks.measured import keep
from benchmarks.measured_atlas import DEFAULT_RULE
from musegnn import keys
from musegnn.graphs.cscore_estimator import CoExpression, cscore
from musegnn.graphs.edge_enrichment import (
    EdgeEnrichment,
    PairTruth,
    edge_enrichment,
    is_ribosomal,
    truth_from_pairs,
    truth_from_sets,
)
from musegnn.graphs.edge_rules import (
    EdgeRule,
    FalseDiscoveryRate,
    MutualTop,
    PositivePairs,
    SignificantPairs,
    TopPartners,
    choose_edges,
)
from musegnn.graphs.estimators import ESTIMATORS, pearson_of_residuals
from musegnn.graphs.known_relations import read_known_relations
from musegnn.graphs.low_rank_cosine import cosine_of_components, low_rank_cosine, mutual_rank
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.residuals import pearson_residuals
from musegnn.io.gene_names import GeneNames
from musegnn.knowledge.store import KnowledgeStore

POSITIVE = PositivePairs()
RULES: dict[str, tuple[EdgeRule, ...]] = {
    "p < 0.005 (paper)": (SignificantPairs(),),
    "p < 0.005, positive": (SignificantPairs(), POSITIVE),
    "BH 5 %, positive": (FalseDiscoveryRate(0.05, "bh"), POSITIVE),
    "BY 5 %, positive": (FalseDiscoveryRate(0.05, "by"), POSITIVE),
    "top 50, positive": (POSITIVE, TopPartners(50)),
    "mutual top 50 + 3 (default)": (POSITIVE, MutualTop()),
    "mutual top 50": (POSITIVE, MutualTop(always=0)),
    "mutual top 20": (POSITIVE, MutualTop(k=20, always=0)),
}
DEFAULT = DEFAULT_RULE
EQUAL = "equal density: mutual rank of "
BY = "default rule by "
ESTIMATED = ("cscore_t", "cscore_depth")
HEADLINE = "interactions, no ribosome"
TRUTHS = ("GO", "GO, no ribosome", "interactions", "interactions, no ribosome")


@dataclass(frozen=True)
class Scored:
    """One dataset: co-expression, by other estimators too, scores `(G, G)` and known relations."""

    name: str
    result: CoExpression
    others: dict[str, CoExpression]
    scores: dict[str, np.ndarray]
    truths: dict[str, PairTruth]


def score_dataset(
    cells: Cells,
    entry: Entry,
    names: GeneNames,
    terms: dict[str, frozenset[str]],
    interactions: list[tuple[str, str]],
) -> Scored:
    """Compute every score of one dataset, on the genes of its graph."""
    counts, depth = cells.counts, cells.depth
    residuals = pearson_residuals(counts)
    result = cscore(counts, depth)
    centred = residuals.astype(np.float64) - residuals.mean(axis=1, keepdims=True, dtype=np.float64)
    scores = {
        "CS-CORE statistic": -mutual_rank(result.statistic),
        "residual correlation": -mutual_rank(pearson_of_residuals(residuals).estimate),
        "PCA cosine": -mutual_rank(cosine_of_components(centred, 32)),
    }
    scores["all three combined"] = sum(scores.values()) / 3
    scores["lowrank (PCA cosine, two normalisations)"] = low_rank_cosine(
        counts, depth, residuals
    ).statistic
    others = {name: ESTIMATORS[name].run(counts, depth, residuals) for name in ESTIMATED}
    human = [names.human_ortholog(gene, entry.species) for gene in cells.graph.genes[keys.GENE]]
    ribosomal = is_ribosomal(human)
    truths = {}
    for name, truth in (
        ("GO", truth_from_sets(human, terms)),
        ("interactions", truth_from_pairs(human, interactions)),
    ):
        truths[name] = truth
        truths[f"{name}, no ribosome"] = truth.without(ribosomal)
    return Scored(entry.name, result, others, scores, truths)


def best_pairs(score: np.ndarray, n_pairs: int) -> sparse.csr_matrix:
    """Adjacency of the `n_pairs` pairs with the highest score."""
    rows, columns = np.triu_indices(len(score), 1)
    order = np.argsort(-score[rows, columns], kind="stable")[:n_pairs]
    dense = np.zeros(score.shape, dtype=bool)
    dense[rows[order], columns[order]] = True
    return sparse.csr_matrix(dense | dense.T)


def adjacencies(data: Scored) -> dict[str, sparse.csr_matrix]:
    """Apply every rule to one dataset."""
    found = {name: choose_edges(data.result, rules) for name, rules in RULES.items()}
    n_pairs = found[DEFAULT].nnz // 2
    for name, score in data.scores.items():
        found[f"{EQUAL}{name}"] = best_pairs(score, n_pairs)
    for name, result in data.others.items():
        found[f"{BY}{name}"] = choose_edges(result, RULES[DEFAULT])
    return found


def draw_datasets(n_datasets: int) -> np.ndarray:
    """Draw datasets with replacement, `(1000, n_datasets)`; the same draws for every rule."""
    return np.random.default_rng(0).integers(0, n_datasets, (1000, n_datasets))


def pooled_folds(counts: list[EdgeEnrichment], draws: np.ndarray) -> np.ndarray:
    """Fold pooled over the datasets of each draw, `(draws,)`."""
    table = np.array([(count.related, count.expected) for count in counts])
    sums = table[draws].sum(axis=1)
    return sums[:, 0] / sums[:, 1]


def summarise(counts: list[EdgeEnrichment]) -> dict[str, float]:
    """Pooled fold and its bootstrap interval over datasets."""
    low, high = np.quantile(pooled_folds(counts, draw_datasets(len(counts))), [0.025, 0.975])
    return {"fold": sum(counts[1:], counts[0]).fold, "low": float(low), "high": float(high)}


def compare(rule: list[EdgeEnrichment], default: list[EdgeEnrichment]) -> dict[str, float]:
    """Fold of a rule over that of the default, paired by dataset, and datasets where it wins."""
    draws = draw_datasets(len(rule))
    low, high = np.quantile(
        pooled_folds(rule, draws) / pooled_folds(default, draws), [0.025, 0.975]
    )
    return {
        "ratio": sum(rule[1:], rule[0]).fold / sum(default[1:], default[0]).fold,
        "low": float(low),
        "high": float(high),
        "wins": sum(int(a.fold > b.fold) for a, b in zip(rule, default, strict=True)),
        "datasets": len(rule),
    }


def cross_fitted(counts: dict[str, dict[str, list[EdgeEnrichment]]]) -> dict[str, object]:
    """Pick the best score on every second dataset, use it on the others, and the other way round.

    Every dataset is thus judged by a score that was chosen without it.
    """
    scores = [rule for rule in counts if rule.startswith(EQUAL)]
    n_datasets = len(counts[DEFAULT][HEADLINE])
    chosen = []
    for half in (0, 1):
        folds = {}
        for rule in scores:
            kept = counts[rule][HEADLINE][half::2]
            folds[rule] = sum(kept[1:], kept[0]).fold
        chosen.append(max(folds, key=folds.__getitem__))
    result: dict[str, object] = {"chosen": [rule.removeprefix(EQUAL) for rule in chosen]}
    for truth in TRUTHS:
        used = [counts[chosen[1 - i % 2]][truth][i] for i in range(n_datasets)]
        result[truth] = compare(used, counts[DEFAULT][truth])
    return result


def measure(atlas: Atlas, entries: Sequence[Entry]) -> dict[str, dict]:
    """Score datasets, apply all rules, compare them."""
    known = read_known_relations(KnowledgeStore(atlas.shared / "knowledge"))
    density: dict[str, list[float]] = {}
    isolated: dict[str, list[float]] = {}
    counts: dict[str, dict[str, list[EdgeEnrichment]]] = {}
    for entry in entries:
        cells = atlas.read_cells(entry)
        data = score_dataset(cells, entry, atlas.names, known.terms, known.interactions)
        print(entry.name, f"{len(cells.depth):,} cells", flush=True)
        n_genes = len(data.result.mean)
        for rule, adjacency in adjacencies(data).items():
            density.setdefault(rule, []).append(adjacency.nnz / n_genes / (n_genes - 1))
            isolated.setdefault(rule, []).append(float((np.diff(adjacency.indptr) == 0).mean()))
            for truth, pairs in data.truths.items():
                by_truth = counts.setdefault(rule, {})
                by_truth.setdefault(truth, []).append(edge_enrichment(adjacency, pairs))
    rules = {
        rule: {
            "datasets": len(entries),
            "density_median": float(np.median(density[rule])),
            "density_range": [min(density[rule]), max(density[rule])],
            "isolated_mean": float(np.mean(isolated[rule])),
            **{truth: summarise(counts[rule][truth]) for truth in TRUTHS},
        }
        for rule in counts
    }
    paired = {
        rule: {truth: compare(counts[rule][truth], counts[DEFAULT][truth]) for truth in TRUTHS}
        for rule in counts
        if rule.startswith((EQUAL, BY))
    }
    return {
        "rules": rules,
        "paired_with_default": paired,
        "cross_fitted": cross_fitted(counts),
    }


def as_table(result: dict[str, dict]) -> str:
    """Write the result as a Markdown table."""
    lines = [
        f"| rule | density, median (range) | no edge | {' | '.join(TRUTHS)} |",
        "|---|---|---|" + "---|" * len(TRUTHS),
    ]
    for rule, row in result.items():
        low, high = row["density_range"]
        folds = [
            f"x{row[t]['fold']:.2f} ({row[t]['low']:.2f} to {row[t]['high']:.2f})" for t in TRUTHS
        ]
        lines.append(
            f"| {rule} | {100 * row['density_median']:.2g} % ({100 * low:.2g} to {100 * high:.2g}) "
            f"| {100 * row['isolated_mean']:.1f} % | {' | '.join(folds)} |"
        )
    return "\n".join(lines)


def as_paired_table(result: dict[str, dict]) -> str:
    """Write ratios to the default as a Markdown table."""
    lines = [
        f"| score, at the density of the default | {' | '.join(TRUTHS)} |",
        "|---|" + "---|" * len(TRUTHS),
    ]
    for rule, row in result.items():
        cells = [
            f"{row[t]['ratio']:.3f} ({row[t]['low']:.3f} to {row[t]['high']:.3f}), "
            f"wins {row[t]['wins']} of {row[t]['datasets']}"
            for t in TRUTHS
        ]
        lines.append(f"| {rule.removeprefix(EQUAL)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add_options(parser)
    options = parser.parse_args(arguments)
    if set(GRAPH_PRESETS["default"].rules) != set(RULES[DEFAULT]):
        parser.error("the rule named default is not the one of the preset")
    atlas = atlas_of(options)
    measured = measure(atlas, atlas.chosen(options.datasets))
    print(as_table(measured["rules"]))
    print(as_paired_table(measured["paired_with_default"]))
    result = {"atlas": atlas.in_words, "most_cells": MOST_CELLS, **measured}
    print(json.dumps(result))
    if options.write:
        keep("edge_rules", [result])
    return 0


if __name__ == "__main__":
    sys.exit(main())
