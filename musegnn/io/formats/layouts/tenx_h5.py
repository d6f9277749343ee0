"""10x matrices in HDF5, version 3 and later."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="10x matrix (.h5)",
    files="`filtered_feature_bc_matrix.h5`",
    makers="Cell Ranger 3 and later, Space Ranger, Xenium, CellBender",
    source="10x Genomics datasets, GEO",
    outcome="read",
    words="genes of several kinds of features; `--features Peaks` takes others; of two genomes "
    "one is asked for",
    is_this=lambda sight: "matrix/features" in sight.keys,
    reader="musegnn.io.formats.tenx_h5:read_tenx_h5",
    offers="musegnn.io.formats.tenx_h5:offered_tenx_h5",
    takes=("genome", "features", "symbols"),
    endings=(".h5",),
)
