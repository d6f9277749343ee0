"""Documents: JSON and YAML that somebody else wrote, bounded before they are parsed.

A few bytes of either can nest deeper than a parser bears, or hold more values than fit into memory
once they are objects. Bytes, depth, values and keys are counted first; what JSON does not have
(NaN, infinity, a key twice, half a character) is refused, since each reader would take it for
something else.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from musegnn.errors import DataFileError

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
# what may be too large for a machine: nineteen digits, or three of an exponent
_DIGITS: Final = bytes.maketrans(b"123456789E", b"000000000e")
_LONG_NUMBERS: Final = (b"0" * 19, b"e000", b"e+000")
_LARGEST_WHOLE: Final = 2**63  # whole numbers beyond it are no number of anything here
_SURROGATE: Final = re.compile("[\ud800-\udfff\0]")
_LONGEST_SHOWN: Final = 120  # characters of what a parser says


@dataclass(frozen=True)
class Bounds:
    """What a document may hold at most.

    Parameters
    ----------
    most_bytes
        Size of the text.
    most_depth
        Lists and objects inside each other.
    most_values
        Values, those of lists and of objects together.
    most_keys
        Keys of all objects together: each may be wrong, and a schema notes each that is.
    """

    most_bytes: int = 4 << 20
    most_depth: int = 40
    most_values: int = 1_000_000
    most_keys: int = 50_000


USUAL: Final = Bounds()


class WrongDocument(ValueError):  # noqa: N818 - says what a text is
    """A text that is no document, or one beyond its bounds; says what was found."""


def read_json(path: Path, *, role: str, bounds: Bounds = USUAL, links: bool = False) -> Any:
    """Read a file of JSON.

    Parameters
    ----------
    path
        The file; see `musegnn.border.regular.open_regular` for `links`.
    role
        What it should be, for messages, such as "a benchmark as JSON".
    bounds
        What it may hold at most.

    Raises
    ------
    DataFileError
        If it cannot be read, or is no JSON within the bounds.
    """
    # most documents are parts of other files
    from musegnn.border.regular import read_regular  # noqa: PLC0415

    content = read_regular(path, role=role, most_bytes=bounds.most_bytes, links=links)
    try:
        return parse_json(content, bounds)
    except WrongDocument as error:
        msg = f"Expected {role}, found {error} in {path}."
        raise DataFileError(msg, "Save or export it again.") from error


def parse_json(content: bytes | str, bounds: Bounds = USUAL, *, any_number: bool = False) -> Any:
    """Parse JSON in UTF-8, once it is known to be small, flat and of few values.

    Parameters
    ----------
    content
        The text.
    bounds
        What it may hold at most.
    any_number
        True lets NaN, infinity and whole numbers of any length through, as Python writes them.

    Raises
    ------
    WrongDocument
        If it is no JSON, or lies beyond the bounds.
    """
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    _measure(data, bounds)
    decoder = _ANY_NUMBER if any_number else _CAREFUL if _has_long_number(data) else _PLAIN
    try:
        value = decoder.decode(data.decode("utf-8-sig"))
    except WrongDocument:
        raise
    except UnicodeDecodeError as error:
        msg = "bytes that are no UTF-8"
        raise WrongDocument(msg) from error
    except (ValueError, RecursionError, OverflowError) as error:
        msg = f"no JSON ({str(error)[:_LONGEST_SHOWN]})"
        raise WrongDocument(msg) from error
    if b"\\u" in data and any(_SURROGATE.search(text) for text in _texts(value)):
        msg = "a text with half a character or a zero byte"
        raise WrongDocument(msg)
    return value


def _has_long_number(data: bytes) -> bool:
    """True when a number may be too large; a look at the digits is much faster than at each one."""
    digits = data.translate(_DIGITS)
    return any(long in digits for long in _LONG_NUMBERS)


def _measure(data: bytes, bounds: Bounds) -> None:
    """Raise `WrongDocument` beyond the bounds; small documents are seen to be small at a glance."""
    if len(data) > bounds.most_bytes:
        msg = f"more than {bounds.most_bytes:,} bytes"
        raise WrongDocument(msg)
    opened = data.count(b"[") + data.count(b"{")
    commas, colons = data.count(b","), data.count(b":")
    if (
        opened <= bounds.most_depth
        and opened + commas <= bounds.most_values
        and colons <= bounds.most_keys
    ):
        return
    bare = _STRING.sub(b"", data)  # marks in texts do not count
    if bare.count(b":") > bounds.most_keys:
        msg = f"more than {bounds.most_keys:,} keys"
        raise WrongDocument(msg)
    if bare.count(b"[") + bare.count(b"{") + bare.count(b",") > bounds.most_values:
        msg = f"more than {bounds.most_values:,} values"
        raise WrongDocument(msg)
    import numpy as np  # noqa: PLC0415 - pages are listed without it

    brackets = np.frombuffer(bare.translate(None, _NO_BRACKETS), dtype=np.uint8)
    steps = np.where((brackets == ord("[")) | (brackets == ord("{")), 1, -1)
    if len(steps) and int(np.cumsum(steps).max()) > bounds.most_depth:
        msg = f"more than {bounds.most_depth} levels"
        raise WrongDocument(msg)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; a key twice is refused, of which another reader would take the first."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        msg = f"the key {twice[:40]!r} twice"
        raise WrongDocument(msg)
    return found


def _refuse_constant(text: str) -> float:
    """Refuse NaN and infinity, which Python writes and JSON does not have."""
    msg = f"{text}, which is no number"
    raise WrongDocument(msg)


def _whole(text: str) -> int:
    """Read a whole number that a machine can hold."""
    if len(text) > 20 or not -_LARGEST_WHOLE <= (number := int(text)) < _LARGEST_WHOLE:
        msg = f"a number of {len(text)} digits"
        raise WrongDocument(msg)
    return number


def _finite(text: str) -> float:
    """Read a number that a machine can hold."""
    number = float(text)
    if not math.isfinite(number):
        msg = f"the number {text[:20]}, which is too large"
        raise WrongDocument(msg)
    return number


_ANY_NUMBER: Final = json.JSONDecoder(object_pairs_hook=_unique)
_PLAIN: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
_CAREFUL: Final = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refuse_constant,
    parse_int=_whole,
    parse_float=_finite,
)


def _texts(value: Any) -> Iterator[str]:
    """Yield all texts of a document, keys included."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            yield from item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
