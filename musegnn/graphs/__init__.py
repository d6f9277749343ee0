"""Gene graphs: from raw counts to a co-expression graph; needs no torch."""

from musegnn.exports import lazy_exports

__all__, __getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "CoExpression": "musegnn.graphs.cscore_estimator",
        "Context": "musegnn.graphs.build",
        "GeneGraph": "musegnn.graphs.gene_graph",
        "build_gene_graph": "musegnn.graphs.build",
        "cscore": "musegnn.graphs.cscore_estimator",
        "read_gene_graph": "musegnn.graphs.gene_graph",
        "sparkx": "musegnn.graphs.spatial_variation",
        "write_gene_graph": "musegnn.graphs.gene_graph",
    },
)
