"""Folders of kallisto bustools."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, MatrixParts, has_matrix, lies_in

LAYOUT = Layout(
    name="kallisto bustools",
    files="`counts_filtered`, `cells_x_genes.mtx` with its lists",
    makers="kb-python",
    source="own runs, Human Cell Atlas",
    outcome="read",
    words="symbols from `genes.names.txt`; of single matrices of nascent and mature RNA the total",
    is_this=lambda sight: (
        has_matrix("*cells_x_genes*.mtx*")(sight)
        or lies_in("counts_filtered/*.mtx*", "counts_unfiltered/*.mtx*")(sight)
    ),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in", "symbols"),
    places=("counts_filtered", "counts_unfiltered"),
    parts=MatrixParts(
        matrix=("cells_x_genes.mtx", "cells_x_genes.total.mtx"),
        features=("genes.txt",),
        barcodes=("barcodes.txt",),
        symbols=("genes.names.txt",),
        cells_in_rows=True,
    ),
    order=40,
)
