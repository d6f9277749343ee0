"""10x matrices in HDF5, version 2: a group a genome."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout
from musegnn.io.formats.sight import Sight


def _is_this(sight: Sight) -> bool:
    """True for a group a genome with the parts of a matrix."""
    groups = {key for key in sight.keys if "/" not in key}
    return any(f"{key}/barcodes" in sight.keys and f"{key}/indptr" in sight.keys for key in groups)


LAYOUT = Layout(
    name="10x matrix of version 2 (.h5)",
    files="`filtered_gene_bc_matrices_h5.h5`",
    makers="Cell Ranger 1 and 2, CellBender 0.1 and 0.2",
    source="older datasets, GEO",
    outcome="read",
    words="of two genomes one is asked for",
    is_this=_is_this,
    reader="musegnn.io.formats.tenx_h5:read_tenx_h5",
    offers="musegnn.io.formats.tenx_h5:offered_tenx_h5",
    takes=("genome", "symbols"),
    endings=(".h5",),
    order=60,
)
