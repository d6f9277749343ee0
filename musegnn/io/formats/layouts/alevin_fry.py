"""Folders of alevin-fry."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, MatrixParts, has_matrix, lies_in

LAYOUT = Layout(
    name="alevin-fry",
    files="`alevin/quants_mat.mtx` with its lists",
    makers="alevin-fry, simpleaf",
    source="own runs",
    outcome="read",
    words="of spliced, unspliced and ambiguous counts of each gene, spliced and ambiguous ones "
    "are summed; `--layer all` adds the unspliced ones",
    is_this=lambda sight: (
        has_matrix("*quants_mat.mtx*")(sight) or lies_in("alevin/quants_mat.mtx*")(sight)
    ),
    reader="musegnn.io.formats.tenx_mtx:read_tenx_mtx",
    offers="musegnn.io.formats.tenx_mtx:offered_tenx_mtx",
    takes=("genes_in", "symbols"),
    places=("alevin",),
    parts=MatrixParts(
        matrix=("quants_mat.mtx",),
        features=("quants_mat_cols.txt",),
        barcodes=("quants_mat_rows.txt",),
        cells_in_rows=True,
    ),
    order=40,
)
