"""Folders of runs of STARsolo."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, lies_in

LAYOUT = Layout(
    name="run of STARsolo",
    files="`Solo.out`",
    makers="STARsolo",
    source="own runs",
    outcome="read",
    words="`Gene/filtered`, else `GeneFull/filtered`, else the raw ones",
    is_this=lies_in(
        "*Solo.out/Gene*/*",
        "Gene/*/matrix.mtx*",
        "GeneFull*/*/matrix.mtx*",
        "filtered/*.mtx*",
        "raw/*.mtx*",
    ),
    places=(
        *("*Solo.out/Gene/filtered", "Gene/filtered", "*Solo.out/GeneFull/filtered"),
        *("GeneFull/filtered", "*Solo.out/Gene/raw", "Gene/raw", "*Solo.out/GeneFull/raw"),
        *("GeneFull/raw", "GeneFull*/filtered", "GeneFull*/raw", "filtered", "raw"),
    ),
    order=25,
)
