"""Changes of texts: tables, lists of genes and cells, matrices, fragments, packed or not."""

from __future__ import annotations

import bz2
import gzip
import random
from collections.abc import Callable
from pathlib import Path

Lines = list[str]
VALUES = (
    *(
        "abc",
        "NA",
        "nan",
        "",
        " ",
        "1e3",
        "1.0",
        "-1",
        "0.5",
        "1,000",
        "inf",
        "0x10",
        "\u0663",
        "1_0",
    ),
    *("#REF!", "1 2", "'", '"', "TRUE", "9" * 30, "2.000", "+1", "\u22121"),
)
NAMES = ("", "nan", "INS", "x" * 5000, "INS\u00e9", "  INS ", "gene 1", "=SUM(A1)")
_SAFE = {"\n": "\\n"}


class UnfitError(Exception):
    """A change that has no meaning for this file."""


def _mark(lines: Lines) -> str:
    """Return the separator that a text has most of."""
    text = lines[len(lines) // 2]
    return max("\t,; ", key=text.count)


def _body(lines: Lines) -> int:
    """Return the first line behind comments and sizes."""
    if lines[0].startswith("%%MatrixMarket"):
        return next(i for i, line in enumerate(lines) if not line.startswith("%")) + 1
    return next(i for i, line in enumerate(lines) if not line.startswith("#"))


def _pick(lines: Lines, rng: random.Random, *, first: int = 0) -> int:
    start = _body(lines) + first
    if start >= len(lines):
        raise UnfitError
    return rng.randrange(start, len(lines))


def _drop_line(lines: Lines, rng: random.Random) -> Lines:
    place = _pick(lines, rng)
    return lines[:place] + lines[place + 1 :]


def _double_line(lines: Lines, rng: random.Random) -> Lines:
    place = _pick(lines, rng)
    return lines[: place + 1] + lines[place:]


def _swap_lines(lines: Lines, rng: random.Random) -> Lines:
    first, second = _pick(lines, rng, first=1), _pick(lines, rng, first=1)
    changed = list(lines)
    changed[first], changed[second] = changed[second], changed[first]
    return changed


def _shuffle_lines(lines: Lines, rng: random.Random) -> Lines:
    start = _body(lines) + 1
    rest = lines[start:]
    rng.shuffle(rest)
    return lines[:start] + rest


def _cut_at_line(lines: Lines, rng: random.Random) -> Lines:
    return lines[: _pick(lines, rng, first=1)]


def _blank_inside(lines: Lines, rng: random.Random) -> Lines:
    place = _pick(lines, rng, first=1)
    return [*lines[:place], "", *lines[place:]]


def _blank_ends(lines: Lines, rng: random.Random) -> Lines:
    return [*lines, *[rng.choice(("", "  ", "\t"))] * rng.randrange(1, 4)]


def _title(lines: Lines, rng: random.Random) -> Lines:
    return [rng.choice(("Counts of the sample", "# made by me", "1", "")), *lines]


def _retype(lines: Lines, rng: random.Random) -> Lines:
    place = _pick(lines, rng, first=1)
    mark = _mark(lines)
    fields = lines[place].split(mark)
    fields[rng.randrange(len(fields))] = rng.choice(VALUES)
    return [*lines[:place], mark.join(fields), *lines[place + 1 :]]


def _rename(lines: Lines, rng: random.Random) -> Lines:
    place = _pick(lines, rng)
    mark = _mark(lines)
    fields = lines[place].split(mark)
    fields[0] = rng.choice(NAMES)
    return [*lines[:place], mark.join(fields), *lines[place + 1 :]]


def _rename_header(lines: Lines, rng: random.Random) -> Lines:
    place, mark = _body(lines), _mark(lines)
    fields = lines[place].split(mark)
    fields[rng.randrange(len(fields))] = rng.choice(NAMES)
    return [*lines[:place], mark.join(fields), *lines[place + 1 :]]


def _drop_field(lines: Lines, rng: random.Random) -> Lines:
    place, mark = _pick(lines, rng), _mark(lines)
    fields = lines[place].split(mark)
    del fields[rng.randrange(len(fields))]
    return [*lines[:place], mark.join(fields), *lines[place + 1 :]]


def _add_field(lines: Lines, rng: random.Random) -> Lines:
    place, mark = _pick(lines, rng), _mark(lines)
    return [*lines[:place], lines[place] + mark + "1", *lines[place + 1 :]]


def _trailing_marks(lines: Lines, rng: random.Random) -> Lines:
    mark = _mark(lines)
    return [line + mark for line in lines]


def _padded(lines: Lines, rng: random.Random) -> Lines:
    return [f"{line}  " for line in lines]


def _in_fields(lines: Lines, change: Callable[[list[str]], list[str]], first: int) -> Lines:
    """Change the fields of every line alike; those of a corner-less header are one fewer."""
    mark = _mark(lines)
    rows = [line.split(mark) for line in lines[first:]]
    width = len(rows[-1])
    head = [["corner", *rows[0]]] if len(rows[0]) == width - 1 else [rows[0]]
    changed = [change(row) for row in (head + rows[1:]) if len(row) == width]
    if changed and head[0][0] == "corner" and changed[0][0] == "corner":
        changed[0] = changed[0][1:]
    return lines[:first] + [mark.join(row) for row in changed]


def _swap_columns(lines: Lines, rng: random.Random) -> Lines:
    width = len(lines[-1].split(_mark(lines)))
    if width < 3 or lines[0].startswith("%%"):
        raise UnfitError
    first, second = rng.sample(range(1, width), 2)

    def change(row: list[str]) -> list[str]:
        row = list(row)
        row[first], row[second] = row[second], row[first]
        return row

    return _in_fields(lines, change, _body(lines))


def _reverse_columns(lines: Lines, rng: random.Random) -> Lines:
    if len(lines[-1].split(_mark(lines))) < 3 or lines[0].startswith("%%"):
        raise UnfitError
    return _in_fields(lines, lambda row: [row[0], *row[:0:-1]], _body(lines))


def _names_last(lines: Lines, rng: random.Random) -> Lines:
    return _in_fields(lines, lambda row: [*row[1:], row[0]], _body(lines))


def _swap_first_columns(lines: Lines, rng: random.Random) -> Lines:
    start, mark = _body(lines), _mark(lines)
    rows = [line.split(mark) for line in lines[start:]]
    if min(map(len, rows)) < 2:
        raise UnfitError
    return lines[:start] + [mark.join([row[1], row[0], *row[2:]]) for row in rows]


def swap_names_only(lines: Lines, rng: random.Random) -> Lines:
    """Exchange two names of the header and leave the numbers where they are."""
    start, mark = _body(lines), _mark(lines)
    fields = lines[start].split(mark)
    if len(fields) < 3:
        raise UnfitError
    first, second = rng.sample(range(1, len(fields)), 2)
    fields[first], fields[second] = fields[second], fields[first]
    return [*lines[:start], mark.join(fields), *lines[start + 1 :]]


def _quoted(lines: Lines, rng: random.Random) -> Lines:
    if lines[0].startswith("%%"):
        raise UnfitError
    mark = _mark(lines)
    return [
        mark.join(field if field.startswith('"') else f'"{field}"' for field in line.split(mark))
        for line in lines
    ]


def _other_mark(lines: Lines, rng: random.Random) -> Lines:
    mark = _mark(lines)
    other = rng.choice([one for one in "\t,;| " if one != mark])
    return [line.replace(mark, other) for line in lines]


def _mixed_marks(lines: Lines, rng: random.Random) -> Lines:
    mark = _mark(lines)
    other = "," if mark != "," else ";"
    return [line.replace(mark, other) if rng.random() < 0.3 else line for line in lines]


def _upper(lines: Lines, rng: random.Random) -> Lines:
    return [line.lower() if i > _body(lines) else line for i, line in enumerate(lines)]


def _only_header(lines: Lines, rng: random.Random) -> Lines:
    return lines[: _body(lines) + 1]


def floats(lines: Lines, rng: random.Random) -> Lines:
    """Write whole numbers as doubles."""
    start, mark = _body(lines), _mark(lines)
    if lines[0].startswith("%%"):
        head = [lines[0].replace("integer", "real"), *lines[1:start]]
        return head + [line + ".0" for line in lines[start:] if line]
    return lines[: start + 1] + [
        mark.join(f"{field}.0" if field.isdecimal() else field for field in line.split(mark))
        for line in lines[start + 1 :]
    ]


BY_LINES: dict[str, tuple[Callable[[Lines, random.Random], Lines], bool]] = {
    # name -> change of the lines, and whether the file still says what it said
    "line dropped": (_drop_line, False),
    "line twice": (_double_line, False),
    "two lines exchanged": (_swap_lines, False),
    "lines shuffled": (_shuffle_lines, False),
    "cut at a line": (_cut_at_line, False),
    "blank line inside": (_blank_inside, True),
    "blank lines at the end": (_blank_ends, True),
    "a line above": (_title, True),
    "a value of another kind": (_retype, False),
    "a name of another kind": (_rename, False),
    "a header of another kind": (_rename_header, False),
    "a field fewer": (_drop_field, False),
    "a field more": (_add_field, False),
    "separator at the end of lines": (_trailing_marks, True),
    "blanks at the end of lines": (_padded, True),
    "two columns exchanged": (_swap_columns, False),
    "columns reversed": (_reverse_columns, False),
    "names in the last column": (_names_last, False),
    "first two columns exchanged": (_swap_first_columns, False),
    "two names exchanged": (swap_names_only, False),
    "all fields quoted": (_quoted, True),
    "another separator": (_other_mark, True),
    "two separators": (_mixed_marks, False),
    "small letters": (_upper, False),
    "only the header": (_only_header, False),
    "doubles": (floats, True),
}


def _cut(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(1, len(content))]


def _mixed_ends(content: bytes, rng: random.Random) -> bytes:
    return b"".join(
        part + rng.choice((b"\n", b"\r\n")) for part in content.rstrip(b"\n").split(b"\n")
    )


def _insert(piece: bytes) -> Callable[[bytes, random.Random], bytes]:
    def change(content: bytes, rng: random.Random) -> bytes:
        place = rng.randrange(len(content))
        return content[:place] + piece + content[place:]

    return change


BY_BYTES: dict[str, tuple[Callable[[bytes, random.Random], bytes], bool]] = {
    # of the unpacked text
    "text cut": (_cut, False),
    "ends of Windows": (lambda text, rng: text.replace(b"\n", b"\r\n"), True),
    "ends of an old Mac": (lambda text, rng: text.replace(b"\n", b"\r"), True),
    "mixed ends": (_mixed_ends, True),
    "no end of the last line": (lambda text, rng: text.rstrip(b"\n"), True),
    "mark of order": (lambda text, rng: b"\xef\xbb\xbf" + text, True),
    "UTF-16": (lambda text, rng: text.decode().encode("utf-16"), True),
    "UTF-32": (lambda text, rng: text.decode().encode("utf-32"), True),
    "a letter of latin-1": (_insert(b"\xe9"), False),
    "a zero byte": (_insert(b"\0"), False),
    "a lone return": (_insert(b"\r"), False),
    "a quote": (_insert(b'"'), False),
    "a form feed": (_insert(b"\x0c"), False),
    "a separator of lines": (_insert("\u2028".encode()), False),
    "two texts": (lambda text, rng: text + text, False),
    "nothing": (lambda text, rng: b"", False),
}


def _members(text: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(text))
    return gzip.compress(text[:place]) + gzip.compress(text[place:])


BY_PACKING: dict[str, tuple[Callable[[bytes, random.Random], bytes], bool]] = {
    # of the unpacked text, into what lies in the file
    "packed": (lambda text, rng: gzip.compress(text), True),
    "packed in two members": (_members, True),
    "packed twice": (lambda text, rng: gzip.compress(gzip.compress(text)), True),
    "packed by bzip2": (lambda text, rng: bz2.compress(text), True),
    "not packed": (lambda text, rng: text, True),
    "packed and cut": (lambda text, rng: _cut(gzip.compress(text), rng), False),
    "rest behind the packed": (lambda text, rng: gzip.compress(text) + b"rest", False),
}


def change_text(path: Path, name: str, rng: random.Random) -> bool:
    """Change a text in place.

    Returns
    -------
    True when the file says what it said before.

    Raises
    ------
    UnfitError
        If the change has no meaning for this text.
    """
    stored = path.read_bytes()
    is_packed = stored[:2] == b"\x1f\x8b"
    text = gzip.decompress(stored) if is_packed else stored
    if name in BY_PACKING:
        change, keeps = BY_PACKING[name]
        path.write_bytes(change(text, rng))
        return keeps
    if name in BY_BYTES:
        change, keeps = BY_BYTES[name]
        text = change(text, rng)
    else:
        by_lines, keeps = BY_LINES[name]
        lines = by_lines(text.decode().rstrip("\n").split("\n"), rng)
        text = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(text) if is_packed else text)
    return keeps


NAMES_OF_TEXT = (*BY_LINES, *BY_BYTES, *BY_PACKING)
