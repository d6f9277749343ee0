"""Quality report of a gene graph: what a person should look at before trusting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csgraph

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph

FEW_GENES = 6000  # a full transcriptome file has more; fewer says it was cut before
FEW_CELLS = 200
TOP_HUBS = 10


@dataclass(frozen=True)
class QualityReport:
    """Numbers and warnings about one gene graph.

    Parameters
    ----------
    summary
        Name -> value: genes, edges, density (0 to 1), genes without an edge, connected components
        with at least two genes, genes in the largest one, median and largest degree.
    degree
        `(G,)` int64, edges of each gene.
    hubs
        The ten genes with the most edges: `gene`, `degree`, `mean_expression`.
    steps
        What each step of quality control removed, in words.
    warnings
        What to be careful about, in sentences; may be empty.
    """

    summary: dict[str, float]
    degree: np.ndarray
    hubs: pd.DataFrame
    steps: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON."""
        return {
            "summary": self.summary,
            "degree_histogram": np.bincount(self.degree).tolist(),
            "hubs": self.hubs.to_dict(orient="records"),
            "steps": list(self.steps),
            "warnings": list(self.warnings),
        }


def quality_report(graph: GeneGraph) -> QualityReport:
    """Describe a gene graph and name what is doubtful about it.

    Parameters
    ----------
    graph
        As built by `build_gene_graph`, or read from a file.
    """
    degree = graph.degree
    _, component = csgraph.connected_components(graph.adjacency, directed=False)
    sizes = np.bincount(component)
    order = np.lexsort((np.arange(len(degree)), -degree))[:TOP_HUBS]
    hubs = pd.DataFrame(
        {
            "gene": graph.genes[keys.GENE].iloc[order].tolist(),
            "degree": degree[order],
            "mean_expression": graph.genes[keys.MEAN].iloc[order].tolist(),
        }
    )
    summary = {
        "genes": graph.n_genes,
        "edges": graph.n_edges,
        "density": graph.density,
        "genes_without_edge": int((degree == 0).sum()),
        "components": int((sizes > 1).sum()),
        "largest_component": int(sizes.max(initial=0)),
        "median_degree": float(np.median(degree)),
        "largest_degree": int(degree.max(initial=0)),
    }
    stages = ("reading", "naming", "steps")
    steps = tuple(line for stage in stages for line in graph.provenance.get(stage, []))
    return QualityReport(summary, degree, hubs, steps, tuple(_warnings(graph, summary)))


def _warnings(graph: GeneGraph, summary: dict[str, float]) -> list[str]:
    """Sentences about what is doubtful."""
    provenance = graph.provenance
    found = []
    n_cells = int(provenance.get("n_cells", 0))
    if 0 < n_cells < FEW_CELLS:
        found.append(
            f"Only {n_cells} cells: correlations are uncertain; a few hundred cells or more are "
            "needed for a stable graph."
        )
    n_genes = int(provenance.get("n_genes_in_file", 0))
    if 0 < n_genes < FEW_GENES:
        found.append(
            f"The file holds only {n_genes:,} genes, so it was probably cut before: the sum of its "
            "counts is then less than the true depth of a cell."
        )
    poisson = int((graph.genes[keys.VARIANCE] <= 0).sum())
    if poisson:
        found.append(
            f"{poisson} genes vary no more than counting noise (variance estimate not above 0) and "
            "have no edges."
        )
    if not provenance.get("cscore_converged", True):
        found.append("CS-CORE did not settle: treat the statistics of this dataset with care.")
    if summary["density"] > 0.2:
        found.append(
            f"{100 * summary['density']:.0f} % of all pairs are edges: a graph this dense says "
            "little about single pairs. The preset `default` keeps the strongest ones."
        )
    return found
