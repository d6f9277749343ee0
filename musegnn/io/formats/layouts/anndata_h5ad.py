"""AnnData files of Python."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="AnnData",
    files="`.h5ad`",
    makers="scanpy, CELLxGENE, zellkonverter, SeuratDisk, scvi-tools, dropkick, alevin-fry",
    source="collections of datasets, analyses in Python, exports from R",
    outcome="read",
    words="counts from X, the layer `counts`, `raw` (first where it has more genes than X), or a "
    "layer whose name speaks of counts: the first that holds whole numbers beyond 0 and 1; names "
    "that one table lost from the other; parts that a newer program wrote are passed over",
    is_this=lambda sight: {"obs", "var"} <= sight.keys and "mod" not in sight.keys,
    reader="musegnn.io.formats.h5ad:read_h5ad",
    offers="musegnn.io.formats.h5ad:offered_h5ad",
    takes=("genes_in", "genome", "features", "symbols", "batch"),
    endings=(".h5ad",),
)
