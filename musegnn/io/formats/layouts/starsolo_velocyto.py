"""Spliced and unspliced counts of STARsolo."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, has_matrix

LAYOUT = Layout(
    name="matrices of STARsolo Velocyto",
    files="`Velocyto/raw`: `spliced.mtx`, `unspliced.mtx`, `ambiguous.mtx`",
    makers="STARsolo",
    source="own runs",
    outcome="asked",
    words="`--layer spliced`, or the folder `Gene`",
    is_this=has_matrix("spliced.mtx*", "unspliced.mtx*"),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in", "symbols"),
    order=30,
)
