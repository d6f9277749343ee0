"""Folders of Cell Ranger 3 and later, and all that write the same."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, MatrixParts, has_matrix

LAYOUT = Layout(
    name="10x folder",
    files="`matrix.mtx.gz`, `features.tsv.gz`, `barcodes.tsv.gz`",
    makers="Cell Ranger, STARsolo, BD Rhapsody (MEX), DropletUtils, SoupX",
    source="GEO (with a prefix for each sample), 10x Genomics datasets",
    outcome="read",
    words="prefixes, one list for many samples, header lines, packed or not",
    is_this=has_matrix("*matrix.mtx*"),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in", "genome", "features", "symbols"),
    endings=(".mtx", ".mtx.gz"),
    parts=MatrixParts(
        matrix=("matrix.mtx",),
        features=("features.tsv",),
        barcodes=("barcodes.tsv",),
    ),
    order=55,
)
