"""Gene activity from scATAC-seq: counts of the peaks in and before the body of each gene."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.errors import InputError
from musegnn.io.expression import Expression
from musegnn.io.gene_annotation import GeneAnnotation
from musegnn.io.gene_style import REGION
from musegnn.validation import format_list

UPSTREAM = 2000  # bases before the start of transcription: the promoter, as in Signac


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
        Bases added before a gene: below the start on the plus strand, above the end on the minus
        strand, none where the strand is unknown.

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
    if upstream < 0:
        msg = f"Expected `upstream` to be 0 or more, found {upstream}."
        raise InputError(msg, "Give a number of bases, such as 2000.")
    regions = parse_regions(peaks.genes)
    bodies = _extend(annotation.table, upstream)
    regions["chrom"], bodies["chrom"], notes = _reconcile(regions["chrom"], bodies["chrom"])
    is_known = regions["chrom"].isin(set(bodies["chrom"])).to_numpy()
    if not is_known.all():
        lost = Counter(regions["chrom"][~is_known])
        notes.append(
            f"gene activity: {sum(lost.values())} of {len(regions)} peaks lie on chromosomes that "
            f"{annotation.source} lacks ({format_list(list(lost), limit=3)})"
        )
    rows, columns = _overlap(regions, bodies)
    if not len(rows):
        msg = (
            f"Expected peaks that overlap genes of {annotation.source}, found none of "
            f"{len(regions)} (peak {peaks.genes[0]}, gene on {annotation.table['chrom'].iloc[0]})."
        )
        raise InputError(msg, "Use the annotation of the genome the peaks were called on.")
    names, targets = _number_names(bodies["name"])
    pairs = np.unique(np.column_stack([rows, targets[columns]]), axis=0)
    kept, places = np.unique(pairs[:, 1], return_inverse=True)
    indicator = sparse.csr_matrix(
        (np.ones(len(pairs), dtype=np.float32), (pairs[:, 0], places)),
        shape=(len(regions), len(kept)),
    )
    ids = dict(zip(reversed(list(bodies["name"])), reversed(list(bodies["gene_id"])), strict=True))
    genes = [names[i] for i in kept]
    notes += [
        f"gene activity: {len(np.unique(rows))} of {len(regions)} peaks lie in a gene or up to "
        f"{upstream} bases before it",
        f"gene activity: {len(genes)} of {len(names)} genes have a peak, the others are left out",
    ]
    return replace(
        peaks,
        counts=(peaks.counts @ indicator).tocsr(),
        genes=genes,
        gene_ids=[ids[name] for name in genes],
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
    parts = [match.groups() for match in matches if match]
    table = pd.DataFrame(parts, columns=["chrom", "start", "end"])
    return table.astype({"start": np.int64, "end": np.int64})


def _is_region(match: object) -> bool:
    """True when a name was matched and its end lies behind its start."""
    if match is None:
        return False
    start, end = match["start"], match["end"]  # type: ignore[index]
    return len(end) < 13 and int(start) < int(end)


def _extend(table: pd.DataFrame, upstream: int) -> pd.DataFrame:
    """Return the bodies with the bases before each gene."""
    bodies = table.reset_index(drop=True).copy()
    before = np.where(bodies["strand"] == "+", upstream, 0)
    after = np.where(bodies["strand"] == "-", upstream, 0)
    bodies["start"] = np.maximum(bodies["start"] - before, 0)
    bodies["end"] += after
    return bodies


def _reconcile(peaks: pd.Series, genes: pd.Series) -> tuple[pd.Series, pd.Series, list[str]]:
    """Return names of chromosomes that fit together, and a note when `chr` was taken off."""
    plain_peaks, plain_genes = _without_chr(peaks), _without_chr(genes)
    as_they_are = peaks.isin(set(genes)).sum()
    without = plain_peaks.isin(set(plain_genes)).sum()
    if without <= as_they_are:
        return peaks, genes, []
    note = (
        "gene activity: names of chromosomes were compared without `chr` "
        f"(peaks have {peaks.iloc[0]}, genes {genes.iloc[0]})"
    )
    return plain_peaks, plain_genes, [note]


def _without_chr(names: pd.Series) -> pd.Series:
    """Take `chr` off; the mitochondrion is MT."""
    return names.str.replace(r"^chr", "", case=False, regex=True).replace({"M": "MT"})


def _overlap(regions: pd.DataFrame, bodies: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs of rows of both tables that overlap by one base or more."""
    import bioframe  # noqa: PLC0415 - loads matplotlib, which a start of the pages can spare

    found = bioframe.overlap(
        regions, bodies, how="inner", return_input=False, return_index=True, suffixes=("_p", "_g")
    )
    return tuple(found[name].to_numpy(dtype=np.int64) for name in ("index_p", "index_g"))


def _number_names(names: pd.Series) -> tuple[list[str], np.ndarray]:
    """Return the names once, in their order, and the number of each row's name."""
    codes, unique = pd.factorize(names)
    return list(unique), codes
