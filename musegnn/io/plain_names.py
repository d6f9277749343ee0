"""Names and ids as cells of a table of features hold them, and as they are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from musegnn.io.name_lines import NameLines

_MISSING: Final = frozenset({"", "nan", "na", "n/a", "none", "null", "<na>", "-", "--", ".", "?"})
_LONGEST_MISSING: Final = max(map(len, _MISSING))
_ID: Final = re.compile(r"^(ENS(?:[A-Z]{3,4})?G\d{11}|FBgn\d{7}|WBGene\d{8})(?:\.\d+)?(?:_PAR_Y)?$")
_ALL_IDS: Final = re.compile(r"(?:ENS(?:[A-Z]{3,4})?G\d{11}(?:\.\d+)?(?:_PAR_Y)?(?:\n|\Z))+")
COPY_ON_Y: Final = "_PAR_Y"
_ID_LETTERS: Final = "EFW"  # with which ids begin
_SHORTEST_ID: Final = 11  # letters
_BYTES: Final = re.compile(r"^b(['\"])(.*)\1$")  # as Python prints bytes


def plain_id(text: str) -> str:
    """Return an Ensembl gene id without its version and mark of a copy on Y; other text as it is.

    >>> plain_id("ENSG00000182378.14_PAR_Y")
    'ENSG00000182378'
    >>> plain_id("CD3E")
    'CD3E'
    """
    if "." not in text and not text.endswith(COPY_ON_Y):
        return text
    match = _ID.match(text)
    return match.group(1) if match else text


def clean_texts(values: Sequence[object]) -> list[str]:
    """Return the texts of cells as `_clean` gives them."""
    texts = [value for value in values if type(value) is str]
    if len(texts) < len(values):
        cleaned = {value: _clean(value) for value in dict.fromkeys(values)}
        return [cleaned[value] for value in values]
    for place in NameLines(texts).rough(longest=_LONGEST_MISSING):
        texts[place] = _clean(texts[place])
    return texts


def _clean(value: object) -> str:
    """Return the text of a cell without blanks around it; "" for the words for a missing value."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if not (text[:1].isalnum() and text[-1:].isalnum()):
        if match := _BYTES.match(text.strip()):
            text = match.group(2)
        text = text.strip().strip("\"'\ufeff").strip()
    return "" if len(text) <= _LONGEST_MISSING and text.lower() in _MISSING else text


def id_places(values: Sequence[str]) -> list[int]:
    """Return the places of what is an Ensembl gene id and nothing else."""
    whole = "\n".join(values)
    # a blank at the end would pass for the line break that ends the last id
    is_plain = whole.count("\n") == len(values) - 1 and not whole.endswith("\n")
    if is_plain and _ALL_IDS.fullmatch(whole):  # at once, many times faster than one by one
        return list(range(len(values)))
    likely = NameLines(values).beginning(_ID_LETTERS, shortest=_SHORTEST_ID)
    return [place for place in likely if _ID.match(values[place])]


def plain_ids(texts: Sequence[str]) -> list[str]:
    """Return texts as `plain_id` gives them."""
    plain = list(texts)
    whole = "\n".join(texts)
    if "." not in whole and COPY_ON_Y not in whole:
        return plain
    for place in NameLines(texts).beginning(_ID_LETTERS, shortest=_SHORTEST_ID):
        plain[place] = plain_id(plain[place])
    return plain
