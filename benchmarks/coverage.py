"""How many genes the tissues of an atlas share, and how many well-known genes it holds.

Usage: `python -m benchmarks.coverage [--atlas FOLDER] [--known 500]`. Prints the matrix of tissues
of human and mouse, each entry the number of genes (by common name, which is equal for one-to-one
orthologs) that both hold in any of their contexts, and last a JSON line: `contexts`, `species`,
`genes_in_context`, over pairs of tissues the `least` number of shared genes with its pair, the
`median`, `below_600`; where the public tables are at hand (`MUSEGNN_SHARED`) also `known`, the
share of the best-known genes of `data/well_known.py` that stand in at least three contexts. An
atlas that was built to hold these genes holds them by choice: the share says how well that worked.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.lineage import shared_folder
from data.well_known import well_known_genes
from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.settings import REPOSITORY

SPECIES = ("human", "mouse")
ENOUGH, CONTEXTS = 600, 3


def genes_of_tissues(atlas: EmbeddingSet) -> dict[str, set[str]]:
    """Common names of the genes of each tissue of human and mouse."""
    found: dict[str, set[str]] = {}
    genes = atlas.genes[keys.COMMON_GENE].astype(str).to_numpy()
    for name, row in atlas.datasets.iterrows():
        if row["species"] in SPECIES:
            own = genes[atlas.rows_of_dataset(str(name))]
            found.setdefault(str(row["tissue"]), set()).update(own)
    return found


def shared_genes(tissues: dict[str, set[str]]) -> pd.DataFrame:
    """Numbers of genes that two tissues share; on the diagonal those of one."""
    names = sorted(tissues)
    rows = [[len(tissues[a] & tissues[b]) for b in names] for a in names]
    return pd.DataFrame(rows, index=names, columns=names)


def coverage_of(atlas: EmbeddingSet, known: Iterable[str] = ()) -> dict[str, object]:
    """Summarise the matrix, and the presence of well-known human genes."""
    matrix = shared_genes(genes_of_tissues(atlas))
    pairs = list(itertools.combinations(matrix.index, 2))
    numbers = np.array([matrix.loc[a, b] for a, b in pairs])
    least = int(np.argmin(numbers))
    found: dict[str, object] = {
        "contexts": len(atlas.datasets),
        "species": sorted(set(atlas.datasets["species"].astype(str))),
        "genes_in_context": len(atlas),
        "tissues": len(matrix),
        "least": {"genes": int(numbers[least]), "tissues": list(pairs[least])},
        "median": float(np.median(numbers)),
        "below_600": [list(pairs[i]) for i in np.flatnonzero(numbers < ENOUGH)],
    }
    wanted = list(known)
    if wanted:
        contexts = atlas.genes.groupby(keys.COMMON_GENE, observed=True)[keys.DATASET].nunique()
        n_contexts = contexts.reindex(wanted, fill_value=0)
        found["known"] = {"genes": len(wanted), "share": float((n_contexts >= CONTEXTS).mean())}
    return found


def main() -> int:
    """Print the matrix and the summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atlas", type=Path, default=REPOSITORY / "data" / "atlas")
    parser.add_argument("--known", type=int, default=500)
    options = parser.parse_args()
    atlas = read_embedding_set(options.atlas)
    print(shared_genes(genes_of_tissues(atlas)).to_string())
    shared = shared_folder()
    known = well_known_genes(shared, options.known) if (shared / "knowledge").is_dir() else []
    print(json.dumps(coverage_of(atlas, known)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
