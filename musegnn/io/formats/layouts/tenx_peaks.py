"""Folders of Cell Ranger ATAC, with peaks in place of genes."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, MatrixParts, has_matrix

LAYOUT = Layout(
    name="peaks of Cell Ranger ATAC",
    files="`matrix.mtx`, `peaks.bed`, `barcodes.tsv`",
    makers="Cell Ranger ATAC",
    source="10x Genomics datasets, GEO",
    outcome="asked",
    words="gene bodies (`--annotation`), by which peaks become genes",
    is_this=has_matrix("*matrix.mtx*", "*peaks.bed*"),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in",),
    parts=MatrixParts(matrix=("matrix.mtx",), features=("peaks.bed",)),
    order=45,
)
