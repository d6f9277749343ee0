"""Gene activity from scATAC-seq: counts of the peaks in and before the body of each gene."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.errors import InputError
from musegnn.io.expression import Expression
from musegnn.io.gene_annotation import GeneAnnotation
from musegnn.io.gene_bodies import UPSTREAM, extend_bodies, note_renamed, raise_no_hit
from musegnn.io.gene_style import REGION, base
from musegnn.validation import format_list


def gene_activity(
    peaks: Expression, annotation: GeneAnnotation, *, upstream: int = UPSTREAM
) -> Expression:
    """Sum the counts of all peaks that overlap a gene body extended upstream.

    Parameters
    ----------
    peaks
        Counts `(C, P)` whose names are regions: `chr1:100-200`, `chr1-100-200` or `chr1_100_200`,
        bases from 0, end not included, as in BED.
    annotation
        Bodies of genes; names of chromosomes may carry `chr` on one side only.
    upstream
        Bases added before a gene, see `musegnn.io.gene_bodies.extend_bodies`.

    Returns
    -------
    Counts `(C, G)` of the genes with at least one peak, in the order of the annotation. A peak
    counts for each gene that it overlaps, once even when a name has several bodies. Cells,
    coordinates and origin are those of `peaks`; `notes` tells what was left out.

    Raises
    ------
    InputError
        If a name is no region, `upstream` is negative, or no peak overlaps a gene.
    """
    bodies = extend_bodies(annotation, upstream)
    regions = parse_regions(peaks.genes)
    matched = bodies.match_chromosomes(regions["chrom"].unique())
    notes = note_renamed(matched, "peaks")
    is_known = regions["chrom"].isin(set(matched))
    if not is_known.all():
        lost = list(regions["chrom"][~is_known].unique())
        notes.append(
            f"gene activity: {(~is_known).sum()} of {len(regions)} peaks lie on chromosomes that "
            f"{annotation.source} lacks ({format_list(lost, limit=3)})"
        )
    regions["chrom"] = regions["chrom"].replace(matched)
    rows, genes = bodies.find_hits(regions)
    if not len(rows):
        raise_no_hit(bodies, "peaks", len(regions), peaks.genes[0])
    kept, places = np.unique(genes, return_inverse=True)
    indicator = sparse.csr_matrix(
        (np.ones(len(rows), dtype=np.float32), (rows, places)), shape=(len(regions), len(kept))
    )
    notes += [
        f"gene activity: {len(np.unique(rows))} of {len(regions)} peaks lie in a gene or up to "
        f"{upstream} bases before it",
        f"gene activity: {len(kept)} of {len(bodies.genes)} genes have a peak, the others are left "
        "out",
    ]
    return replace(
        peaks,
        counts=(peaks.counts @ indicator).tocsr(),
        genes=[bodies.genes[i] for i in kept],
        gene_ids=[bodies.gene_ids[i] for i in kept],
        notes=(*peaks.notes, *notes),
    )


def parse_regions(names: list[str]) -> pd.DataFrame:
    """Take names of peaks apart into `chrom`, `start` and `end`.

    Raises
    ------
    InputError
        If a name is no region.
    """
    matches = [REGION.match(name) for name in names]
    bad = [name for name, match in zip(names, matches, strict=True) if not _is_region(match)]
    if bad:
        msg = (
            f"Expected peaks named by regions such as chr1:100-200, found {len(bad)} of "
            f"{len(names)} others ({format_list(bad, limit=3)})."
        )
        raise InputError(msg, "Give the matrix of peaks, or rename them.")
    parts = [
        (match["chromosome"], base(match["start"]), base(match["end"]))
        for match in matches
        if match
    ]
    table = pd.DataFrame(parts, columns=["chrom", "start", "end"])
    return table.astype({"start": np.int64, "end": np.int64})


def _is_region(match: object) -> bool:
    """True when a name was matched and its end lies behind its start."""
    if match is None:
        return False
    start, end = match["start"], match["end"]  # type: ignore[index]
    return len(end) < 16 and base(start) < base(end)
