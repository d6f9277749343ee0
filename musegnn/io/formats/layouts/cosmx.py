"""Flat files of CosMx: a row a cell of a field of view."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="CosMx",
    files="`*exprMat_file.csv` with `*metadata_file.csv`",
    makers="CosMx SMI (NanoString, Bruker)",
    source="own runs, NanoString datasets",
    outcome="read",
    words="cells named by field of view and number, positions from the metadata, negative probes "
    "and what lies outside of cells left out",
    is_this=lambda sight: (
        tuple(field.lower() for field in sight.header[:2]) == ("fov", "cell_id")
        and len(sight.header) > 4
        and not {"x_global_px", "centerx_global_px"} & {field.lower() for field in sight.header}
    ),
    reader="musegnn.io.formats.named_tables:read_cosmx",
    positions=("*metadata_file.csv*",),
    order=40,
)
