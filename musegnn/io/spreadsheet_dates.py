"""Symbols that a spreadsheet turned into dates: MARCH1 became 1-Mar, SEPT7 became 7-Sep.

References
----------
Ziemann, Eren & El-Osta, Genome Biology 2016. HGNC renamed these genes in 2020 for that reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from musegnn.errors import DataFileError, InputError
from musegnn.io.gene_style import MOUSE_STYLE
from musegnn.io.gene_tables import ALIAS, PREVIOUS, SYMBOL, GeneTable, open_table
from musegnn.io.name_lines import NameLines
from musegnn.validation import format_list

_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_DAY_FIRST: Final = re.compile(r"^(\d{1,2})[-/. ]([A-Za-z]{3})[a-z]*(?:[-/. ]\d{2,4})?$")
_MONTH_FIRST: Final = re.compile(r"^([A-Za-z]{3})[a-z]*[-/. ](\d{1,2})$")
# what any of these begins like: hardly any gene does
_LIKELY: Final = re.compile(r"\d{1,4}[-/. ][A-Za-z\d]|[A-Za-z]{3,9}[-/. ]\d{1,2}$")
_MARKS: Final = (b"-", b"/", b".", b" ")  # one of these stands in every date
# a clone such as 2310009E13 as a number, and the days since 1900 of a date
_NUMBER: Final = re.compile(
    r"^(?:\d(?:\.\d+)?E\+\d{1,2}|(?:3[6-9]|4\d)\d{3}|\d{1,2}/\d{1,2}/\d{2,4})$"
)
_ISO: Final = re.compile(r"^\d{4}-(\d{2})-(\d{2})(?: 00:00:00)?$")
_FAMILIES: Final = ("MARCHF", "MTARC", "SEPTIN", "DELEC")  # renamed by HGNC for that reason
_FORMER: Final = re.compile(r"(?:MARCH|MARC|SEPT|DEC)\d+", re.IGNORECASE)
# what a spreadsheet reads as a month in front of a number
_WORDS: Final = {"mar": ("MARCH", "MARC", "MAR"), "sep": ("SEPT", "SEP")}


def mend_dates(
    names: Sequence[str], chosen: Mapping[str, str] = MappingProxyType({})
) -> tuple[list[str], tuple[str, ...]]:
    """Give genes their symbol back where only one fits the file; say so, and name the others.

    Parameters
    ----------
    names
        Names of the genes of a file.
    chosen
        Date -> the symbol that it was, where somebody has said so.

    Returns
    -------
    The names, and sentences.

    Raises
    ------
    DataFileError
        If a date that was chosen stands not once among the names, or may not have been that symbol.
    """
    mended, open_ones = _sort_dates(names)
    for name, gene in chosen.items():
        candidates = {**open_ones, **{date: [symbol] for date, symbol in mended.items()}}
        if names.count(name) != 1 or gene not in candidates.get(name, []):
            known = " or ".join(candidates.get(name, [])) or "no date that stands once in the file"
            msg = f"Expected {name} to be {known}, found {gene} chosen for it."
            raise DataFileError(msg, "Choose one of these, or leave the date as it is.")
        mended[name] = gene
        open_ones.pop(name, None)
    notes = []
    if mended:
        told = format_list([f"{name} -> {gene}" for name, gene in sorted(mended.items())], limit=5)
        notes.append(f"gene names: {len(mended)} dates of a spreadsheet turned back ({told})")
    if open_ones:
        told = "; ".join(
            f"{name} may be {' or '.join(genes)}" for name, genes in sorted(open_ones.items())[:5]
        )
        notes.append(
            f"gene names: {len(open_ones)} look like dates that a spreadsheet made of symbols and "
            f"stay as they are ({told}): mend them in the file, or say which they are"
        )
    digits = NameLines(names).beginning("0123456789", shortest=1)
    numbers = [names[place] for place in digits if _NUMBER.match(names[place])]
    if numbers and len(numbers) < len(names) / 2:  # else they are ids
        notes.append(
            f"gene names: {len(numbers)} look like numbers or dates that a spreadsheet made of "
            f"names and stay as they are ({format_list(numbers, limit=3)}): mend them in the file"
        )
    given = [mended.get(name, name) for name in names] if mended else list(names)
    return given, tuple(notes)


def open_dates(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the dates that stand once and may be several symbols, with these."""
    times = Counter(names)
    return {name: genes for name, genes in _sort_dates(names)[1].items() if times[name] == 1}


