"""Matrices of salmon alevin, packed in a way of its own."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout, lies_in

LAYOUT = Layout(
    name="alevin",
    files="`alevin/quants_mat.gz`",
    makers="salmon alevin",
    source="own runs",
    outcome="refused",
    words="a packing of its own, which `tximport` reads",
    is_this=lambda sight: (
        sight.name == "quants_mat.gz"
        or (sight.is_folder and sight.has("quants_mat.gz"))
        or lies_in("alevin/quants_mat.gz")(sight)
    ),
    order=41,
    found="the packed matrix of salmon alevin (quants_mat.gz)",
    hint="In R: `txi <- tximport::tximport('quants_mat.gz', type = 'alevin')`, then "
    "`DropletUtils::write10xCounts('counts', txi$counts)`.",
)
