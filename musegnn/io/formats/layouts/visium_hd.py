"""Folders of Visium HD, a folder a size of bins."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, lies_in

LAYOUT = Layout(
    name="Visium HD",
    files="`binned_outputs`",
    makers="Space Ranger 3 and later",
    source="own runs, 10x Genomics datasets",
    outcome="asked",
    words="the size of the bins (`--assay square_008um`)",
    is_this=lies_in("binned_outputs/square_*", "outs/binned_outputs/square_*"),
    places=tuple(
        f"{above}binned_outputs/*/filtered_feature_bc_matrix{end}"
        for end in (".h5", "")
        for above in ("", "outs/")
    ),
    takes=("assay",),
    order=20,
)
