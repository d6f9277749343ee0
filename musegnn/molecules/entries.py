"""Where in a text molecules stand: lines, lists, tables with a line of names or none, SDF.

Nothing is brought into one form here; structures are parsed only to tell them from names.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from musegnn.errors import InputError
from musegnn.knowledge.assays import STRUCTURES
from musegnn.molecules.structures import parse

RECORD_END: Final = "$$$$"
_SDF: Final = "M  END"
_NAMES: Final = (
    "name",
    "id",
    "title",
    "compound",
    "molecule",
    "mol_id",
    "compound_name",
    "cid",
    "cas",
)
_SEPARATORS: Final = ("\t", ";", ",", "|")
_LOOKED_AT: Final = 50  # lines that tell how a text is laid out
_WIDEST: Final = 30  # columns of a table without a line of names that are looked at
_MOST_OF_A_LINE: Final = 1000  # structures
MOST_LINES: Final = 300_000  # of molecules and notes, three times what is read at once
_LONGEST_ROW: Final = 10  # lines of a row: a quote without an end takes all that follow
_INCHI: Final = "InChI="
_NO_STRUCTURE: Final = "Expected a structure in this row, found none."
# what word processors write for a space, for a minus, and between letters
_UNSEEN: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_SPACES: Final = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " ")
_MINUS: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-")
_WORDS: Final = re.compile(r"\S[^\n]*")  # what a line says, without blanks before it
_FIELD: Final = re.compile(r"^>[^\n<]*<([^>\n]+)>[^\n]*\n([^\n]*)", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A molecule as it stands in a text.

    Parameters
    ----------
    row
        Its line, or record of an SDF, from 1.
    given
        What should be its structure.
    name
        As given, or "".
    why
        Why it has none, where that is known already.
    """

    row: int
    given: str
    name: str = ""
    why: str = ""


def find_entries(text: str) -> Iterator[Entry]:
    """Yield what may be a molecule, in the order of the text.

    Parameters
    ----------
    text
        SMILES or InChI, one a line with a name behind or before it or not, or several of them with
        commas, semicolons, bars or spaces between; a table, with a line of names or without one; or
        an SDF. Lines that begin with # are notes.

    Raises
    ------
    InputError
        If a table is broken, or a line holds too many structures.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = text.translate(_UNSEEN | _SPACES)
    if is_sdf(text):
        yield from _of_sdf(text)
        return
    rest = _lines_of(text)
    lines = list(islice(rest, _LOOKED_AT))
    if lines and _tells_separator(lines[0][1]):
        del lines[0]
    if not lines:
        return
    top, first = lines[0]
    header = _header_of(first)
    if header is not None:
        yield from _of_table(text, *header, top)
        return
    if _is_line_of_names(first):
        del lines[0]
    columns = _columns_of([line for _, line in lines]) if lines else None
    for row, line in chain(lines, rest):
        found = _of_row(line, *columns) if columns else None
        entries = [found] if found else list(_of_line(line))
        for place, (given, name) in enumerate(entries, start=1):
            several = f"molecule {row}.{place}" if len(entries) > 1 else ""
            yield Entry(row, given, name or several)


def is_sdf(text: str) -> bool:
    """Return whether a text holds records of an SDF, or a molecule of its own of that kind."""
    return _SDF in text or RECORD_END in text


def count_rows(text: str, *, most: int) -> int:
    """Count the rows of a text that may be molecules, without looking at what stands in them.

    Parameters
    ----------
    text
        As for `find_entries`.
    most
        Counting ends one beyond it: of a hundred million lines no more is told than that they are
        too many.

    Raises
    ------
    InputError
        If it has far more lines, blank ones aside, than molecules may be read.
    """
    if is_sdf(text):
        return sum(1 for _ in islice(filter(str.strip, _records_of(text)), most + 1))
    lines = (line for _, line in _lines_of(text.replace("\r\n", "\n").replace("\r", "\n")))
    first = next(lines, "")
    if first and _tells_separator(first):
        first = next(lines, "")
    if not first:
        return 0
    has_header = _header_of(first) is not None or _is_line_of_names(first)
    return sum(1 for _ in islice(lines, most + has_header)) + (not has_header)


def _lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, each with its number from 1, as they are asked for."""
    row, end = 1, 0
    for seen, found in enumerate(_WORDS.finditer(text)):
        if seen >= MOST_LINES:
            raise _endless()
        row += text.count("\n", end, found.start())
        line = text[text.rfind("\n", end, found.start()) + 1 or end : found.end()]
        end = found.end()
        if _says(line):
            yield row, line


