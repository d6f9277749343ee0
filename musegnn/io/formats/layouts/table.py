"""Tables of text: whatever has names in its first row and column."""

from __future__ import annotations

from musegnn.io.formats.layout import LAST, Layout

LAYOUT = Layout(
    name="table",
    files="`.csv`, `.tsv`, `.txt`, packed or not",
    makers="R, pandas, featureCounts, HTSeq, STAR, Drop-seq, SCENIC, Smart-seq pipelines",
    source="GEO supplementary files, lab tables",
    outcome="read",
    words="genes on either side, asked for where the names do not tell (`--genes-in rows`); "
    "comments, columns such as Length or Total and summary rows left out; commas between "
    "thousands, decimal commas, ends of line of an old Mac",
    is_this=lambda sight: len(sight.header) > 1,
    reader="musegnn.io.formats.delimited:read_delimited",
    offers="musegnn.io.formats.delimited:offered_delimited",
    takes=("genes_in", "genome", "symbols"),
    endings=tuple(f".{kind}{gz}" for kind in ("csv", "tsv", "txt", "tab") for gz in ("", ".gz")),
    positions=("*BeadLocationsForR.csv", "*bead_locations.csv"),
    order=LAST,
)
