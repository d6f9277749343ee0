"""Long tables: a row for each gene in each cell."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout
from musegnn.io.formats.long_table import is_long

LAYOUT = Layout(
    name="long table",
    files="`counts.tsv.gz`, `*_Expression_Data.st`",
    makers="umi_tools count, BD Rhapsody pipeline, zUMIs, scripts",
    source="own runs, GEO",
    outcome="read",
    words="a row for each gene in each cell, with columns that name the gene, the cell and the "
    "count; of BD Rhapsody the adjusted molecules; cells of samples that share names are called by "
    "both",
    is_this=lambda sight: is_long(sight.header),
    reader="musegnn.io.formats.long_table:read_long",
    takes=("genome", "symbols"),
    endings=(".st", ".st.gz"),
    order=35,
)