def _records_of(text: str) -> list[str]:
    """Records of an SDF."""
    if text.count(RECORD_END) > MOST_LINES:
        raise _endless()
    return text.split(RECORD_END)


def _endless() -> InputError:
    """What is said of a text with more lines than anybody's list has."""
    msg = f"Expected at most {MOST_LINES:,} lines or records, blank ones aside, found more."
    return InputError(msg, "Give the molecules in parts.")


def _tells_separator(line: str) -> bool:
    """Return whether a line is the one by which some spreadsheets tell the separator."""
    return re.fullmatch(r'"?sep=.?"?', line.strip(), re.IGNORECASE) is not None


def _header_of(line: str) -> tuple[str, int, int | None] | None:
    """Return separator, column of structures and of names of a line of names; None for another."""
    for separator in _SEPARATORS:
        cells = _cells(line.lstrip("\ufeff"), separator)
        names = [name.strip().lower() for name in cells]
        column = _place_of_structures(names)
        if len(names) > 1 and column is not None and not any(map(_is_plain, cells)):
            return separator, column, _place_of_names(names)
    return None


def tidy(structure: str) -> str:
    """Return a structure without quotes around it, and with the minus that it should have."""
    structure = structure.strip().strip("\"'").strip()
    return structure if structure.isascii() else structure.translate(_MINUS)


def _says(line: str) -> bool:
    """Return whether a line says something, and is no note."""
    line = line.strip()
    is_note = re.match(r"#(?!\d)", line) is not None  # "#1" is a number
    return bool(line) and not (is_note and (line[1:2].isspace() or _header_of(line) is None))


