"""Readers: what may be asked of a process that reads a file apart."""

from __future__ import annotations

from typing import Final

# Places of functions marked with `musegnn.border.apart.apart`: each takes a path and plain options,
# reads what it is named after, and returns a value that `musegnn.border.portable` can carry.
READERS: Final = frozenset(
    {
        "musegnn.border.tables:read_columns",
        "musegnn.border.tables:read_fields_of_text",
        "musegnn.io.formats.registry:read_contents",
        "musegnn.io.figure_file:convert_svg",
        "musegnn.io.h5ad:open_h5ad",
        "musegnn.io.h5ad:measure_vectors",
        "musegnn.io.vector_file:take_out",
        "musegnn.io.formats.registry:list_choices",
        "musegnn.graphs.gene_graph:read_gene_graph",
        "musegnn.graphs.graph_header:read_graph_header",
        "musegnn.graphs.graph_header:read_graph_headers",
        "musegnn.graphs.detected_shares:read_detected_shares",
        "musegnn.graphs.graph_header:check_graph",
        "musegnn.embeddings.result_files:check_result_file",
        "musegnn.embeddings.vector_set:read_fields",
    }
)
