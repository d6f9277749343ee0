"""An embedding as the result of a run: vectors, map and clusters, compact graphs, weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import save_file

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, write_embedding_set
from musegnn.embeddings.map_layout import compute_map
from musegnn.graphs.gene_graph import GeneGraph, write_gene_graph
from musegnn.graphs.hold_out import EDGE_SHARE, NAME_SHARE, draw_hold_out, mask_graphs
from musegnn.runs.identifiers import is_run_id
from musegnn.worker.provenance import versions
from musegnn.worker.task import Done, Task


def describe_embedding(task: Task) -> dict[str, Any]:
    """Record what will have made the embedding, before it is made."""
    config, run_id = task.config, task.folder.path.name
    own = {"run_id": run_id, "run_config_hash": config.config_hash} if is_run_id(run_id) else {}
    species_joined = any(graph.provenance.get("names_from") for graph in task.graphs)
    return {
        "name": config.name,
        "model": "MuSe-GNN (Liu et al., NeurIPS 2023)",
        "config": config.settings.to_dict(),
        "config_hash": config.settings.hash,
        "seed": config.seed,
        "device": config.device,
        "threads": config.threads,  # sums are rounded in another order with each number
        "graph_presets": sorted({str(g.provenance.get("preset", "")) for g in task.graphs}),
        "species_joined_by": (
            "one-to-one orthologs" if species_joined else "nothing: no ortholog table was at hand"
        ),
        "datasets": [graph.name for graph in task.graphs],
        "versions": versions(),
        **own,
    }


def hide(
    graphs: list[GeneGraph], hold_out: int | None, provenance: dict[str, Any]
) -> list[GeneGraph]:
    """Return the graphs as training sees them, and say in the provenance what is hidden."""
    if hold_out is None:
        return graphs
    provenance["hold_out"] = {
        "seed": hold_out,
        "edge_share": EDGE_SHARE,
        "name_share": NAME_SHARE,
    }
    return mask_graphs(graphs, draw_hold_out(graphs, hold_out))


def write_embedding(
    task: Task,
    vectors: list[np.ndarray],
    provenance: dict[str, Any],
    weights: Mapping[str, torch.Tensor] | None = None,
) -> Done:
    """Make the map and write the files of the result.

    Parameters
    ----------
    task
        The run; its graphs are written whole, without what was hidden.
    vectors
        `(G, D)` float32 of each graph.
    provenance
        As `describe_embedding` returns it, with what came to be known since.
    weights
        Of the network; a baseline has none.
    """
    task.report.say(message="Makes the map of the result.", seconds_left=None)
    task.console.say("map: nearest neighbours, clusters, UMAP")
    graphs, result = task.graphs, task.result
    embedding = _assemble(graphs, np.concatenate(vectors), provenance)
    write_embedding_set(embedding, result / keys.EMBEDDING_FILE)
    for graph in graphs:
        write_gene_graph(graph.compact(), result / keys.GRAPHS_FOLDER / f"{graph.name}.h5ad")
    if weights:
        plain = {key: value.cpu().contiguous() for key, value in weights.items()}
        save_file(plain, result / keys.WEIGHTS_FILE)
    where = task.folder.result / keys.EMBEDDING_FILE
    return Done(
        f"done: {len(embedding.genes)} genes-in-context of {len(graphs)} datasets in {where}",
        {"provenance": provenance},
    )


def _assemble(
    graphs: list[GeneGraph], vectors: np.ndarray, provenance: dict[str, Any]
) -> EmbeddingSet:
    """Join the vectors of all graphs into one embedding set with clusters and map."""
    layout = compute_map(vectors, seed=provenance["seed"])
    genes = pd.concat([gene_table(graph) for graph in graphs], ignore_index=True)
    genes[keys.CLUSTER] = layout.clusters
    return EmbeddingSet(
        vectors=vectors,
        table=genes,
        layout=layout.coordinates,
        neighbour_graph=layout.neighbour_graph,
        datasets=dataset_table(graphs),
        provenance=provenance,
    )


def gene_table(graph: GeneGraph) -> pd.DataFrame:
    """Genes of a context as an embedding set lists them, without their clusters."""
    measured = [column for column in keys.RELIABILITY_COLUMNS if column in graph.genes]
    table = graph.genes[
        [keys.GENE, keys.GENE_ID, keys.COMMON_GENE, keys.ORTHOLOG, keys.MEAN, *measured]
    ].copy()
    table[keys.DATASET] = graph.name
    table[keys.SPECIES_COLUMN] = graph.species
    table[keys.TISSUE] = graph.tissue
    table[keys.MODALITY] = graph.modality
    table[keys.DEGREE] = graph.degree
    return table


def dataset_table(graphs: list[GeneGraph]) -> pd.DataFrame:
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
