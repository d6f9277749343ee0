"""MuData files: several AnnData objects of the same cells."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="MuData (.h5mu)",
    files="`.h5mu`",
    makers="muon, scvi-tools",
    source="CITE-seq and multiome in Python",
    outcome="asked",
    words="the modality of genes where there is one, else `--assay NAME`",
    is_this=lambda sight: "mod" in sight.keys,
    reader="musegnn.io.formats.h5mu:read_h5mu",
    offers="musegnn.io.formats.h5mu:offered_h5mu",
    takes=("assay", "genome", "features", "symbols", "batch"),
    endings=(".h5mu",),
    order=40,
)
