"""Compare the edge rules of both presets: density and enrichment in known relations.

Usage: `python -m benchmarks.edge_rules [--shared FOLDER] [--json FILE]`. Prints JSON and a table.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from pathlib import Path

import numpy as np

from musegnn import keys
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.edge_enrichment import (
    EdgeEnrichment,
    PairTruth,
    edge_enrichment,
    is_ribosomal,
    truth_from_pairs,
    truth_from_sets,
)
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.io.gene_names import read_gene_names
from musegnn.io.knowledge import GO_FILE, INTERACTION_FILE, read_gene_sets, read_interactions

REPOSITORY = Path(__file__).resolve().parent.parent


def measure(shared: Path) -> dict:
    """Build each graph with each preset and count."""
    knowledge = shared / "knowledge"
    names = read_gene_names(knowledge)
    terms = read_gene_sets(knowledge / GO_FILE)
    interactions = read_interactions(knowledge / INTERACTION_FILE, names)
    with (REPOSITORY / "data" / "datasets.tsv").open(encoding="utf-8") as stream:
        rows = csv.DictReader(stream, delimiter="\t")
        datasets = [(row["file"], row["species"], row["tissue"]) for row in rows]
    presets: dict[str, dict] = {}
    for preset in keys.PRESETS:
        graphs = []
        totals: dict[str, EdgeEnrichment] = {}
        for dataset, species, tissue in datasets:
            graph = build_gene_graph(
                shared / "data" / f"{dataset}.h5ad",
                Context(Path(dataset).name, species, tissue, "scrna"),
                names=names,
                preset=preset,
            )
            counts = count_relations(graph, terms, interactions)
            graphs.append(
                {
                    "dataset": graph.name,
                    "density": graph.density,
                    "isolated": float((graph.degree == 0).mean()),
                    **{name: count.fold for name, count in counts.items()},
                }
            )
            for name, count in counts.items():
                totals[name] = totals.get(name, EdgeEnrichment(0, 0, 0.0)) + count
        density = [graph["density"] for graph in graphs]
        presets[preset] = {
            "density_median": float(np.median(density)),
            "density_range": [min(density), max(density)],
            "isolated_mean": float(np.mean([graph["isolated"] for graph in graphs])),
            "pooled_fold": {name: count.fold for name, count in totals.items()},
            "edges_counted": {name: count.edges for name, count in totals.items()},
            "graphs": graphs,
        }
    return presets


def count_relations(
    graph: GeneGraph, terms: dict[str, frozenset[str]], interactions: list[tuple[str, str]]
) -> dict[str, EdgeEnrichment]:
    """Enrichment in shared GO processes and known interactions, with and without ribosome."""
    genes = graph.genes[keys.COMMON_GENE].tolist()
    ribosomal = is_ribosomal(genes)
    result = {}
    truths: dict[str, PairTruth] = {
        "GO": truth_from_sets(genes, terms),
        "interactions": truth_from_pairs(genes, interactions),
    }
    for name, truth in truths.items():
        result[name] = edge_enrichment(graph.adjacency, truth)
        result[f"{name} without ribosome"] = edge_enrichment(
            graph.adjacency, truth.without(ribosomal)
        )
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=default)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    text = json.dumps(measure(options.shared), indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
