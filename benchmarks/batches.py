"""Batches: which edges they alone give, and what comparing inside them keeps.

Usage: `python -m benchmarks.batches [--shared FOLDER] [--datasets N]`. Needs the public data. For
each dataset with a column of samples, animals or plates, by the default preset on the same cells
and genes, all cells `together` and `inside` batches: `alone` is the share of edges that come back
when the counts of each gene are exchanged among the cells of its batch, which leaves batch and
nothing else in common (`chance`: the same for edges drawn at random); `go` and `interactions` are
the folds of edges among known pairs without ribosomal genes; `kept` the share of the edges together
that are there inside too. `chosen_inside` is `inside` on genes that were chosen inside batches too,
as the product does, and `genes_kept` the share of the genes that both ways choose. Prints a line a
dataset and, last, a JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
from functools import partial
from pathlib import Path

import numpy as np
from scipy import sparse

from musegnn.graphs.batches import (
    choose_within,
    estimate_within,
    keep_batches,
    residuals_within,
    rows_of_batches,
)
from musegnn.graphs.build import split_loops
from musegnn.graphs.edge_enrichment import (
    PairTruth,
    edge_enrichment,
    is_ribosomal,
    truth_from_pairs,
    truth_from_sets,
)
from musegnn.graphs.edge_rules import choose_edges
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.known_relations import KnownRelations, read_known_relations
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.quality import apply_quality_control
from musegnn.graphs.residuals import pearson_residuals
from musegnn.io.choices import Choices
from musegnn.io.expression import read_expression
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import KnowledgeStore

# file, species, column
DATASETS = (
    ("scrna/human_pancreas_baron", "human", "Sample"),
    ("scrna/human_lungcancer_lines_celseq2_5cl", "human", "plate"),
    ("scrna/mouse_lung_immune_indrop", "mouse", "Animal"),
    ("multiome/mouse_cortex_snareseq_rna", "mouse", "Batch"),
)
N_GENES = 1000


def edges(
    counts: sparse.csr_matrix, depth: np.ndarray, batches: list[str] | None
) -> sparse.csr_matrix:
    """Edges of the preset `default`, inside batches where they are given."""
    run = ESTIMATORS["cscore"].run
    if batches is None:
        found = run(counts, depth, pearson_residuals(counts))
    else:
        found = estimate_within(run, counts, depth, residuals_within(counts, batches), batches)
    return split_loops(choose_edges(found, GRAPH_PRESETS["default"].rules))[0]


def exchanged(counts: sparse.csr_matrix, batches: list[str], *, seed: int) -> sparse.csr_matrix:
    """Exchange the counts of each gene among the cells of each batch."""
    rng, matrix = np.random.default_rng(seed), counts.toarray()
    for rows in rows_of_batches(batches).values():
        matrix[rows] = rng.permuted(matrix[rows], axis=0)
    return sparse.csr_matrix(matrix)


def measure(
    path: Path, species: str, column: str, names: GeneNames, known: KnownRelations
) -> dict[str, object]:
    """All figures of one dataset."""
    read = read_expression(path, choices=Choices(batch=column))
    expression, _, _ = harmonise(read, species, names)
    modality = find_modality("scrna")
    kept, depth, _ = apply_quality_control(expression, modality.quality("default"))
    inside, _ = keep_batches(kept.batches, column)
    kept, depth = kept.take_cells(inside), depth[inside]
    chosen = np.sort(modality.choose(kept, N_GENES))
    own = np.sort(choose_within(modality.choose, kept, N_GENES))
    batches = kept.batches
    result: dict[str, object] = {
        "cells": len(depth),
        "batches": len(rows_of_batches(batches)),
        "genes_kept": round(float(np.isin(chosen, own).mean()), 4),
    }
    found = {}
    for name, genes, find in (
        ("together", chosen, partial(edges, batches=None)),
        ("inside", chosen, partial(edges, batches=batches)),
        ("chosen_inside", own, partial(edges, batches=batches)),
    ):
        selected = kept.take_genes(np.isin(np.arange(len(kept.genes)), genes))
        counts = selected.counts
        human = [names.human_ortholog(gene, species) for gene in selected.genes]
        ribosomal = is_ribosomal(human)
        truths: dict[str, PairTruth] = {
            "go": truth_from_sets(human, known.terms).without(ribosomal),
            "interactions": truth_from_pairs(human, known.interactions).without(ribosomal),
        }
        shuffled = exchanged(counts, batches, seed=0)
        graph, again = find(counts, depth), find(shuffled, depth)
        found[name] = graph
        n_genes = graph.shape[0]
        result[name] = {
            "edges": graph.nnz // 2,
            "alone": round(graph.multiply(again).nnz / max(graph.nnz, 1), 4),
            "chance": round(again.nnz / (n_genes * (n_genes - 1)), 4),
            **{
                key: round(float(edge_enrichment(graph, pairs).fold), 3)
                for key, pairs in truths.items()
            },
        }
    both = found["together"].multiply(found["inside"]).nnz
    result["kept"] = round(both / max(found["together"].nnz, 1), 4)
    return result


def main() -> None:
    """Print the answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--shared", type=Path, default=Path(os.environ.get("MUSEGNN_SHARED", "../shared"))
    )
    parser.add_argument("--datasets", type=int, default=len(DATASETS))
    options = parser.parse_args()
    knowledge = options.shared / "knowledge"
    names, known = read_gene_names(knowledge), read_known_relations(KnowledgeStore(knowledge))
    result = {}
    for file, species, column in DATASETS[: options.datasets]:
        path = options.shared / "data" / f"{file}.h5ad"
        result[path.stem] = measure(path, species, column, names, known)
        print(path.stem, result[path.stem], flush=True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
