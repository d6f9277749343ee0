"""Symbols that a spreadsheet turned into dates: MARCH1 became 1-Mar, SEPT7 became 7-Sep.

References
----------
Ziemann, Eren & El-Osta, Genome Biology 2016. HGNC renamed these genes in 2020 for that reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from musegnn.io.gene_style import MOUSE_STYLE
from musegnn.io.gene_tables import ALIAS, PREVIOUS, SYMBOL, GeneTable, open_table
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
_ISO: Final = re.compile(r"^\d{4}-(\d{2})-(\d{2})(?: 00:00:00)?$")
_FAMILIES: Final = ("MARCHF", "MTARC", "SEPTIN", "DELEC")  # renamed by HGNC for that reason
_FORMER: Final = re.compile(r"(?:MARCH|MARC|SEPT|DEC)\d+", re.IGNORECASE)
# what a spreadsheet reads as a month in front of a number
_WORDS: Final = {"mar": ("MARCH", "MARC", "MAR"), "sep": ("SEPT", "SEP")}


def mend_dates(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Give genes their symbol back where only one fits the file; say so, and name the others.

    Parameters
    ----------
    names
        Names of the genes of a file.

    Returns
    -------
    The names, and sentences.
    """
    dates = {name: date for name in set(names) if (date := _date(name))}
    if not dates:
        return list(names), ()
    is_mouse = sum(bool(MOUSE_STYLE.match(name)) for name in names) > len(names) / 2
    table = open_table("mouse" if is_mouse else "human")
    present = {name.upper() for name in names}
    times = Counter(names)
    mended, open_ones = {}, {}
    for name, date in dates.items():
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
            f"stay as they are ({told}): mend them in the file"
        )
    return [mended.get(name, name) for name in names], tuple(notes)


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
