"""Measure the reliability of each gene of the shipped atlas, whose graphs were built without it.

Usage: `python data/build_reliability.py [--shared FOLDER] [--atlas FOLDER]`. Writes
`reliability.parquet` of the atlas from the same cells as its graphs: the halves of the cells, the
residuals and the components are those that `musegnn graph` takes. Genes that are named otherwise
today than when the atlas was built stay out and say "not measured". Takes a minute. The same inputs
give the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from atlas_inputs import list_datasets, parser, read_names
from scipy import sparse

from musegnn import keys
from musegnn.analysis.causal.gene_sample import call_as
from musegnn.embeddings.reliability_table import write_reliability_table
from musegnn.graphs.build import read_gene_counts
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.graphs.gene_reliability import WIDTH, gene_reliability
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.quality import apply_quality_control
from musegnn.graphs.reproducibility import split_cells
from musegnn.graphs.residuals import pearson_residuals, principal_components
from musegnn.io.gene_names import GeneNames, harmonise


def build(shared: Path, atlas: Path) -> None:
    """Write the reliability of the genes of every context."""
    names, rows = read_names(shared), list_datasets()
    tables = {Path(row["file"]).stem: measure(row, shared, atlas, names) for row in rows}
    write_reliability_table(tables, atlas / keys.RELIABILITY_FILE)


def measure(row: dict[str, str], shared: Path, atlas: Path, names: GeneNames) -> pd.DataFrame:
    """Measure one context; stop when its cells are not those of its graph."""
    path = shared / "data" / row["file"]
    graph = read_gene_graph(atlas / keys.GRAPHS_FOLDER / path.name)
    expression = read_gene_counts(path, layer=None, annotation=None)
    expression, _, _ = harmonise(expression, row["species"], names)
    modality = find_modality(row["modality"])
    kept, depth, _ = apply_quality_control(
        expression, modality.quality("default"), needs_place=modality.needs_positions
    )
    if kept.n_cells != graph.provenance["n_cells"]:
        sys.exit(f"{path.stem}: the graph has other cells")
    # the graph may call a gene by an older symbol
    kept = call_as(kept, graph.genes[keys.GENE].astype(str).tolist(), row["species"], names)
    place = {name: column for column, name in enumerate(kept.genes)}
    symbols = [name for name in graph.genes[keys.GENE] if name in place]
    counts = sparse.csr_matrix(kept.counts[:, [place[name] for name in symbols]])
    halves = split_cells(len(depth), seed=0)
    first, second = (
        principal_components(pearson_residuals(counts[half]), n_components=WIDTH) for half in halves
    )
    table = pd.DataFrame({keys.GENE: symbols, **gene_reliability(first.values, second.values)})
    left_out = graph.n_genes - len(symbols)
    print(
        f"{path.stem}: {len(symbols)} genes, {left_out} named otherwise, "
        f"{np.mean(table['reliability_20']):.3f} of 20 neighbours in both halves",
        flush=True,
    )
    return table


if __name__ == "__main__":
    options = parser(__doc__, "--atlas").parse_args()
    build(options.shared, options.atlas)
