"""Small embedding sets made of whole contexts, for comparisons with a known answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet

DATASET_COLUMNS = ("technique", "source", "licence", "publication")


@dataclass(frozen=True)
class Context:
    """One context: `names` are common names, `symbols` what the genes are called there."""

    name: str
    names: list[str]
    vectors: np.ndarray
    species: str = "human"
    tissue: str = "liver"
    modality: str = "scrna"
    symbols: list[str] | None = None
    orthologs: list[str] | None = None
    degrees: np.ndarray | None = None
    clusters: list[str] | None = None


def make_set(*contexts: Context, layout: np.ndarray | None = None) -> EmbeddingSet:
    """Put contexts into one embedding set; the layout is that of the first two dimensions."""
    tables = []
    for context in contexts:
        n = len(context.names)
        tables.append(
            pd.DataFrame(
                {
                    keys.GENE: context.symbols or context.names,
                    keys.GENE_ID: "",
                    keys.COMMON_GENE: context.names,
                    keys.ORTHOLOG: context.orthologs or context.names,
                    keys.DATASET: context.name,
                    keys.SPECIES_COLUMN: context.species,
                    keys.TISSUE: context.tissue,
                    keys.MODALITY: context.modality,
                    keys.DEGREE: np.full(n, 10) if context.degrees is None else context.degrees,
                    keys.MEAN: 1.0,
                    keys.CLUSTER: context.clusters or ["0"] * n,
                }
            )
        )
    genes = pd.concat(tables, ignore_index=True)
    vectors = np.concatenate([context.vectors for context in contexts]).astype(np.float32)
    datasets = pd.DataFrame(
        {
            "species": [c.species for c in contexts],
            "tissue": [c.tissue for c in contexts],
            "modality": [c.modality for c in contexts],
            "n_cells": 100,
            "n_genes": [len(c.names) for c in contexts],
            "n_edges": 0,
            "density": 0.0,
            **dict.fromkeys(DATASET_COLUMNS, "synthetic"),
        },
        index=pd.Index([c.name for c in contexts], name="dataset"),
    )
    return EmbeddingSet(
        vectors=vectors,
        table=genes,
        layout=vectors[:, :2] if layout is None else layout,
        neighbour_graph=sparse.csr_matrix((len(genes), len(genes)), dtype=np.float32),
        datasets=datasets,
        provenance={"name": "toy", "config_hash": "0a1b2c3d"},
    )


def gene_names(n: int) -> list[str]:
    """Return n names whose order of the alphabet is their order."""
    return [f"G{number:04d}" for number in range(n)]


def noisy_contexts(
    rng: np.random.Generator, n_contexts: int, n_genes: int, *, noise: float, width: int = 8
) -> list[Context]:
    """Contexts of one tissue: the same signal, each with noise of its own."""
    signal = rng.normal(size=(n_genes, width))
    return [
        Context(
            f"c{number}",
            gene_names(n_genes),
            signal + noise * rng.normal(size=signal.shape),
            degrees=rng.integers(1, 50, n_genes),
        )
        for number in range(n_contexts)
    ]
