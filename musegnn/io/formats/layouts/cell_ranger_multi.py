"""Folders of runs of Cell Ranger multi, a folder a sample."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, lies_in

LAYOUT = Layout(
    name="run of Cell Ranger multi",
    files="`per_sample_outs`",
    makers="Cell Ranger multi (Flex, hashing)",
    source="own runs, 10x Genomics datasets",
    outcome="asked",
    words="of several samples one (`--assay SAMPLE`)",
    is_this=lies_in("per_sample_outs/*", "outs/per_sample_outs/*"),
    places=tuple(
        f"{above}per_sample_outs/*/{inner}sample_filtered_feature_bc_matrix{end}"
        for end in (".h5", "")
        for above in ("", "outs/")
        for inner in ("count/", "")
    ),
    takes=("assay",),
    order=20,
)
