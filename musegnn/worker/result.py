"""What a training leaves: embedding with map and clusters, compact graphs, weights, a manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.torch import save_file

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, write_embedding_set
from musegnn.embeddings.map_layout import compute_map
from musegnn.graphs.gene_graph import GeneGraph, write_gene_graph
from musegnn.io.atomic import replacing
from musegnn.progress import Progress
from musegnn.training.loop import TrainedModel
from musegnn.worker.provenance import write_manifest

RESULT_FOLDER = "result"


def finish(
    run_folder: Path,
    graphs: list[GeneGraph],
    trained: TrainedModel,
    provenance: dict[str, Any],
    progress: Progress,
) -> None:
    """Make the map and write the result folder at once."""
    if trained.best:
        provenance["best_validation"] = trained.best
    progress.say("map: nearest neighbours, clusters, UMAP")
    embedding = assemble(graphs, trained, provenance, seed=provenance["seed"])
    with replacing(run_folder / RESULT_FOLDER) as temporary:
        temporary.mkdir()
        write_result(temporary, embedding, graphs, trained)
        facts = {
            "provenance": provenance,
            "final_epoch": trained.history[-1].to_dict() if trained.history else None,
        }
        write_manifest(temporary, facts)
    progress.say(
        f"done: {len(embedding.genes)} genes-in-context of {len(graphs)} datasets in "
        f"{run_folder / RESULT_FOLDER / keys.EMBEDDING_FILE}"
    )


def assemble(
    graphs: list[GeneGraph], trained: TrainedModel, provenance: dict[str, Any], *, seed: int
) -> EmbeddingSet:
    """Join the vectors of all graphs into one embedding set with clusters and map."""
    vectors = np.concatenate(trained.vectors)
    layout = compute_map(vectors, seed=seed)
    tables = []
    for graph in graphs:
        table = graph.genes[
            [keys.GENE, keys.GENE_ID, keys.COMMON_GENE, keys.ORTHOLOG, keys.MEAN]
        ].copy()
        table[keys.DATASET] = graph.name
        table[keys.SPECIES_COLUMN] = graph.species
        table[keys.TISSUE] = graph.tissue
        table[keys.MODALITY] = graph.modality
        table[keys.DEGREE] = graph.degree
        tables.append(table)
    genes = pd.concat(tables, ignore_index=True)
    genes[keys.CLUSTER] = layout.clusters
    return EmbeddingSet(
        vectors=vectors,
        table=genes,
        layout=layout.coordinates,
        neighbour_graph=layout.neighbour_graph,
        datasets=_dataset_table(graphs),
        provenance=provenance,
    )


def _dataset_table(graphs: list[GeneGraph]) -> pd.DataFrame:
    """Describe each context: size, density, origin."""
    rows = [
        {
            "dataset": graph.name,
            "species": graph.species,
            "tissue": graph.tissue,
            "modality": graph.modality,
            "technique": graph.provenance.get("source", {}).get("modality", graph.modality),
            "n_cells": graph.provenance.get("n_cells", 0),
            "n_genes": graph.n_genes,
            "n_edges": graph.n_edges,
            "density": graph.density,
            "source": graph.provenance.get("source", {}).get("source", ""),
            "licence": graph.provenance.get("source", {}).get("licence", ""),
            "publication": graph.provenance.get("source", {}).get("publication", ""),
        }
        for graph in graphs
    ]
    return pd.DataFrame(rows).set_index("dataset")


def write_result(
    folder: Path, embedding: EmbeddingSet, graphs: list[GeneGraph], trained: TrainedModel
) -> None:
    """Write embedding, compact graphs and weights into a folder that is there."""
    write_embedding_set(embedding, folder / keys.EMBEDDING_FILE)
    for graph in graphs:
        write_gene_graph(graph.compact(), folder / keys.GRAPHS_FOLDER / f"{graph.name}.h5ad")
    weights = {key: value.cpu().contiguous() for key, value in trained.network.state_dict().items()}
    if weights:  # a baseline has none
        save_file(weights, folder / keys.WEIGHTS_FILE)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON that reads well and never stands half-written."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
