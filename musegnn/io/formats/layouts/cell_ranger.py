"""Folders of runs of Cell Ranger and Space Ranger."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, has_matrix, lies_in
from musegnn.io.formats.sight import Sight

# counts of a run, the filtered ones first
PLACES = (
    *("filtered_feature_bc_matrix.h5", "filtered_feature_bc_matrix"),
    *("filtered_gene_bc_matrices_h5.h5", "filtered_gene_bc_matrices/*"),
    *("filtered_peak_bc_matrix.h5", "filtered_peak_bc_matrix"),
    *("sample_filtered_feature_bc_matrix.h5", "sample_filtered_feature_bc_matrix"),
    *("*_filtered_feature_bc_matrix.h5", "*_filtered_gene_bc_matrices_h5.h5"),
    *("*_filtered_peak_bc_matrix.h5",),
)
_RAW = ("raw_feature_bc_matrix.h5", "raw_feature_bc_matrix")

_PLACES = tuple(
    f"{above}{place}" for place in (*PLACES, *_RAW) for above in ("", "outs/", "count/")
)


def _is_this(sight: Sight) -> bool:
    """True for a folder in which counts lie, and that is none of a matrix itself."""
    return lies_in(*_PLACES)(sight) and not has_matrix("*matrix.mtx*")(sight)


LAYOUT = Layout(
    name="run of Cell Ranger or Space Ranger",
    files="`outs`, `filtered_feature_bc_matrix.h5` in it",
    makers="Cell Ranger, Cell Ranger ATAC and ARC, Space Ranger",
    source="own runs, 10x Genomics datasets",
    outcome="read",
    words="filtered counts, with positions from `spatial`; spots outside of the tissue left out",
    is_this=_is_this,
    places=_PLACES,
    order=30,
)
