"""Seurat objects in HDF5."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="h5Seurat",
    files="`.h5seurat`",
    makers="SeuratDisk",
    source="Azimuth, analyses in R",
    outcome="read",
    words="counts of the assay RNA; any other by `--assay NAME`",
    is_this=lambda sight: {"assays", "cell.names"} <= sight.keys,
    reader="musegnn.io.formats.h5seurat:read_h5seurat",
    offers="musegnn.io.formats.h5seurat:offered_h5seurat",
    takes=("assay", "genome", "symbols"),
    endings=(".h5seurat",),
)
