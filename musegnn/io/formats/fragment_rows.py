"""How fragments of scATAC-seq look in a text file, and how they are told from a table of counts."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import NamedTuple

from musegnn.border.text import COUNTS, open_binary
from musegnn.errors import DataFileError

ROLE = "fragments of scATAC-seq"
_MOST_COMMENTS = 100_000  # 10x writes one for each contig
_ROWS = 100  # that are looked at
_LONGEST = 10_000  # bytes of a row that is looked at


class Opening(NamedTuple):
    """First lines of a file: fields of a row, 0 when they are no fragments; names above them."""

    width: int
    has_header: bool


def is_fragment(fields: list[str], width: int) -> bool:
    """True for chromosome, start, end, barcode, from a `width` of 5 a number of reads, a strand."""
    if len(fields) != width or not fields[0] or not fields[3]:
        return False
    numbers = [*fields[1:3], *fields[4:5]]
    if not all(text.isascii() and text.isdigit() and len(text) < 13 for text in numbers):
        return False
    is_stranded = width < 6 or fields[5] in {"+", "-", "."}
    return is_stranded and int(fields[1]) <= int(fields[2])


def read_opening(path: Path) -> Opening:
    """Read the first lines of a text file.

    Of the rows that are looked at, the first and half of all must be fragments, and no barcode may
    be a number: a table of counts that can be read has numbers there.

    Raises
    ------
    DataFileError
        If the file cannot be read.
    """
    with open_binary(path, role="a table of counts", bounds=COUNTS, legacy=True) as stream:
        lines = (stream.readline(_LONGEST) for _ in range(_MOST_COMMENTS))
        line = next((line for line in lines if not line.startswith(b"#")), b"")
        has_header = _is_header(line)
        if has_header:
            line = next(lines, b"")
        texts = [line, *islice(iter(lambda: stream.readline(_LONGEST), b""), _ROWS - 1)]
    rows = [text.decode("utf-8", errors="replace").rstrip("\r\n").split("\t") for text in texts]
    rows = [row for row in rows if row != [""]]
    width = len(rows[0]) if rows else 0
    if width not in {4, 5, 6} or any(_is_number(row[3]) for row in rows if len(row) > 3):
        return Opening(0, has_header)
    n_good = sum(is_fragment(row, width) for row in rows)
    # a broken row among good ones is for the reader to name, by its number
    is_found = is_fragment(rows[0], width) and n_good >= len(rows) / 2
    return Opening(width if is_found else 0, has_header)


def _is_header(line: bytes) -> bool:
    """True for a line that names the columns of fragments."""
    words = [word.strip().lower() for word in line.split(b"\t")]
    return len(words) >= 4 and words[0].startswith(b"chr") and words[1:3] == [b"start", b"end"]


def is_fragments_file(path: Path) -> bool:
    """True when a text file holds fragments; False for folders and what is not there.

    Raises
    ------
    DataFileError
        If the file cannot be read.
    """
    return Path(path).is_file() and read_opening(path).width > 0


def refuse_fragments(path: Path) -> None:
    """Raise `DataFileError` when a file holds fragments and not counts."""
    if is_fragments_file(path):
        msg = f"Expected counts of genes or peaks, found {ROLE} in {path.name}."
        hint = "`musegnn graph FILE --modality scatac --annotation GENES.gtf`."
        raise DataFileError(msg, f"Give gene bodies as well: {hint}")


def _is_number(text: str) -> bool:
    """True for what a table of counts may hold."""
    try:
        float(text)
    except ValueError:
        return False
    return True
