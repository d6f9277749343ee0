"""AnnData and SpatialData in folders of zarr."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout
from musegnn.io.formats.sight import Sight


def _is_this(sight: Sight) -> bool:
    """True for a folder with the marks of zarr, or an archive of one."""
    return (
        sight.has(".z*") or sight.has("zarr.json")
        if sight.is_folder
        else sight.name.endswith(".zarr.zip")
    )


LAYOUT = Layout(
    name="AnnData or SpatialData (.zarr)",
    files="`.zarr` folder, `.zarr.zip`",
    makers="anndata, SpatialData, in zarr 2 and 3",
    source="shared analyses, tissue sections",
    outcome="read",
    words="as `.h5ad`; of several tables one is asked for (`--assay NAME`); positions from the "
    "table, else the centres of the points or polygons that its rows stand for",
    is_this=_is_this,
    reader="musegnn.io.formats.zarr:read_zarr",
    offers="musegnn.io.formats.zarr:offered_zarr",
    takes=("assay", "genes_in", "genome", "features", "symbols", "batch"),
    endings=(".zarr", ".zarr.zip"),
    order=20,
)
