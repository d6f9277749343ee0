"""Gene bodies with their promoters: which regions of a chromosome count for which gene."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NoReturn

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.io.gene_annotation import GeneAnnotation

UPSTREAM: Final = 2000  # bases before the start of transcription: the promoter, as in Signac


@dataclass(frozen=True)
class GeneBodies:
    """Bodies of genes, extended upstream.

    Parameters
    ----------
    table
        Columns `chrom`, `start`, `end` (bases from 0, end not included) and `gene`, the number of
        the gene; a gene may have several bodies.
    genes, gene_ids
        Names in the order of the annotation, each once, and their identifiers ("" where unknown).
    source
        File of the annotation.
    """

    table: pd.DataFrame
    genes: list[str]
    gene_ids: list[str]
    source: str

    def match_chromosomes(self, names: Iterable[str]) -> dict[str, str]:
        """Return the name that the annotation gives to each chromosome; unknown ones are absent.

        `chr` may stand on one side only, and the mitochondrion may be M or MT.
        """
        known = list(dict.fromkeys(self.table["chrom"]))
        by_plain = {_without_chr(name): name for name in reversed(known)}
        by_plain.update({name: name for name in known})
        found = {name: by_plain.get(name, by_plain.get(_without_chr(name))) for name in names}
        return {name: other for name, other in found.items() if other is not None}

    def find_hits(self, regions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs of region and gene that overlap by one base or more, each pair once.

        Parameters
        ----------
        regions
            `chrom` as in the annotation, `start`, `end`.

        Returns
        -------
        Rows of `regions` and numbers of genes, both `(H,)`, ascending.
        """
        import bioframe  # noqa: PLC0415 - loads matplotlib, which a start of the pages can spare

        found = bioframe.overlap(
            regions,
            self.table[["chrom", "start", "end"]],
            how="inner",
            return_input=False,
            return_index=True,
            suffixes=("_r", "_g"),
        )
        rows = found["index_r"].to_numpy(dtype=np.int64)
        targets = self.table["gene"].to_numpy()[found["index_g"].to_numpy(dtype=np.int64)]
        pairs = np.unique(rows * len(self.genes) + targets)
        return pairs // len(self.genes), pairs % len(self.genes)


def extend_bodies(annotation: GeneAnnotation, upstream: int) -> GeneBodies:
    """Add the bases before each gene to its body.

    Parameters
    ----------
    annotation
        Bodies of genes.
    upstream
        Bases added before a gene: below the start on the plus strand, above the end on the minus
        strand, none where the strand is unknown.

    Raises
    ------
    InputError
        If `upstream` is negative.
    """
    if upstream < 0:
        msg = f"Expected `upstream` to be 0 or more, found {upstream}."
        raise InputError(msg, "Give a number of bases, such as 2000.")
    bodies = annotation.table.reset_index(drop=True)
    codes, genes = pd.factorize(bodies["name"])
    before = np.where(bodies["strand"] == "+", upstream, 0)
    after = np.where(bodies["strand"] == "-", upstream, 0)
    table = pd.DataFrame(
        {
            "chrom": bodies["chrom"],
            "start": np.maximum(bodies["start"] - before, 0),
            "end": bodies["end"] + after,
            "gene": codes.astype(np.int64),
        }
    )
    first = bodies.drop_duplicates("name")["gene_id"]
    return GeneBodies(table, list(genes), list(first), annotation.source)


def note_renamed(matched: dict[str, str], kind: str) -> list[str]:
    """Say that chromosomes carry other names in the annotation, when some do."""
    for name, other in matched.items():
        if name != other:
            return [
                "gene activity: names of chromosomes were compared without `chr` "
                f"({kind} have {name}, genes {other})"
            ]
    return []


def raise_no_hit(bodies: GeneBodies, kind: str, number: int, example: str) -> NoReturn:
    """Raise for peaks or fragments of which none lies in a gene."""
    msg = (
        f"Expected {kind} that overlap genes of {bodies.source}, found none of {number:,} "
        f"({kind[:-1]} {example}, gene on {bodies.table['chrom'].iloc[0]})."
    )
    raise InputError(msg, f"Use the annotation of the genome that the {kind} come from.")


def _without_chr(name: str) -> str:
    """Take `chr` off; the mitochondrion is MT."""
    plain = name[3:] if name[:3].lower() == "chr" else name
    return "MT" if plain == "M" else plain