def _cells(line: str, separator: str) -> list[str]:
    """Cells of a line of a table."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return [line]


def _is(text: str) -> bool:
    """Return whether a text is a structure, if perhaps a small one."""
    return parse(tidy(text)) is not None


def _is_plain(text: str) -> bool:
    """Return whether a text can be nothing but a structure: letters alone may be a name too."""
    return not tidy(text).isalpha() and _is(text)


def _place_of_structures(columns: Sequence[str]) -> int | None:
    """Return which column holds structures, by its name in small letters."""
    exact = next((columns.index(name) for name in STRUCTURES if name in columns), None)
    if exact is not None:
        return exact
    for place, column in enumerate(columns):
        is_inchi = "inchi" in column and "key" not in column and "=" not in column
        if "smiles" in column or is_inchi:
            return place
    return None


def _place_of_names(columns: Sequence[str]) -> int | None:
    """Return which column names molecules: one called so, else one that ends in id or name."""
    exact = next((columns.index(name) for name in _NAMES if name in columns), None)
    if exact is not None:
        return exact
    ends = (re.split(r"[\W_]+", column)[-1] for column in columns)
    return next((place for place, end in enumerate(ends) if end in {"id", "name"}), None)


def _is_line_of_names(line: str) -> bool:
    """Return whether a line says what stands in columns between which there are spaces or none."""
    words = line.strip().strip('"').lower().split()
    return _place_of_structures(words) is not None and not _is(line.split(maxsplit=1)[0])


def _columns_of(lines: Sequence[str]) -> tuple[str, int, int] | None:
    """Return separator, column of structures and of names of a table without a line of names."""
    for separator in _SEPARATORS[:-1]:  # bars hold notes on stereochemistry
        if separator in ",;" and any(_INCHI in line and '"' not in line for line in lines):
            continue  # of which an InChI has some of its own
        rows = [_cells(line, separator)[:_WIDEST] for line in lines]
        width = max(map(len, rows))
        if 2 * sum(len(row) > 1 for row in rows) < len(rows) or width < 2:
            continue
        counts = [sum(_is(row[at]) for row in rows if at < len(row)) for at in range(width)]
        plain = [sum(_is_plain(row[at]) for row in rows if at < len(row)) for at in range(width)]
        most = max(counts)
        if 2 * most < len(rows):
            continue
        is_list = sum(2 * count >= len(rows) for count in plain) > 1
        if is_list or sum(counts) == sum(sum(bool(cell.strip()) for cell in row) for row in rows):
            continue  # several molecules a line
        column = max(range(width), key=lambda at: (plain[at], counts[at], -at))
        return separator, column, _named_by(rows, column, width)
    return None


def _named_by(rows: Sequence[Sequence[str]], column: int, width: int) -> int:
    """Return the column beside that of structures which names molecules, numbers only at need."""
    others = [at for at in range(width) if at != column]

    def counts(at: int) -> bool:
        return all(re.fullmatch(r"[-+.\d\s]*", row[at]) for row in rows if at < len(row))

    return next((at for at in others if not counts(at)), others[0])


def _of_row(line: str, separator: str, column: int, named: int) -> tuple[str, str] | None:
    """Return structure and name of a row of a table without a line of names; None for another."""
    cells = _cells(line, separator)
    if column >= len(cells) or not _is(cells[column]):
        return None
    return tidy(cells[column]), cells[named].strip() if named < len(cells) else ""


def _of_line(line: str) -> Iterator[tuple[str, str]]:
    """Yield the structures of a line, each with its name."""
    line = re.sub(r"\s\|[^|]*\|", "", line)  # notes on stereochemistry
    line = line.strip().rstrip(",;|").strip()
    if line.startswith("[") and line.endswith("]") and line[1:].lstrip()[:1] in {'"', "'"}:
        line = line[1:-1]  # a list as programs write it
    whole = tidy(line)
    if not re.search(r"[\s,;|]", whole) or _is(whole):
        yield whole, ""
        return
    if _INCHI in whole:
        yield _of_inchi(whole)
        return
    parts = [tidy(part) for part in re.split(r"[\s,;|]+", line) if tidy(part)]
    if len(parts) > _MOST_OF_A_LINE:
        msg = f"Expected at most {_MOST_OF_A_LINE:,} structures in a line, found {len(parts):,}."
        raise InputError(msg, "Give one structure a line.")
    are_apart = re.search(r"\s", re.sub(r"\s*[,;|]\s*", ",", line)) is None
    if len(parts) > 1 and all(map(_is if are_apart else _is_plain, parts)):
        yield from ((part, "") for part in parts)
        return
    first, _, name = re.sub(r"\s", " ", whole).partition(" ")
    first = tidy(first.rstrip(",;|"))
    if _is(first):
        yield first, name.strip()
        return
    name, _, last = re.sub(r"\s", " ", whole).rpartition(" ")
    if name and _is_plain(last):
        yield tidy(last), name.strip().rstrip(",;|")
        return
    yield whole, ""


def _of_inchi(line: str) -> tuple[str, str]:
    """Return an InChI and the name behind or before it; commas and semicolons are part of it."""
    before, start, rest = line.partition(_INCHI)
    words = (start + rest).split(maxsplit=1)
    given, name = words[0], words[1] if len(words) > 1 else before.strip(" ,;|\t\"'")
    head, comma, tail = given.rpartition(",")
    if comma and not _is(given) and not re.fullmatch(r"[\d()H-]*", tail) and _is(head):
        return head, f"{tail} {name}".strip()
    return given.rstrip(",;"), name


def _of_table(
    text: str, separator: str, column: int, named: int | None, top: int
) -> Iterator[Entry]:
    """Yield the rows of a table below a line."""
    text = text.rstrip()  # a table may end in any number of blank lines
    rows = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    before = 0
    try:
        for cells in rows:
            row, lines = rows.line_num, rows.line_num - before
            before = row
            if lines > _LONGEST_ROW:
                msg = f"Expected a table of molecules, found a quote without an end in row {row}."
                raise InputError(msg, "Write the table again, such as from a spreadsheet.")
            if row > MOST_LINES:
                raise _endless()
            if row <= top or not any(cell.strip() for cell in cells):
                continue
            given = tidy(cells[column]) if column < len(cells) else ""
            has_name = named is not None and named < len(cells)
            name = cells[named].strip() if has_name else ""  # type: ignore[index]
            yield Entry(row, given, name, "" if given else _NO_STRUCTURE)
    except csv.Error as error:
        msg = f"Expected a table of molecules, found a broken line {rows.line_num} ({error})."
        raise InputError(msg, "Write the table again, such as from a spreadsheet.") from error


def _of_sdf(text: str) -> Iterator[Entry]:
    """Yield the records of an SDF."""
    from rdkit import Chem  # noqa: PLC0415
    from rdkit.rdBase import BlockLogs  # noqa: PLC0415

    for row, record in enumerate(_records_of(text), start=1):
        if not record.strip():
            continue
        block = record.removeprefix("\n") if row > 1 else record
        with BlockLogs():
            molecule: Any = Chem.MolFromMolBlock(block)
        fields = _FIELD.findall(block)
        place = _place_of_names([name.strip().lower() for name, _ in fields])
        name = block.split("\n", 1)[0].strip() or ("" if place is None else fields[place][1])
        smiles = "" if molecule is None else Chem.MolToSmiles(molecule)
        if smiles:
            yield Entry(row, smiles, name.strip())
        else:
            why = "Expected a molecule in this record, found none that RDKit can read."
            yield Entry(row, name.strip() or f"record {row}", name.strip(), why)
