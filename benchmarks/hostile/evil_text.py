"""Changes of MatrixMarket files and of tables."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

from benchmarks.hostile.evil import Change, Evil, NotApplicableError, Outside
from benchmarks.hostile.evil_bytes import GZIP

_CELLS = (
    *("-1", "1e400", "nan", "inf", "1.5", "0x10", "1,000", "9" * 400, "=1+1", "", '"', "\0", "NA"),
    *(
        "x" * 100_000,
        "\u202eabc",
        "1e5",
        "+",
        "-",
        "00",
        "1_0",
        "٣",
        "true",
        "2026-01-01",
        "\ufeff1",
    ),
)
_BANNERS = (
    *("%%MatrixMarket matrix coordinate real general", "%%MatrixMarket matrix array real general"),
    *("%%MatrixMarket matrix coordinate complex hermitian", "%%MatrixMarket vector x y z", "", "%"),
    *("%%MatrixMarket matrix coordinate pattern symmetric", "%%matrixmarket MATRIX coordinate"),
    "%%MatrixMarket matrix coordinate integer skew-symmetric",
)
_SIZES = (
    *("0 0 0", "-1 -1 -1", "1 1 1", "999999999 999999999 1", "99999999999999999999 1 1", "40 30"),
    *(
        "40 30 999999999999",
        "40 30 5",
        "40 30 1000000",
        "1e3 1e3 5",
        "40 30 -5",
        "40.5 30 9",
        "a b c",
    ),
    *("2147483648 2 1", "40 30 0", "30 40 9", "40 30 9 9", "4294967297 4294967297 1", ""),
)
_ENTRIES = (
    *(
        "0 0 1",
        "41 1 1",
        "1 31 1",
        "-1 1 1",
        "1 1",
        "1 1 1 1",
        "1 1 1e400",
        "1 1 nan",
        "1 1 -7",
        "x",
    ),
    *(
        "99999999999999999999 1 1",
        "1 1 99999999999999999999",
        "1.5 1 1",
        "1 1 0x1",
        "% comment",
        "\0",
    ),
    *(
        "1 1 1.5",
        "1 1 1 ",
        "1\t1\t1\t",
        "1 1 " + "9" * 100_000,
        "2147483649 1 1",
        "1 1 1\r",
        " 1 1 1",
    ),
)


def _on_lines(edit: Callable[[list[str], random.Random], list[str]]) -> Change:
    """Change the lines of a text, packed or not."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        content = path.read_bytes()
        is_packed = content[:2] == GZIP
        try:
            text = (gzip.decompress(content) if is_packed else content).decode("utf-8")
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise NotApplicableError from error
        changed = "\n".join(edit(text.split("\n"), rng)).encode("utf-8", "surrogatepass")
        path.write_bytes(gzip.compress(changed, 1, mtime=0) if is_packed else changed)

    return change


def _mtx(lines: list[str], rng: random.Random) -> list[str]:
    """Change one of the three kinds of lines of a matrix."""
    start = next((i for i, line in enumerate(lines) if not line.startswith("%")), 0)
    kind = rng.randrange(3)
    if kind == 0:
        lines[0] = rng.choice(_BANNERS)
    elif kind == 1:
        lines[start] = rng.choice(_SIZES)
    else:
        place = rng.choice((start + 1, rng.randrange(start + 1, len(lines) + 1), len(lines)))
        lines[place : place + rng.randrange(2)] = [rng.choice(_ENTRIES)]
    return lines


def _last_entry(tail: str) -> Change:
    """Let the last line go on behind its last field, without a newline."""
    return _on_lines(lambda lines, rng: ["\n".join(lines).rstrip("\n") + tail])


def _separator(lines: list[str]) -> str:
    """What stands between fields."""
    counts = {sign: sum(line.count(sign) for line in lines[:5]) for sign in "\t,; "}
    return max(counts, key=lambda sign: counts[sign])


def _cell(lines: list[str], rng: random.Random) -> list[str]:
    """Change one cell of a table."""
    sign = _separator(lines)
    number = rng.randrange(min(len(lines), rng.choice((1, 3, 1000))))
    cells = lines[number].split(sign)
    cells[rng.randrange(len(cells))] = rng.choice(_CELLS)
    lines[number] = sign.join(cells)
    return lines


def _column(lines: list[str], rng: random.Random) -> list[str]:
    """Change all cells of a column."""
    sign, value = _separator(lines), rng.choice(_CELLS)
    column = rng.randrange(len(lines[0].split(sign)))
    changed = []
    for line in lines:
        cells = line.split(sign)
        if column < len(cells):
            cells[column] = value[:1000]
        changed.append(sign.join(cells))
    return changed


def _rows(lines: list[str], rng: random.Random) -> list[str]:
    """Repeat, drop, swap or break rows."""
    number = rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        return lines[:number] + [lines[number]] * rng.choice((2, 100, 50_000)) + lines[number:]
    if kind == 1:
        return lines[:number] + lines[number + 1 :]
    if kind == 2:
        return lines[::-1]
    sign = _separator(lines)
    extra = sign * rng.choice((1, 5, 100_000)) if kind == 3 else ""
    return [*lines[:number], (lines[number] + extra) if extra else "", *lines[number:]]


_ROWS_OF_ZEROS = _on_lines(lambda lines, rng: [lines[0], *[",".join("0" * 5000)] * 3000])
_LONG_HEADER = _on_lines(lambda lines, rng: [",".join(f"g{i}" for i in range(800_000)), *lines])
_QUOTES = _on_lines(lambda lines, rng: ['"' * rng.choice((1, 3, 100_001)), *lines])

FOR_TABLES: tuple[Evil, ...] = (
    *(Evil("a wrong cell", _on_lines(_cell)) for _ in range(16)),
    *(Evil("a wrong column", _on_lines(_column)) for _ in range(10)),
    *(Evil("other rows", _on_lines(_rows)) for _ in range(10)),
    Evil("rows of zeros", _ROWS_OF_ZEROS),
    Evil("a long header", _LONG_HEADER),
    Evil("quotes", _QUOTES),
)
FOR_MTX: tuple[Evil, ...] = (
    *(Evil("a wrong line", _on_lines(_mtx)) for _ in range(40)),
    *(
        Evil(f"last entry and {tail!r}", _last_entry(tail))
        for tail in (
            " ",
            "\t",
            "\r",
            " 3.0",
            " 3.0 4.0",
            "\t1",
            "  ",
            " x",
            "\0",
            ",",
            "e",
            ".",
            "-",
        )
    ),
)
