"""Orthologs that a user brings, for species without tables of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from musegnn.border.text import read_rows
from musegnn.errors import DataFileError

ROLE = "a table of orthologs"
_HEADER_WORDS = ("human", "symbol", "gene", "species", "ortholog", "homolog")


@dataclass(frozen=True)
class Orthologs:
    """Genes of a species and their human orthologs.

    Parameters
    ----------
    one_to_one
        Symbol -> human symbol, pairs in which each side stands once.
    ortholog_group
        Symbol -> human symbol, one-to-many included; the first pair of a symbol.
    source
        File the table was read from.
    """

    one_to_one: dict[str, str]
    ortholog_group: dict[str, str]
    source: str

    @cached_property
    def humans(self) -> frozenset[str]:
        """Human symbols that the table gives an ortholog."""
        return frozenset(self.ortholog_group.values())


def read_orthologs(path: Path) -> Orthologs:
    """Read a two-column table: symbol of the species, human symbol.

    Parameters
    ----------
    path
        Text separated by tabs, commas, semicolons or spaces, compressed or not. A first row with
        words such as "human", "gene" or "symbol" is a header; rows with an empty side are skipped.

    Raises
    ------
    DataFileError
        If the file cannot be read, a row has not two fields, or no pair is left.
    """
    path = Path(path)
    pairs: dict[tuple[str, str], None] = {}
    with read_rows(path, delimiter=None, role=ROLE) as rows:
        for number, row in enumerate(rows, start=1):
            fields = [text.strip() for text in row]
            if len(fields) != 2:
                msg = (
                    f"Expected 2 columns in {ROLE}, found {len(fields)} in row {number} of {path}."
                )
                raise DataFileError(msg, "Keep the symbol of the species and the human symbol.")
            if all(fields) and not (number == 1 and _is_header(fields)):
                pairs[fields[0], fields[1]] = None
    if not pairs:
        msg = f"Expected pairs of symbols, found none in {path}."
        raise DataFileError(msg, "Write a symbol of the species and a human symbol in each row.")
    return pair_up(pairs, path.name)


def pair_up(pairs: Iterable[tuple[str, str]], source: str) -> Orthologs:
    """Tell which pairs of symbols are one-to-one.

    Parameters
    ----------
    pairs
        Symbol of the species and human symbol; a pair that stands twice counts once.
    source
        File they were read from.
    """
    pairs = list(dict.fromkeys(pairs))
    own, human = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    ortholog_group: dict[str, str] = {}
    for symbol, target in pairs:
        ortholog_group.setdefault(symbol, target)
    one_to_one = {a: b for a, b in pairs if own[a] == 1 and human[b] == 1}
    return Orthologs(one_to_one, ortholog_group, source)


def _is_header(fields: list[str]) -> bool:
    """True when both fields are words for columns, not symbols."""
    return all(any(word in text.lower() for word in _HEADER_WORDS) for text in fields) or (
        "human" in fields[1].lower() or fields[1].lower() in _HEADER_WORDS
    )
