"""Objects of R, which may run code where they are read."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

_OBJECTS = (".rds", ".rdata", ".rda", ".qs")

LAYOUT = Layout(
    name="R object",
    files="`.rds`, `.RData`, `.rda`",
    makers="R: Seurat, SingleCellExperiment, DropEst, Matrix",
    source="GEO, Single Cell Portal, analyses in R",
    outcome="refused",
    words="such a file may run code where it is read; two lines of R write a folder of counts",
    is_this=lambda sight: (
        sight.start[:5] in {b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n"}
        or sight.start[:2] in {b"X\n", b"A\n"}
        or sight.name.endswith(_OBJECTS)
    ),
    endings=_OBJECTS,
    order=10,
    found="an object of R",
    hint="In R: `m <- GetAssayData(readRDS('FILE.rds'), layer = 'counts')` (of a "
    "SingleCellExperiment `counts(...)`, of DropEst `...$cm`), then "
    "`DropletUtils::write10xCounts('FOLDER', m)`; give that folder.",
)
