"""Where genes lie on the chromosomes: GTF and BED files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from musegnn.border.text import read_rows
from musegnn.errors import DataFileError

ROLE = "a gene annotation (GTF or BED)"
SUFFIXES: Final = (".gtf", ".gtf.gz", ".bed", ".bed.gz")
_ATTRIBUTE = re.compile(r'(gene_id|gene_name)\s+"([^"]*)"')
_STRANDS = frozenset("+-.")


class _Gene(NamedTuple):
    """One row of an annotation; start and end count from 0, the end is not included."""

    chrom: str
    start: int
    end: int
    name: str
    gene_id: str
    strand: str


@dataclass(frozen=True)
class GeneAnnotation:
    """Bodies of genes.

    Parameters
    ----------
    table
        Columns `chrom`, `start`, `end` (bases from 0, end not included), `name`, `gene_id` (""
        where unknown) and `strand` ("+", "-", "." where unknown); one row for each body.
    source
        File it was read from.
    """

    table: pd.DataFrame
    source: str


def read_gene_annotation(path: Path) -> GeneAnnotation:
    """Read the bodies of genes.

    Parameters
    ----------
    path
        `.gtf` (rows with the feature `gene`, named by `gene_name`, else `gene_id`) or `.bed` with 6
        columns (chromosome, start, end, name, score, strand), compressed or not.

    Raises
    ------
    DataFileError
        If the file cannot be read, has another suffix, a row is broken, or it holds no gene.
    """
    path = Path(path)
    if not path.name.lower().endswith(SUFFIXES):
        msg = f"Expected {ROLE} with one of the suffixes {', '.join(SUFFIXES)}, found {path}."
        raise DataFileError(msg, "Use the annotation that the peaks were called with.")
    parse = _parse_gtf if ".gtf" in path.name.lower()[-7:] else _parse_bed
    with read_rows(path, delimiter="\t", role=ROLE) as rows:
        genes = list(parse(rows, path))
    if not genes:
        msg = f"Expected genes in {path}, found none."
        raise DataFileError(msg, "Use a GTF with rows of the feature `gene`, or a BED of genes.")
    return GeneAnnotation(pd.DataFrame(genes, columns=list(_Gene._fields)), path.name)


def _parse_gtf(rows: Iterator[list[str]], path: Path) -> Iterator[_Gene]:
    """Yield the genes of a GTF, whose bases count from 1 and include the end."""
    for number, row in enumerate(rows, start=1):
        if row[0].startswith("#"):
            continue
        if len(row) != 9:
            _raise_broken(f"9 columns, found {len(row)}", number, path)
        if row[2] != "gene":
            continue
        attributes = dict(_ATTRIBUTE.findall(row[8]))
        gene_id = attributes.get("gene_id", "")
        name = attributes.get("gene_name") or gene_id
        yield _make_gene((row[0], row[3], row[4]), name, gene_id, row[6], (number, path), first=1)


def _parse_bed(rows: Iterator[list[str]], path: Path) -> Iterator[_Gene]:
    """Yield the genes of a BED, whose bases count from 0 without the end."""
    for number, row in enumerate(rows, start=1):
        if row[0].startswith(("#", "track", "browser")):
            continue
        if len(row) < 6:
            _raise_broken(f"6 columns or more, found {len(row)}", number, path)
        yield _make_gene((row[0], row[1], row[2]), row[3], "", row[5], (number, path), first=0)


def _make_gene(
    place: tuple[str, str, str],
    name: str,
    gene_id: str,
    strand: str,
    where: tuple[int, Path],
    *,
    first: int,
) -> _Gene:
    """Check the parts of a row; `first` is the number that the file gives to the first base."""
    chrom, low, high = place
    number, path = where
    if not all(text.isascii() and text.isdigit() and len(text) < 20 for text in (low, high)):
        _raise_broken(f"numbers for start and end, found {low[:20]!r}, {high[:20]!r}", number, path)
    start, end = int(low) - first, int(high)
    if not 0 <= start < end < 2**40:
        _raise_broken(f"a start below the end, found {low} and {high}", number, path)
    if strand not in _STRANDS or not name or not chrom:
        _raise_broken(f"a name and a strand, found {name!r} and {strand[:20]!r}", number, path)
    return _Gene(chrom, start, end, name, gene_id, strand)


def _raise_broken(what: str, number: int, path: Path) -> None:
    """Raise for a row that is not as the format wants it."""
    msg = f"Expected {what} in row {number} of {path}."
    raise DataFileError(msg, "Download the annotation again, or save it tab-separated.")
