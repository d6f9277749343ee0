"""Gene graphs with planted modules, made from simulated counts: the truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph


def planted_graph(
    name: str,
    *,
    n_modules: int = 2,
    module_size: int = 20,
    n_cells: int = 60,
    tissue: str = "blood",
    prefix: str = "G",
    seed: int = 0,
    within: float = 0.6,
    between: float = 0.02,
) -> GeneGraph:
    """Make a graph whose genes of one module are linked and vary together.

    Gene number i belongs to module i // module_size and is called prefix + i, so graphs with the
    same prefix share genes and modules.
    """
    rng = np.random.default_rng(seed)
    n_genes = n_modules * module_size
    module = np.repeat(np.arange(n_modules), module_size)
    same = module[:, None] == module[None, :]
    upper = np.triu(rng.random((n_genes, n_genes)) < np.where(same, within, between), 1)
    adjacency = sparse.csr_matrix(upper | upper.T)
    adjacency.sort_indices()
    programme = rng.normal(size=(n_modules, n_cells))
    features = programme[module] + 0.5 * rng.normal(size=(n_genes, n_cells))
    names = [f"{prefix}{i}" for i in range(n_genes)]
    statistic = adjacency.astype(np.float32) * 5
    return GeneGraph(
        name=name,
        species="human",
        tissue=tissue,
        modality="scrna",
        genes=pd.DataFrame(
            {
                keys.GENE: names,
                keys.GENE_ID: "",
                keys.COMMON_GENE: names,
                keys.ORTHOLOG: names,
                keys.SOURCE_NAME: names,
                keys.MEAN: 1.0,
                keys.DETECTED: 0.5,
                keys.VARIANCE: 1.0,
            }
        ),
        features=features.astype(np.float32),
        adjacency=adjacency,
        estimate=adjacency.astype(np.float32),
        statistic=sparse.csr_matrix(statistic),
        significance=adjacency.toarray().astype(np.int8),
        provenance={"n_cells": n_cells, "preset": "default"},
    )
