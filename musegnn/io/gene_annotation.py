"""Where genes lie on the chromosomes: GTF, GFF3 and BED files, and tables with a header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

import pandas as pd

from musegnn.border.text import read_rows
from musegnn.errors import DataFileError

ROLE = "a gene annotation (GTF, GFF3, BED or a table)"
_KINDS: Final = (".gtf", ".gff3", ".gff", ".bed", ".tsv")
SUFFIXES: Final = tuple(f"{kind}{packed}" for kind in _KINDS for packed in ("", ".gz"))
_ATTRIBUTE = re.compile(r'(gene_id|gene_name)\s+"([^"]*)"')
_GFF3_ATTRIBUTE = re.compile(r"(?:^|;)\s*([A-Za-z_]+)=([^;]*)")
_GFF3_GENES: Final = frozenset({"gene", "ncRNA_gene", "pseudogene"})
_STRANDS = frozenset("+-.")
# what columns of a table are called, in small letters
_TABLE_COLUMNS: Final = {
    "chrom": ("chrom", "chr", "chromosome", "seqnames", "seqname"),
    "start": ("start",),
    "end": ("end", "stop"),
    "name": ("symbol", "gene_name", "name", "gene", "gene_symbol"),
    "gene_id": ("gene_id", "ensembl", "ensembl_id"),
    "strand": ("strand",),
}
_TABLE_NEEDS: Final = ("chrom", "start", "end", "name")


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
        `.gtf` (rows with the feature `gene`, named by `gene_name`, else `gene_id`; where there are
        none a gene reaches over its transcripts or exons), `.gff3` (named by `Name`, else `ID`), or
        `.bed` with chromosome, start, end, name and, from six columns on, strand, or a `.tsv` with
        a header (`chrom`, `start`, `end`, `symbol`, optional `strand` and `gene_id`) whose bases
        count from 1 and include the end, as R writes ranges. They may be compressed.

    Raises
    ------
    DataFileError
        If the file cannot be read, has another suffix, a row is broken, or it holds no gene.
    """
    path = Path(path)
    if not path.name.lower().endswith(SUFFIXES):
        msg = f"Expected {ROLE} with one of the suffixes {', '.join(SUFFIXES)}, found {path}."
        raise DataFileError(msg, "Use the annotation that the peaks were called with.")
    name = path.name.lower().removesuffix(".gz")
    with read_rows(path, delimiter="\t", role=ROLE) as rows:
        if name.endswith(".bed"):
            genes = list(_parse_bed(rows, path))
        elif name.endswith(".tsv"):
            genes = list(_parse_table(rows, path))
        else:
            genes = _parse_gtf(rows, path, is_gff3=not name.endswith(".gtf"))
    if not genes:
        msg = f"Expected genes in {path}, found none."
        raise DataFileError(msg, "Use a GTF with rows of the feature `gene`, or a BED of genes.")
    return GeneAnnotation(pd.DataFrame(genes, columns=list(_Gene._fields)), path.name)


def _parse_gtf(rows: Iterator[list[str]], path: Path, *, is_gff3: bool) -> list[_Gene]:
    """Return the genes of a GTF or GFF3, whose bases count from 1 and include the end."""
    genes: list[_Gene] = []
    parts: dict[tuple[str, str, str], _Gene] = {}  # a gene as far as its transcripts reach
    for number, row in enumerate(rows, start=1):
        if row[0].startswith("#"):
            continue
        if row[0].startswith(">"):  # a GFF3 may end with the sequences
            break
        if len(row) != 9:
            _raise_broken(f"9 columns, found {len(row)}", number, path)
        is_gene = row[2] in _GFF3_GENES if is_gff3 else row[2] == "gene"
        if not is_gene and (is_gff3 or row[2] not in {"transcript", "exon"} or genes):
            continue
        gene_id, name = _name_gene(row[8], is_gff3=is_gff3)
        if not is_gene and not name:  # of no gene
            continue
        place = (row[0], row[3], row[4])
        gene = _make_gene(place, name, gene_id, row[6], (number, path), first=1)
        if is_gene:
            genes.append(gene)
        else:
            key = (gene.chrom, gene.gene_id or gene.name, gene.strand)
            known = parts.get(key, gene)
            start, end = min(known.start, gene.start), max(known.end, gene.end)
            parts[key] = known._replace(start=start, end=end)
    return genes or list(parts.values())


def _name_gene(attributes: str, *, is_gff3: bool) -> tuple[str, str]:
    """Return id and name of the gene that a row belongs to."""
    if is_gff3:
        found = dict(_GFF3_ATTRIBUTE.findall(attributes))
        gene_id = found.get("gene_id") or found.get("ID", "").removeprefix("gene:")
        name = found.get("gene_name") or found.get("Name") or found.get("gene") or gene_id
        return unquote(gene_id), unquote(name)
    found = dict(_ATTRIBUTE.findall(attributes))
    gene_id = found.get("gene_id", "")
    return gene_id, found.get("gene_name") or gene_id


def _parse_bed(rows: Iterator[list[str]], path: Path) -> Iterator[_Gene]:
    """Yield the genes of a BED, whose bases count from 0 without the end."""
    for number, row in enumerate(rows, start=1):
        if row[0].startswith(("#", "track", "browser")):
            continue
        if len(row) < 4:
            _raise_broken(f"4 columns or more, found {len(row)}", number, path)
        strand = row[5] if len(row) > 5 else "."
        yield _make_gene((row[0], row[1], row[2]), row[3], "", strand, (number, path), first=0)


def _parse_table(rows: Iterator[list[str]], path: Path) -> Iterator[_Gene]:
    """Yield the genes of a table with a header; a row without a symbol is no gene by name."""
    header = [cell.strip().lower() for cell in next(rows, [])]
    place = {
        field: header.index(name)
        for field, names in _TABLE_COLUMNS.items()
        for name in [next((name for name in names if name in header), None)]
        if name is not None
    }
    if missing := [field for field in _TABLE_NEEDS if field not in place]:
        _raise_broken(f"columns chrom, start, end and symbol (no {missing[0]})", 1, path)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            _raise_broken(f"{len(header)} columns, found {len(row)}", number, path)
        cells = {field: row[column] for field, column in place.items()}
        if cells["name"] in {"", "NA"}:
            continue
        strand = cells.get("strand", ".").replace("*", ".")
        where = (cells["chrom"], cells["start"], cells["end"])
        gene_id = cells.get("gene_id", "")
        yield _make_gene(where, cells["name"], gene_id, strand, (number, path), first=1)


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
