"""Measure how well the causal score finds curated edges that were hidden from it.

Usage: `python -m benchmarks.causal_verdicts [--splits N] [--contexts NAME ...] [--output FILE]`.
In every context half of the curated pairs (confidence A to C) are hidden. Each hidden pair is set
against a non-edge: the hidden pairs exchange their targets, so that regulators and targets occur
equally often on both sides, and pairs that any table lists are drawn again. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from musegnn import __version__, keys
from musegnn.analysis.causal.causal_discovery import ALPHA, CONDITIONS, edge_frequencies
from musegnn.analysis.causal.causal_network import Sources, common_names, measure_edges
from musegnn.analysis.causal.causal_question import load_factors, load_regulation, load_signs
from musegnn.analysis.causal.cause_correlations import read_context_correlations
from musegnn.analysis.causal.context_signs import ContextSigns
from musegnn.analysis.causal.edge_verdicts import SUGGESTED, judge, score_edges
from musegnn.analysis.causal.regulation import Regulation
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.io.atomic import replacing
from musegnn.knowledge.store import KnowledgeStore

REPOSITORY = Path(__file__).resolve().parent.parent
FEWEST_PAIRS = 20  # hidden pairs; contexts with fewer say too little
DRAWS = 2000
BINS = 5
SCORES = {
    "score": "score of the page",
    "co_expression": "plain co-expression (correlation here)",
    "cosine": "plain cosine (embedding here)",
    "here": "part: sign of co-expression here",
    "elsewhere": "part: mean sign in other contexts",
    "regulon": "part: co-expression with the other targets",
    "closeness": "part: cosine to the other targets",
    "frequency": "part: bootstrap frequency",
    "degree": "control: degrees only",
}


def measure_context(
    dataset: str,
    embedding: EmbeddingSet,
    store: KnowledgeStore,
    signs: ContextSigns,
    *,
    n_splits: int,
    n_replicates: int,
) -> pd.DataFrame:
    """Score hidden pairs and their non-edges in one context, all splits below each other."""
    species = str(embedding.datasets.loc[dataset, "species"])
    curated = load_regulation(store, species, "C")
    listed = load_regulation(store, species, "E")
    graph = read_context_graph(embedding, dataset)
    genes = graph.genes[keys.GENE].astype(str).tolist()
    inside = curated.among(genes)
    known = {frozenset(pair) for pair in listed.among(genes)[["regulator", "target"]].to_numpy()}
    parts = []
    for split in range(n_splits):
        rng = np.random.default_rng([split, len(inside)])
        hidden = np.sort(rng.permutation(inside.index.to_numpy())[: len(inside) // 2])
        if len(hidden) < FEWEST_PAIRS:
            return pd.DataFrame()
        edges = hide(curated, hidden, known, rng)
        sources = Sources(
            embedding=embedding,
            regulation=curated.without(hidden),
            factors=load_factors(store, species),
            graph=graph,
            signs=signs,
            common=common_names(embedding, species),
        )
        parts.append(measure_edges(edges, dataset, sources).assign(split=split))
    edges = pd.concat(parts, ignore_index=True)
    edges["dataset"] = dataset
    add_baselines(edges, dataset, embedding, graph.degree, genes)
    add_inference(edges, dataset, embedding, n_replicates)
    edges["score"] = score_edges(edges)
    return edges.join(judge(edges))


def hide(
    curated: Regulation, hidden: np.ndarray, known: set[frozenset[str]], rng: np.random.Generator
) -> pd.DataFrame:
    """List hidden pairs and as many non-edges at most, all as if no table listed them."""
    pairs = curated.pairs.loc[hidden, ["regulator", "target"]].astype(str)
    regulators, targets = pairs["regulator"].to_numpy(), pairs["target"].to_numpy().copy()

    def is_bad(row: int) -> bool:
        pair = frozenset((regulators[row], targets[row]))
        return len(pair) < 2 or pair in known

    for _ in range(200):
        bad = [row for row in range(len(pairs)) if is_bad(row)]
        if not bad:
            break
        for row in bad:
            other = int(rng.integers(len(pairs)))
            targets[row], targets[other] = targets[other], targets[row]
    swapped = pd.DataFrame({"regulator": regulators, "target": targets})
    kept = swapped[[not is_bad(row) for row in range(len(pairs))]].drop_duplicates()
    edges = pd.concat([pairs.assign(is_hidden=True), kept.assign(is_hidden=False)])
    return edges.assign(sign=0, rank=-1, n_sources=0).reset_index(drop=True)


def add_baselines(
    edges: pd.DataFrame,
    dataset: str,
    embedding: EmbeddingSet,
    degree: np.ndarray,
    genes: list[str],
) -> None:
    """Add plain co-expression, plain cosine and the degrees to the edges."""
    rows = embedding.rows_of_dataset(dataset)
    names = pd.Index(embedding.genes[keys.GENE].iloc[rows].astype(str))
    unit = embedding.unit_vectors[rows]
    first, second = (unit[names.get_indexer(edges[side])] for side in ("regulator", "target"))
    edges["cosine"] = np.einsum("ij,ij->i", first, second)
    degree_of = dict(zip(genes, degree, strict=True))
    edges["degree"] = [
        float(degree_of[a]) * float(degree_of[b])
        for a, b in zip(edges["regulator"], edges["target"], strict=True)
    ]
    correlations = read_context_correlations(embedding, dataset)
    edges["co_expression"] = edges["here"]
    if correlations is not None:
        place = {gene: column for column, gene in enumerate(correlations.genes)}
        row_of = {gene: row for row, gene in enumerate(correlations.causes)}
        matrix = np.asarray(correlations.values)
        edges["co_expression"] = [
            matrix[row_of[a], place[b]] if a in row_of else here
            for a, b, here in zip(edges["regulator"], edges["target"], edges["here"], strict=True)
        ]


def add_inference(
    edges: pd.DataFrame, dataset: str, embedding: EmbeddingSet, n_replicates: int
) -> None:
    """Add the bootstrap frequency, 0 for pairs that are not joined in all cells.

    All genes of the pairs enter at once, more than on the page, so that each pair is inferred once.
    """
    edges["frequency"] = np.nan
    correlations = read_context_correlations(embedding, dataset)
    if correlations is None:
        return
    genes = sorted({*edges["regulator"], *edges["target"]})
    sample = correlations.sample(genes, most_genes=len(genes))
    adjacency, frequency = edge_frequencies(sample, n_replicates=n_replicates)
    names = pd.Index(sample.genes)
    first, second = (names.get_indexer(edges[side]) for side in ("regulator", "target"))
    edges["frequency"] = np.where(adjacency[first, second], frequency[first, second], 0.0)


def summarise(edges: pd.DataFrame) -> dict:
    """AUROC of every score with its interval over contexts, calibration and words."""
    tables = {name: auroc_by_context(edges, name) for name in SCORES}
    weight = edges[edges["is_hidden"]].groupby("dataset")["split"].size()
    picks = bootstrap_contexts(len(weight))
    metrics, draws = [], {}
    for name, label in SCORES.items():
        values = tables[name].reindex(weight.index).to_numpy()
        draws[name] = weighted(values, weight.to_numpy(), picks)
        low, high = np.quantile(draws[name], [0.025, 0.975])
        metrics.append(
            {
                "name": name,
                "label": label,
                "auroc": float(np.average(values, weights=weight)),
                "low": float(low),
                "high": float(high),
            }
        )
    by_name = {entry["name"]: entry["auroc"] for entry in metrics}
    differences = []
    for other in ("co_expression", "cosine", "closeness"):
        low, high = np.quantile(draws["score"] - draws[other], [0.025, 0.975])
        difference = by_name["score"] - by_name[other]
        entry = {"against": other, "difference": difference, "low": float(low), "high": float(high)}
        differences.append(entry)
    return {
        "metrics": metrics,
        "differences": differences,
        "calibration": calibration(edges),
        "words": words(edges),
        "contexts": [
            {
                "dataset": str(name),
                "hidden": int(weight[name]),
                "auroc": float(tables["score"][name]),
            }
            for name in weight.index
        ],
    }


def auroc_by_context(edges: pd.DataFrame, name: str) -> pd.Series:
    """AUROC of a score in each context, mean over the splits."""
    found = {}
    for (dataset, split), part in edges.groupby(["dataset", "split"]):
        values = part[name].fillna(0).to_numpy()
        found[dataset, split] = roc_auc_score(part["is_hidden"].to_numpy(), values)
    return pd.Series(found).groupby(level=0).mean()


def bootstrap_contexts(n_contexts: int) -> np.ndarray:
    """Contexts drawn with replacement, `(DRAWS, n_contexts)`; the same for every score."""
    return np.random.default_rng(0).integers(n_contexts, size=(DRAWS, n_contexts))


def weighted(values: np.ndarray, weight: np.ndarray, picks: np.ndarray) -> np.ndarray:
    """Weighted mean of each draw."""
    return (values[picks] * weight[picks]).sum(axis=1) / weight[picks].sum(axis=1)


def calibration(edges: pd.DataFrame) -> list[dict]:
    """Share of hidden pairs in bins of the score, when as many pairs are hidden as are not."""
    balance = float((~edges["is_hidden"]).sum() / edges["is_hidden"].sum())
    cuts = np.quantile(edges["score"], np.linspace(0, 1, BINS + 1))
    number = np.clip(np.searchsorted(cuts, edges["score"], side="right") - 1, 0, BINS - 1)
    bins = []
    for i in range(BINS):
        part = edges[number == i]
        hidden = float(part["is_hidden"].sum()) * balance
        other = float((~part["is_hidden"]).sum())
        bins.append(
            {
                "from": float(cuts[i]),
                "to": float(cuts[i + 1]),
                "n": len(part),
                "share_hidden": hidden / (hidden + other),
            }
        )
    return bins


def words(edges: pd.DataFrame) -> list[dict]:
    """How often the one word that inference can give goes to hidden pairs and to non-edges."""
    rows = []
    for label, part in (
        ("hidden curated pairs", edges[edges["is_hidden"]]),
        ("degree-matched non-edges", edges[~edges["is_hidden"]]),
    ):
        n = int((part["verdict"] == SUGGESTED).sum())
        rows.append({"pairs": label, "n": len(part), "suggested": n, "share": n / len(part)})
    return rows


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    folder = Path(os.environ.get("MUSEGNN_KNOWLEDGE") or shared / "knowledge")
    parser.add_argument("--atlas", type=Path, default=REPOSITORY / "data" / "atlas")
    parser.add_argument("--knowledge", type=Path, default=folder)
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--contexts", nargs="+", help="some contexts only")
    parser.add_argument("--output", type=Path, help="write the result, such as data/benchmarks/...")
    options = parser.parse_args()
    embedding, store = read_embedding_set(options.atlas), KnowledgeStore(options.knowledge)
    signs = load_signs(embedding)
    names = options.contexts or sorted(map(str, embedding.datasets.index))
    parts = []
    for dataset in names:
        part = measure_context(
            dataset,
            embedding,
            store,
            signs,
            n_splits=options.splits,
            n_replicates=options.replicates,
        )
        print(f"{dataset}: {len(part)} pairs", file=sys.stderr, flush=True)
        parts.append(part)
    edges = pd.concat([part for part in parts if len(part)], ignore_index=True)
    tables = sorted(
        {name for kind in ("human", "mouse") for name in store.names("regulation", kind)}
    )
    used = set(store.regulation("human")["source"]) | set(store.regulation("mouse")["source"])
    result = {
        "name": "Causal score against hidden curated pairs",
        "atlas": embedding.name,
        "config_hash": str(embedding.provenance.get("config_hash", "unknown")),
        "regulation": {name: store.record(name).release for name in tables if name in used},
        "splits": options.splits,
        "replicates": options.replicates,
        "alpha": ALPHA,
        "conditions": CONDITIONS,
        "n_contexts": int(edges["dataset"].nunique()),
        "n_hidden": int(edges["is_hidden"].sum()),
        "n_other": int((~edges["is_hidden"]).sum()),
        "draws": DRAWS,
        "version": __version__,
        "command": "python -m benchmarks.causal_verdicts",
        **summarise(edges),
    }
    for entry in result["metrics"]:
        print(f"{entry['label']}: {entry['auroc']:.3f} [{entry['low']:.3f}, {entry['high']:.3f}]")
    if options.output:
        with replacing(options.output) as path:
            path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
