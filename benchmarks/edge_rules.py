"""Compare edge rules on all datasets of the atlas: density and enrichment in known relations.

Usage: `python -m benchmarks.edge_rules [--shared FOLDER] [--json FILE]`. Prints a table and, as the
last line, JSON. Each fold is pooled over datasets; its interval is the central 95 % over 1000
bootstrap draws of datasets. Rules named `equal density` keep, in each dataset, as many pairs as
the default rule, by the named score.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.stats import rankdata

from musegnn.graphs.build import GRAPH_PRESETS, choose_genes
from musegnn.graphs.cscore import CoExpression, cscore
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
from musegnn.graphs.estimators import pearson_of_residuals
from musegnn.graphs.quality import DEFAULT_QUALITY, apply_quality_control
from musegnn.graphs.residuals import pearson_residuals, principal_components
from musegnn.io.expression import read_expression
from musegnn.io.gene_names import GeneNames, harmonise, read_gene_names
from musegnn.io.knowledge import GO_FILE, INTERACTION_FILE, read_gene_sets, read_interactions

REPOSITORY = Path(__file__).resolve().parent.parent
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
DEFAULT = "mutual top 50 + 3 (default)"
TRUTHS = ("GO", "GO, no ribosome", "interactions", "interactions, no ribosome")


@dataclass(frozen=True)
class Scored:
    """One dataset: co-expression, other scores `(G, G)` and known relations."""

    name: str
    result: CoExpression
    scores: dict[str, np.ndarray]
    truths: dict[str, PairTruth]


def score_dataset(
    path: Path,
    entry: dict[str, str],
    names: GeneNames,
    terms: dict[str, frozenset[str]],
    interactions: list[tuple[str, str]],
) -> Scored:
    """Compute every score of one dataset as the default preset prepares it."""
    expression, _, _ = harmonise(read_expression(path), entry["species"], names)
    kept, depth, _ = apply_quality_control(expression, DEFAULT_QUALITY[entry["modality"]])
    chosen, _ = choose_genes(kept, entry["modality"], 1000)
    selected = kept.take_genes(np.isin(np.arange(len(kept.genes)), chosen))
    residuals = pearson_residuals(selected.counts)
    result = cscore(selected.counts, depth)
    components = principal_components(residuals, n_components=32).values
    unit = components / np.maximum(np.linalg.norm(components, axis=1, keepdims=True), 1e-12)
    ranks = {
        "CS-CORE statistic": mutual_rank(result.statistic),
        "residual correlation": mutual_rank(pearson_of_residuals(residuals).estimate),
        "PCA cosine": mutual_rank((unit @ unit.T).astype(np.float64)),
    }
    ranks["all three combined"] = sum(ranks.values()) / 3
    human = [names.human_ortholog(gene, entry["species"]) for gene in selected.genes]
    ribosomal = is_ribosomal(human)
    truths = {}
    for name, truth in (
        ("GO", truth_from_sets(human, terms)),
        ("interactions", truth_from_pairs(human, interactions)),
    ):
        truths[name] = truth
        truths[f"{name}, no ribosome"] = truth.without(ribosomal)
    return Scored(path.stem, result, ranks, truths)


def mutual_rank(score: np.ndarray) -> np.ndarray:
    """Minus the mean logarithm of both genes' ranks of each other, `(G, G)`: larger is closer."""
    score = score.copy()
    np.fill_diagonal(score, -np.inf)
    rank = rankdata(-score, axis=1, method="ordinal")
    logarithm = np.log(rank)
    return -(logarithm + logarithm.T) / 2


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
        found[f"equal density: mutual rank of {name}"] = best_pairs(score, n_pairs)
    return found


def summarise(counts: list[EdgeEnrichment], rng: np.random.Generator) -> dict[str, float]:
    """Pooled fold and its bootstrap interval over datasets."""
    table = np.array([(count.related, count.expected) for count in counts])
    draws = rng.integers(0, len(table), (1000, len(table)))
    sums = table[draws].sum(axis=1)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], [0.025, 0.975])
    pooled = table.sum(axis=0)
    return {"fold": float(pooled[0] / pooled[1]), "low": float(low), "high": float(high)}


def measure(shared: Path) -> dict[str, dict]:
    """Score all datasets and apply all rules."""
    knowledge = shared / "knowledge"
    names = read_gene_names(knowledge)
    terms = read_gene_sets(knowledge / GO_FILE)
    interactions = read_interactions(knowledge / INTERACTION_FILE, names)
    with (REPOSITORY / "data" / "datasets.tsv").open(encoding="utf-8") as stream:
        entries = list(csv.DictReader(stream, delimiter="\t"))
    density: dict[str, list[float]] = {}
    isolated: dict[str, list[float]] = {}
    counts: dict[str, dict[str, list[EdgeEnrichment]]] = {}
    for entry in entries:
        path = shared / "data" / f"{entry['file']}.h5ad"
        data = score_dataset(path, entry, names, terms, interactions)
        n_genes = len(data.result.mean)
        for rule, adjacency in adjacencies(data).items():
            density.setdefault(rule, []).append(adjacency.nnz / n_genes / (n_genes - 1))
            isolated.setdefault(rule, []).append(float((np.diff(adjacency.indptr) == 0).mean()))
            for truth, pairs in data.truths.items():
                by_truth = counts.setdefault(rule, {})
                by_truth.setdefault(truth, []).append(edge_enrichment(adjacency, pairs))
    rng = np.random.default_rng(0)
    return {
        rule: {
            "datasets": len(entries),
            "density_median": float(np.median(density[rule])),
            "density_range": [min(density[rule]), max(density[rule])],
            "isolated_mean": float(np.mean(isolated[rule])),
            **{truth: summarise(counts[rule][truth], rng) for truth in TRUTHS},
        }
        for rule in counts
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=default)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if set(GRAPH_PRESETS["default"].rules) != set(RULES[DEFAULT]):
        parser.error("the rule named default is not the one of the preset")
    measured = measure(options.shared)
    print(as_table(measured))
    print(json.dumps(measured))
    if options.json:
        options.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
