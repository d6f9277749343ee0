"""Gene-set libraries in GMT format, from publishers and from users."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import IO

from musegnn.border.text import TextBounds, open_binary
from musegnn.errors import DataFileError
from musegnn.io.gene_style import HUMAN_STYLE, MOUSE_STYLE

LONGEST_LINE = 2_000_000  # bytes: a set of all genes has about 400,000
LONGEST_NAME = 1_000  # characters of a term; the longest public one has about 200
LARGEST_LIBRARY = 400_000_000  # bytes, unpacked
MOST_LINES = 500_000  # the largest public library has about 40,000
BOUNDS = TextBounds(
    most_bytes=LARGEST_LIBRARY, most_growth=30, slack=16 << 20, longest_line=LONGEST_LINE
)

_ROLE = "a gene-set library in GMT format"
_MOST_FIELDS = 5_000_000  # of a table that is turned in memory
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FORMULA = ("=", "+", "-", "@")  # a spreadsheet runs a cell that opens with one of these
GENE = re.compile(r"[A-Za-z0-9][^\s;|\"<>]{0,99}")
_GENES = re.compile(rf"(?:{GENE.pattern}(?:\t(?=.)|$))*")


def read_gmt(path: Path) -> dict[str, frozenset[str]]:
    """Read every term of a library, of whatever size.

    Parameters
    ----------
    path
        `.gmt` or `.gmt.gz`: term, description, then genes between tabs or commas; a weight behind a
        comma is ignored. `.gmx`, packed or not: the same with a column for each term. Lines of one
        term are joined; terms without genes are left out.

    Returns
    -------
    Term -> gene symbols as they stand in the file, in the order of the file.

    Raises
    ------
    DataFileError
        If the file is missing, no text, too large, has genes where the descriptions should be, or
        holds a line that is no gene set.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"Expected a gene-set library at {path}, found no file."
        raise DataFileError(msg, "Set MUSEGNN_KNOWLEDGE to the folder that holds it.")
    members: dict[str, set[str]] = {}
    described: list[tuple[str, str]] = []  # term and description of each line
    with open_binary(path, role=_ROLE, bounds=BOUNDS) as stream:
        lines = _lines(stream, path)
        if path.name.lower().removesuffix(".gz").endswith(".gmx"):
            lines = _turned(lines, path)
        for number, line in lines:
            term, *rest = line.split("\t")
            if not rest:
                _raise_no_set(path, number, f"no tab in {term[:40]!r}")
            _check_term(term, path, number)
            genes = _genes_of(line, rest[1:])
            # one look at the whole line is many times faster than one at each gene
            if not _GENES.fullmatch("\t".join(genes)):
                wrong = next(gene for gene in sorted(genes) if not GENE.fullmatch(gene))
                _raise_no_set(path, number, f"{wrong[:40]!r} where a gene should stand")
            if genes:
                members.setdefault(term, set()).update(genes)
                described.append((term, rest[0].strip()))
    if not members:
        msg = f"Expected {_ROLE}, found no term with genes in {path}."
        raise DataFileError(msg, "Each line is: term, tab, description, tab, genes between tabs.")
    _check_descriptions(described, members, path)
    return {term: frozenset(genes) for term, genes in members.items()}


def bounded(
    terms: Mapping[str, frozenset[str]], *, minimum_size: int = 10, maximum_size: int = 300
) -> dict[str, frozenset[str]]:
    """Return the terms of a useful size: tiny ones say nothing, huge ones are vague.

    Parameters
    ----------
    terms
        Term -> genes.
    minimum_size, maximum_size
        Terms with fewer or more genes are left out.
    """
    return {
        term: genes for term, genes in terms.items() if minimum_size <= len(genes) <= maximum_size
    }


def _lines(stream: IO[bytes], path: Path) -> Iterator[tuple[int, str]]:
    """Yield numbered lines that are not blank; refuse what no library holds."""
    number, size = 0, 0
    while line := stream.readline(LONGEST_LINE + 1):
        number, size = number + 1, size + len(line)
        if len(line) > LONGEST_LINE:
            _raise_no_set(path, number, f"more than {LONGEST_LINE:,} bytes without an end")
        if size > LARGEST_LIBRARY or number > MOST_LINES:
            most = f"{LARGEST_LIBRARY:,} bytes and {MOST_LINES:,} lines"
            msg = f"Expected {_ROLE} of at most {most}, found more in {path}."
            raise DataFileError(msg, "Split it, or take the terms that you need.")
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        if CONTROL.search(text):
            _raise_no_set(path, number, "bytes that are no text")
        if text.strip():
            yield number, text


def _turned(lines: Iterator[tuple[int, str]], path: Path) -> Iterator[tuple[int, str]]:
    """Turn columns of a GMX file into lines; their number is that of the column."""
    rows, size = [], 0
    for _, line in lines:
        rows.append(line.split("\t"))
        size += len(rows[-1])
        if size > _MOST_FIELDS:
            msg = f"Expected {_ROLE} of at most {_MOST_FIELDS:,} fields, found more in {path}."
            raise DataFileError(msg, "Save it as .gmt, a term a line.")
    width = len(rows[0]) if rows else 0
    longest = max(map(len, rows), default=0)
    if longest > width:
        _raise_no_set(path, 1, f"{width} names of terms for {longest} columns")
    for number, column in enumerate(zip_longest(*rows, fillvalue=""), start=1):
        yield number, "\t".join(column).rstrip("\t")


def _genes_of(line: str, fields: list[str]) -> set[str]:
    """Genes of a line, without weights and blanks; commas may stand between genes too."""
    if "," in line or " " in line:
        parts = (field.split(",") for field in fields)
        fields = [
            gene.strip() for part in parts for gene in (part[:1] if _is_weighted(part) else part)
        ]
    return set(fields) - {""}


def _is_weighted(part: list[str]) -> bool:
    """True for a gene and a number."""
    if len(part) != 2:
        return False
    try:
        float(part[1])
    except ValueError:
        return False
    return True


def _check_descriptions(
    described: list[tuple[str, str]], members: Mapping[str, set[str]], path: Path
) -> None:
    """Refuse a library in which genes stand where a description belongs: one a set would be lost.

    A word that stands in the name of its term, such as a transcription factor, describes it.
    """
    words = [word for term, word in described if word.lower() not in term.lower()]
    if len(set(words)) < max(2, len(described) / 2):
        return
    genes = set().union(*members.values())
    found = [word for word in words if word in genes]
    styled = [word for word in words if HUMAN_STYLE.match(word) or MOUSE_STYLE.match(word)]
    if len(found) < len(described) / 2 and len(styled) < 0.9 * len(described):
        return
    msg = (
        f"Expected a description in the second column of {path}, found genes "
        f"({', '.join((found or styled)[:3])})."
    )
    raise DataFileError(msg, "Put a column of descriptions, such as na, behind the names of terms.")


def _check_term(term: str, path: Path, number: int) -> None:
    """Refuse names of terms that cannot be shown or that a spreadsheet would run."""
    if not term.strip():
        _raise_no_set(path, number, "a set without a name")
    if len(term) > LONGEST_NAME:
        _raise_no_set(path, number, f"a name of {len(term):,} characters")
    if term.lstrip().startswith(FORMULA):
        _raise_no_set(path, number, f"a name that a spreadsheet would run: {term[:40]!r}")


def _raise_no_set(path: Path, number: int, found: str) -> None:
    msg = f"Expected {_ROLE}, found {found} in line {number} of {path}."
    raise DataFileError(msg, "Mend or remove that line.")
