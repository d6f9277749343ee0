"""Tables of MERSCOPE: a row a cell, called by a number."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="MERSCOPE",
    files="`*cell_by_gene.csv` with `*cell_metadata.csv`",
    makers="MERSCOPE (Vizgen)",
    source="Vizgen datasets, own runs",
    outcome="read",
    words="positions from the metadata, blanks left out",
    is_this=lambda sight: "cell_by_gene" in sight.name and len(sight.header) > 1,
    reader="musegnn.io.formats.named_tables:read_cells_in_rows",
    positions=("*cell_metadata*.csv*",),
    order=40,
)
