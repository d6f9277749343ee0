"""Folders of Parse Biosciences."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, MatrixParts, has_matrix, lies_in

LAYOUT = Layout(
    name="Parse",
    files="`DGE_filtered`: `count_matrix.mtx` or `DGE.mtx`, `all_genes.csv`, `cell_metadata.csv`",
    makers="split-pipe of Parse Biosciences",
    source="own runs, GEO",
    outcome="read",
    words="filtered counts of all samples; of two genomes one is asked for",
    is_this=lambda sight: (
        has_matrix("*all_genes.csv*")(sight)
        or lies_in("DGE_filtered", "all-sample/DGE_filtered", "all-well/DGE_filtered")(sight)
    ),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in", "genome", "symbols"),
    places=("DGE_filtered", "all-sample/DGE_filtered", "all-well/DGE_filtered"),
    parts=MatrixParts(
        matrix=("DGE.mtx", "count_matrix.mtx"),
        features=("all_genes.csv",),
        barcodes=("cell_metadata.csv",),
        cells_in_rows=True,
    ),
    order=40,
)
