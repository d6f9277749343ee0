"""Sequencing reads, which are no counts yet."""

from __future__ import annotations

from musegnn.io.formats.layout import Layout

_READS = (".fastq", ".fastq.gz", ".fq.gz", ".bam", ".cram")

LAYOUT = Layout(
    name="reads",
    files="`.fastq.gz`, `.bam`",
    makers="sequencers, aligners",
    source="SRA, own runs",
    outcome="refused",
    words="counts are made of them by Cell Ranger, STARsolo or alevin-fry",
    is_this=lambda sight: sight.name.endswith(_READS) or sight.start.startswith(b"BAM\1"),
    endings=_READS,
    order=10,
    found="sequencing reads",
    hint="Count them first (Cell Ranger, STARsolo, kallisto, alevin-fry), then give the counts.",
)
