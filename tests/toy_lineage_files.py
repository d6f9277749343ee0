"""The files of a lineage: cells of `tests.toy_lineage`, and an atlas of their genes."""

from __future__ import annotations

from pathlib import Path

import anndata
import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.embedding_set import write_embedding_set
from tests.toy_contexts import Context, make_set
from tests.toy_lineage import N_GENES, make_counts


def write_cells(path: Path, n_cells: int = 80) -> Path:
    """Write counts with the column `stage`."""
    counts, genes, labels = make_counts(n_cells)
    data = anndata.AnnData(counts.astype(np.float32))
    data.var_names, data.obs_names = genes, [f"cell{number}" for number in range(n_cells)]
    data.obs["stage"] = pd.Categorical(labels)
    data.write_h5ad(path)
    return path


def write_atlas(folder: Path) -> Path:
    """Write vectors of all genes in one context, of half of them in another."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 8))
    vectors = centres[np.arange(N_GENES) // 60] + 0.3 * rng.normal(size=(N_GENES, 8))
    names = [f"GENE{number}" for number in range(N_GENES)]
    folder.mkdir()
    few = Context("few", names[:20], vectors[:20])
    whole = make_set(Context("whole", names, vectors), few)
    write_embedding_set(whole, folder / keys.EMBEDDING_FILE)
    return folder
