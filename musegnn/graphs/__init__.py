"""Gene graphs: from raw counts to a co-expression graph; needs no torch."""

from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.cscore_estimator import CoExpression, cscore
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph, write_gene_graph
from musegnn.graphs.spatial_variation import sparkx

__all__ = [
    "CoExpression",
    "Context",
    "GeneGraph",
    "build_gene_graph",
    "cscore",
    "read_gene_graph",
    "sparkx",
    "write_gene_graph",
]