def read_dates(text: str) -> dict[str, str]:
    """Read which symbols dates were.

    >>> read_dates("1-Mar=MARCHF1, 2-Mar=MTARC2")
    {'1-Mar': 'MARCHF1', '2-Mar': 'MTARC2'}

    Raises
    ------
    InputError
        If a part is no date and symbol with a sign of equality between.
    """
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, gene = (piece.strip() for piece in part.partition("="))
        if not (name and sign and gene):
            msg = f"Expected dates and symbols such as 1-Mar=MARCHF1, found {part!r}."
            raise InputError(msg, "Write one pair for each date, commas between.")
        found[name] = gene
    return found


def _sort_dates(names: Sequence[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return dates that only one symbol fits, and others with all that they may be."""
    marked = (names[place] for place in NameLines(names).holding(_MARKS))
    likely = filter(_LIKELY.match, dict.fromkeys(marked))
    dates = {name: date for name in likely if (date := _date(name))}
    mended: dict[str, str] = {}
    open_ones: dict[str, list[str]] = {}
    if not dates:
        return mended, open_ones
    is_mouse = sum(bool(MOUSE_STYLE.match(name)) for name in names) > len(names) / 2
    table = open_table("mouse" if is_mouse else "human")
    present = {name.upper() for name in names}
    times = Counter(names)
    for name, date in sorted(dates.items()):
        candidates = _candidates(*date, table)
        free = [
            gene
            for gene, is_official in candidates.items()
            if is_official and not _names_of(gene, table) & present
        ]
        if len(free) == 1 and times[name] == 1:
            mended[name] = free[0]
        elif candidates:
            open_ones[name] = list(candidates)
    twice = Counter(mended.values())
    for name in [name for name, gene in mended.items() if twice[gene] > 1]:
        open_ones[name] = [mended.pop(name)]
    return mended, open_ones


def _date(name: str) -> tuple[str, int] | None:
    """Return month and day of a name that is a date."""
    if match := _DAY_FIRST.match(name):
        day, month = int(match.group(1)), match.group(2).lower()
    elif match := _MONTH_FIRST.match(name):
        month, day = match.group(1).lower(), int(match.group(2))
    elif match := _ISO.match(name):
        month, day = _MONTHS[(int(match.group(1)) - 1) % 12], int(match.group(2))
    else:
        return None
    return (month, day) if month in _MONTHS else None


def _candidates(month: str, day: int, table: GeneTable) -> dict[str, bool]:
    """Return the current symbols that a date may have been.

    With each stands whether it once was its symbol, or of that family in a table that does not tell
    previous symbols from aliases; a nickname such as OCT4 is told, but nothing is mended by it.
    """
    found: dict[str, bool] = {}
    for word in _WORDS.get(month, (month.upper(),)):
        for meaning in table.find(f"{word}{day}"):
            symbol = table.symbol(meaning.gene)
            is_family = symbol.upper() in {f"{stem}{day}" for stem in _FAMILIES}
            is_official = is_family or (meaning.kind != ALIAS and word != "MAR")
            found[symbol] = found.get(symbol, False) or is_official
    if any(found.values()):  # nicknames do not count beside what was official
        return {symbol: True for symbol, is_official in found.items() if is_official}
    return found


def _names_of(gene: str, table: GeneTable) -> set[str]:
    """Return the symbol of a gene and its former ones, in capitals."""
    kinds = {SYMBOL, PREVIOUS}
    return {gene.upper()} | {
        name.upper()
        for meaning in table.find(gene)
        for name, kind in table.names(meaning.gene)
        if kind in kinds or _FORMER.fullmatch(name)
    }
