"""Stereo-seq in HDF5."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="Stereo-seq (.gef)",
    files="`.cellbin.gef`, `.tissue.gef`",
    makers="SAW",
    source="STOmics datasets, own runs",
    outcome="asked",
    words="cells where the file has them; else the size of the bins (`--layer bin50`)",
    is_this=lambda sight: "geneExp" in sight.keys or {"cellBin/cell", "cellBin/gene"} <= sight.keys,
    reader="musegnn.io.formats.stereo:read_gef",
    offers="musegnn.io.formats.stereo:offered_gef",
    takes=("symbols",),
    endings=(".gef",),
)
