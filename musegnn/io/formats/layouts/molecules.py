"""Tables of single molecules, which are no counts of cells."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout
from musegnn.io.formats.sight import Sight

_GENES = {"gene", "target", "feature_name", "geneid", "genename"}
_PLACES = {"x", "global_x", "x_location", "x_global_px"}


def _is_this(sight: Sight) -> bool:
    """True for a short header that names a gene and a place."""
    fields = {field.lower() for field in sight.header}
    return len(sight.header) <= 25 and bool(fields & _GENES) and bool(fields & _PLACES)


LAYOUT = Layout(
    name="table of molecules",
    files="`detected_transcripts.csv`, `*tx_file.csv`, `transcripts.csv`",
    makers="MERSCOPE, CosMx, Xenium, Baysor",
    source="tissue sections",
    outcome="refused",
    words="a row is a molecule; the table of cells lies beside it",
    is_this=_is_this,
    order=45,
    found="a table of single molecules",
    hint="Give the counts of cells, such as cell_by_gene.csv, exprMat_file.csv or "
    "cell_feature_matrix.h5.",
)
