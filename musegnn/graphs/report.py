"""Quality report of a gene graph: what a person should look at before trusting it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csgraph

from musegnn import keys
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.known_relations import (
    ENRICHMENT_COLUMNS,
    KnownRelations,
    enrichment_table,
    relation_words,
)

FEW_GENES = 6000  # a full transcriptome file has more; fewer says it was cut before
FEW_CELLS = 200
TOP_HUBS = 10
LOW_REPRODUCIBILITY = 0.1  # of the edges of two halves, one in ten is in both
MUCH_DEPTH = 0.25  # share of the edges that depth alone gives
FILTER_COLUMNS = ("unit", "rule", "before", "removed", "left")


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
        What reading, naming and quality control did, in words.
    filters
        One row for each step of quality control: `unit` (cells or genes), `rule`, `before`,
        `removed`, `left`; empty for graphs that do not record it.
    enrichment
        Edges between genes known to be related, see `enrichment_table`; empty without known
        relations.
    reproducibility
        `jaccard`, `chance` and `cells_in_half` of the edges of two halves of the cells, see
        `Reproducibility`; empty for graphs that do not record it.
    depth
        `share`, `chance` and `cells_in_stratum` of the edges that depth alone gives, see
        `musegnn.graphs.depth_share.DepthShare`; empty for graphs that do not record it.
    warnings
        What to be careful about, in sentences; may be empty.
    """

    summary: dict[str, float]
    degree: np.ndarray
    hubs: pd.DataFrame
    steps: tuple[str, ...]
    filters: pd.DataFrame
    enrichment: pd.DataFrame
    reproducibility: dict[str, float]
    depth: dict[str, float]
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, ready for JSON."""
        return {
            "summary": self.summary,
            "degree_histogram": np.bincount(self.degree).tolist(),
            "hubs": self.hubs.to_dict(orient="records"),
            "steps": list(self.steps),
            "filters": self.filters.to_dict(orient="records"),
            "enrichment": [
                # JSON has no NaN
                {key: None if value != value else value for key, value in row.items()}  # noqa: PLR0124
                for row in self.enrichment.to_dict(orient="records")
            ],
            "reproducibility": self.reproducibility,
            "depth": self.depth,
            "warnings": list(self.warnings),
        }


def quality_report(graph: GeneGraph, relations: KnownRelations | None = None) -> QualityReport:
    """Describe a gene graph and name what is doubtful about it.

    Parameters
    ----------
    graph
        As built by `build_gene_graph`, or read from a file.
    relations
        Known relations that the edges are held against; without them `enrichment` is empty.
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
    filters = pd.DataFrame(graph.provenance.get("filters", []), columns=list(FILTER_COLUMNS))
    return QualityReport(
        summary=summary,
        degree=degree,
        hubs=hubs,
        steps=steps,
        filters=filters,
        enrichment=(
            pd.DataFrame(columns=list(ENRICHMENT_COLUMNS))
            if relations is None
            else enrichment_table(graph, relations)
        ),
        reproducibility=dict(graph.provenance.get("reproducibility") or {}),
        depth=dict(graph.provenance.get("depth_share") or {}),
        warnings=tuple(_warnings(graph, summary)),
    )


def report_lines(report: QualityReport) -> list[str]:
    """Say the report in a few lines for a console: graph, edges, warnings."""
    summary = report.summary
    lines = [
        *report.steps,
        f"graph: {summary['genes']} genes, {summary['edges']} edges, density "
        f"{100 * summary['density']:.2g} %, {summary['genes_without_edge']} genes without an edge",
    ]
    found = report.reproducibility
    if found:
        lines.append(
            f"edges of two halves of the cells ({found['cells_in_half']:,.0f} each): Jaccard "
            f"{found['jaccard']:.2f}, by chance {found['chance']:.2f}"
        )
    if report.depth:
        lines.append(depth_line(report))
    lines += enrichment_lines(report)
    return lines + [f"warning: {warning}" for warning in report.warnings]


def depth_line(report: QualityReport) -> str:
    """Say how many edges depth alone gives."""
    found = report.depth
    return (
        f"edges that come back with counts exchanged among {found['cells_in_stratum']:.0f} cells "
        f"of like depth: {100 * found['share']:.0f} %, by chance {100 * found['chance']:.1f} %"
    )


def enrichment_lines(report: QualityReport) -> list[str]:
    """Say how many edges join genes known to be related, a line for each relation."""
    return [
        f"edges between genes that {relation_words(row.relation)}, {row.ribosomal} ribosomal "
        f"ones: {row.edges_related:,} of {row.pairs:,}, x{row.fold:.2f} of degree-matched chance"
        for row in report.enrichment.itertuples()
    ]


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
            f"{poisson} genes vary no more than Poisson noise (variance estimate not above 0) and "
            "have no edges."
        )
    if not provenance.get("cscore_converged", True):
        found.append("CS-CORE did not settle: treat the statistics of this dataset with care.")
    at_one = provenance.get("correlations_at_one") or {}
    if at_one.get("pairs"):
        found.append(
            f"{at_one['pairs']:,} pairs of genes, {at_one['edges']:,} of them edges, have a "
            "correlation of exactly 1 or -1: the estimate was cut there, so their order among the "
            "strongest means nothing."
        )
    shared = provenance.get("shares_cells_with", {})
    found += [
        f"{shared[other]} cells are also in {other}, count for count: agreement of the two is no "
        "evidence, and evaluations leave the pair out."
        for other in sorted(shared)
    ]
    halves = provenance.get("reproducibility") or {}
    if halves and halves["jaccard"] < LOW_REPRODUCIBILITY:
        found.append(
            f"Only {100 * halves['jaccard']:.0f} % of the edges found in two halves of the cells "
            "are in both: single edges of this dataset are weak evidence."
        )
    depth = provenance.get("depth_share") or {}
    if depth and depth["share"] > MUCH_DEPTH:
        found.append(
            f"{100 * depth['share']:.0f} % of the edges are there when depth is all that genes "
            "have in common: cell types differ in depth, and so do good and poor cells."
        )
    if summary["density"] > 0.2:
        found.append(
            f"{100 * summary['density']:.0f} % of all pairs are edges: a graph this dense says "
            "little about single pairs. The preset `default` keeps the strongest ones."
        )
    return found
