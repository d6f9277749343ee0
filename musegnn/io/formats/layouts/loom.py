"""Loom files."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

LAYOUT = Layout(
    name="loom",
    files="`.loom`",
    makers="velocyto, SCope, Optimus, loompy",
    source="Human Cell Atlas, RNA velocity",
    outcome="read",
    words="the main matrix, else a layer whose name speaks of counts; any other by `--layer`; "
    "names from whichever attribute holds them",
    is_this=lambda sight: {"row_attrs", "col_attrs"} <= sight.keys,
    reader="musegnn.io.formats.loom:read_loom",
    offers="musegnn.io.formats.loom:offered_loom",
    takes=("genome", "features", "symbols"),
    endings=(".loom",),
)
