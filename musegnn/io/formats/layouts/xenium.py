"""Folders of Xenium."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, lies_in

LAYOUT = Layout(
    name="Xenium",
    files="`cell_feature_matrix.h5` with `cells.parquet` or `cells.csv.gz`",
    makers="Xenium Onboard Analysis, Xenium Ranger",
    source="10x Genomics datasets, own runs",
    outcome="read",
    words="genes without control probes and codewords, with positions",
    is_this=lies_in("cell_feature_matrix.h5", "cell_feature_matrix", "outs/cell_feature_matrix*"),
    places=tuple(
        f"{above}cell_feature_matrix{end}" for end in (".h5", "") for above in ("", "outs/")
    ),
    order=25,
)
