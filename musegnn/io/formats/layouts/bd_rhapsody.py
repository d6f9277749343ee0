"""Tables of BD Rhapsody: a cell a row, called by a number."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="BD Rhapsody",
    files="`*_RSEC_MolsPerCell.csv`, `*_DBEC_MolsPerCell.csv`",
    makers="BD Rhapsody pipeline",
    source="own runs, GEO",
    outcome="read",
    words="lines with ## passed over, symbols before a bar, AbSeq tags left out",
    is_this=lambda sight: sight.header[:1] in {("Cell_Index",), ("CellIndex",)},
    reader="musegnn.io.formats.named_tables:read_cells_in_rows",
    takes=("genome", "symbols"),
    order=40,
)
