"""Checks at the border: one wording for every wrong value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from typing import Final

from musegnn.errors import InputError

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")

# what XML 1.0 has no place for, and most programs neither
_UNWRITABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def check_positive(value: float, *, name: str) -> None:
    """Raise `InputError` unless `value` is greater than zero."""
    if not value > 0:
        msg = f"Expected `{name}` to be greater than 0, found {value!r}."
        raise InputError(msg, f"Choose a larger `{name}`.")


def check_share(value: float, *, name: str) -> None:
    """Raise `InputError` unless `value` lies between 0 and 1."""
    if 0 <= value <= 1:
        return
    msg = f"Expected `{name}` to be between 0 and 1, found {value!r}."
    raise InputError(msg, "Give a share such as 0.1.")


def check_choice(value: str, choices: Sequence[str], *, name: str) -> None:
    """Raise `InputError` unless `value` is one of `choices`; name the nearest one."""
    if value in choices:
        return
    nearest = difflib.get_close_matches(value, choices, n=1)
    msg = f"Expected `{name}` to be one of {', '.join(choices)}; found {value!r}."
    raise InputError(msg, f"Did you mean {nearest[0]!r}?" if nearest else "")


def check_name(value: str, *, name: str) -> None:
    """Raise `InputError` unless `value` can safely be part of a file name.

    Allowed are 1 to 100 letters, digits, dots, dashes, plus signs and underscores, starting with a
    letter or digit.
    """
    if _SAFE_NAME.fullmatch(value):
        return
    msg = f"Expected `{name}` of letters, digits, `.`, `-`, `+` or `_`, found {value!r}."
    raise InputError(msg, "Choose another name.")


def nearest_names(name: str, known: Iterable[str], *, count: int = 5) -> list[str]:
    """Return up to `count` known names that look like `name`, best first.

    Names with the same first letters are preferred, then small edit distances;
    upper and lower case count as equal.
    """
    by_folded: dict[str, str] = {}
    for candidate in known:
        by_folded.setdefault(candidate.casefold(), candidate)
    folded = name.casefold()
    close = difflib.get_close_matches(folded, by_folded, n=count, cutoff=0.6)
    prefixed = sorted(key for key in by_folded if folded and key.startswith(folded))
    ordered = list(dict.fromkeys([*prefixed[:count], *close]))
    return [by_folded[key] for key in ordered[:count]]


def format_list(names: Sequence[str], *, limit: int = 5) -> str:
    """Join names for a message, at most `limit` of them, then the number left out."""
    shown = ", ".join(str(name) for name in names[:limit])
    hidden = len(names) - limit
    return f"{shown} and {hidden} more" if hidden > 0 else shown


def writable(text: str, *, in_a_line: bool = False) -> str:
    """Return a text that every file can hold, XML included.

    Control characters read as their pictures, so that names that differ stay different; halves of
    characters, and what is no character, as the replacement character.

    Parameters
    ----------
    text
        A name or a whole document.
    in_a_line
        Tabs and line breaks read as blanks.
    """
    shown = _UNWRITABLE.sub(lambda found: _picture(found[0]), text)
    return re.sub(r"[\t\r\n\x85\u2028\u2029]+", " ", shown) if in_a_line else shown


def _picture(sign: str) -> str:
    """Return what can be seen of a sign that cannot be written."""
    return chr(0x2400 + ord(sign)) if sign < " " else "\u2421" if sign == "\x7f" else "\ufffd"
