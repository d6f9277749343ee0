"""Single molecules of Cell Ranger, which are no counts."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="10x molecules (.h5)",
    files="`molecule_info.h5`",
    makers="Cell Ranger",
    source="10x Genomics datasets",
    outcome="refused",
    words="it lists molecules; the matrix lies beside it",
    is_this=lambda sight: (
        {"barcode_idx", "feature_idx"} <= sight.keys or {"barcode", "umi", "gene"} <= sight.keys
    ),
    endings=(".h5",),
    order=30,
    found="single molecules of Cell Ranger (molecule_info.h5)",
    hint="Give filtered_feature_bc_matrix.h5, which lies in the same folder.",
)
