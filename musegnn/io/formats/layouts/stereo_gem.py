"""Stereo-seq as text: a row a gene at a place."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="Stereo-seq (.gem)",
    files="`.gem.gz`, `.cellbin.gem.gz`",
    makers="SAW",
    source="STOmics datasets, own runs",
    outcome="asked",
    words="cells where a column names them; else the size of the bins (`--layer bin50`)",
    is_this=lambda sight: (
        "geneid" in {field.lower() for field in sight.header}
        and any(field.lower().startswith(("midcount", "umicount")) for field in sight.header)
    ),
    reader="musegnn.io.formats.stereo:read_gem",
    endings=(".gem", ".gem.gz"),
    order=40,
)
