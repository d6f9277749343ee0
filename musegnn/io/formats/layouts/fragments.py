"""Fragments of scATAC-seq."""

from __future__ import annotations

from musegnn.io.formats.fragment_rows import is_fragments_file
from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="fragments",
    files="`fragments.tsv.gz`, `.bed.gz`",
    makers="Cell Ranger ATAC and ARC, SnapATAC, chromap",
    source="10x Genomics datasets, GEO, ENCODE",
    outcome="asked",
    words="gene bodies (`--annotation`), over which fragments are counted; rows of 4 to 6 columns, "
    "with a header or not; those without length left out and counted",
    is_this=lambda sight: (
        not sight.is_folder and not sight.is_hdf5 and is_fragments_file(sight.path)
    ),
    reader="musegnn.io.formats.delimited:read_delimited",
    endings=(".bed", ".bed.gz"),
    order=35,
)
