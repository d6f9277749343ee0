"""Tables of one sample, which have no cells to compare."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout
from musegnn.io.formats.sight import Sight

_HEADERS = (
    {"transcript_id(s)", "expected_count"},  # RSEM
    {"effectivelength", "numreads"},  # salmon
    {"est_counts", "eff_length"},  # kallisto
    {"gene id", "fpkm", "coverage"},  # StringTie
)


def _is_this(sight: Sight) -> bool:
    """True for headers of programs that count one sample, and for the first row of STAR."""
    fields = {field.lower() for field in sight.header}
    is_star = len(sight.header) == 4 and sight.header[0] == "N_unmapped"
    return is_star or any(known <= fields for known in _HEADERS)


LAYOUT = Layout(
    name="table of one sample",
    files="`*ReadsPerGene.out.tab`, `quant.sf`, `*.genes.results`, `abundance.tsv`",
    makers="STAR, salmon, RSEM, kallisto, StringTie",
    source="own runs, GEO",
    outcome="refused",
    words="its columns are lengths or strands of one sample; samples are joined to one table first",
    is_this=_is_this,
    order=30,
    found="the table of one sample",
    hint="Join the counts of many cells or samples to one table, for example with tximport, and "
    "give that.",
)
