"""Folders of Cell Ranger 2, and lists as R writes them."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, MatrixParts, has_matrix

LAYOUT = Layout(
    name="10x folder of version 2",
    files="`matrix.mtx`, `genes.tsv`, `barcodes.tsv`",
    makers="Cell Ranger 1 and 2, Seurat, R Matrix",
    source="older datasets, GEO",
    outcome="read",
    words="id and symbol in either order",
    is_this=has_matrix("*matrix.mtx*", "*genes.*"),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in", "genome", "symbols"),
    endings=(".mtx", ".mtx.gz"),
    parts=MatrixParts(
        matrix=("matrix.mtx",),
        features=("genes.tsv", "genes.txt", "features.txt", "genes.csv", "features.csv"),
        barcodes=("barcodes.txt", "barcodes.csv", "cells.tsv", "cells.csv"),
    ),
)
