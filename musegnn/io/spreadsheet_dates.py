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
# month -> current symbols by the number that the day was, with the highest number of each
_GENES: Final = {
    "mar": (("MARCHF", 11), ("MTARC", 2)),
    "sep": (("SEPTIN", 14),),
    "dec": (("DELEC", 1),),
}
_FORMER: Final = {"MARCHF": "MARCH", "MTARC": "MARC", "SEPTIN": "SEPT", "DELEC": "DEC"}


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
    found = {name: candidates for name in set(names) if (candidates := _candidates(name))}
    if not found:
        return list(names), ()
    is_mouse = sum(bool(MOUSE_STYLE.match(name)) for name in names) > len(names) / 2
    present = {name.upper() for name in names}
    times = Counter(names)
    mended, open_ones = {}, {}
    for name, candidates in found.items():
        free = [gene for gene in candidates if not _names_of(gene) & present]
        if len(free) == 1 and times[name] == 1:
            mended[name] = free[0].capitalize() if is_mouse else free[0]
        else:
            open_ones[name] = candidates
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


def _candidates(name: str) -> list[str]:
    """Return the symbols that a date may have been, none for what is no date."""
    if match := _DAY_FIRST.match(name):
        day, month = int(match.group(1)), match.group(2).lower()
    elif match := _MONTH_FIRST.match(name):
        month, day = match.group(1).lower(), int(match.group(2))
    elif match := _ISO.match(name):
        month, day = _MONTHS[(int(match.group(1)) - 1) % 12], int(match.group(2))
    else:
        return []
    return [f"{stem}{day}" for stem, highest in _GENES.get(month, ()) if 1 <= day <= highest]


def _names_of(gene: str) -> set[str]:
    """Return the symbol of a gene and its former one."""
    stem = next(stem for stem in _FORMER if gene.startswith(stem))
    return {gene, gene.replace(stem, _FORMER[stem], 1)}
