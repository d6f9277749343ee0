"""Cells of Visium HD, as Space Ranger outlines them."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, lies_in

_CELLS = "segmented_outputs/filtered_feature_cell_matrix"
_PLACES = tuple(
    f"{above}filtered_feature_cell_matrix{end}"
    for above in ("segmented_outputs/", "outs/segmented_outputs/", "")
    for end in (".h5", "")
)

LAYOUT = Layout(
    name="cells of Visium HD",
    files="`segmented_outputs`: `filtered_feature_cell_matrix.h5`, `cell_segmentations.geojson`",
    makers="Space Ranger 4 and later",
    source="own runs, 10x Genomics datasets",
    outcome="read",
    words="cells with the centres of their outlines; of a run that has bins too, its folder "
    "`segmented_outputs` is given",
    is_this=lies_in(f"{_CELLS}*", f"outs/{_CELLS}*", "filtered_feature_cell_matrix*"),
    places=_PLACES,
    order=22,
)
