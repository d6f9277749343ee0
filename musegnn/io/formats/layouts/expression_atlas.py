"""Folders of the Single Cell Expression Atlas."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, MatrixParts, has_matrix

_NAMES = ("aggregated_filtered_counts", "aggregated_counts", "expression_tpm")

LAYOUT = Layout(
    name="Expression Atlas",
    files="`*.aggregated_filtered_counts.mtx` with `.mtx_rows` and `.mtx_cols`",
    makers="Single Cell Expression Atlas (EMBL-EBI)",
    source="downloads of an experiment",
    outcome="read",
    words="genes by their ids; normalised matrices are refused",
    is_this=has_matrix("*.mtx_rows*", "*.mtx_cols*"),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in", "genome", "symbols"),
    parts=MatrixParts(
        matrix=tuple(f"{name}.mtx" for name in _NAMES),
        features=tuple(f"{name}.mtx_rows" for name in _NAMES),
        barcodes=tuple(f"{name}.mtx_cols" for name in _NAMES),
    ),
    order=40,
)
