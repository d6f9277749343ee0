"""Link field: one thing a link carries, and why a value from outside may not be used."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_SHOWN_LETTERS: Final = 40  # of a wrong value in a message
CONTENT_ID: Final = re.compile(r"[0-9a-f]{24}")  # of what the server keeps for a link
PLAIN_TEXT: Final = r"[^\x00-\x1f`<>]+"  # what a person types: no control signs and no markup

LONGEST_STRUCTURE: Final = 600  # letters of a molecule that a link carries
LONGEST_PASTED: Final = 5000  # letters that a field takes, to say that they are too many


@dataclass(frozen=True)
class LinkField:
    """One thing a link carries.

    Parameters
    ----------
    name
        Name in the address.
    meaning
        What it is, for the messages and the session file.
    default
        Value that is left out of the address.
    choices
        Allowed values; empty when any is allowed.
    pattern
        Regular expression the whole value matches; "" when choices decide.
    least, most
        Range of a whole number; None for other values.
    known
        Name of the list of the opened atlas that the value must be in (`contexts`, `clusters`,
        `tissues`, `species`, `modalities`), or "".
    longest
        Most characters.
    """

    name: str
    meaning: str
    default: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = PLAIN_TEXT
    least: int | None = None
    most: int | None = None
    known: str = ""
    longest: int = 60

    def problem(self, value: str, *, known: Mapping[str, Sequence[str]] | None = None) -> str:
        """Say why a value cannot be used, in one sentence; "" when it can.

        Parameters
        ----------
        value
            What was found.
        known
            Names in the opened atlas, by list; a list that is not given is not asked.
        """
        if value in {"", self.default}:
            return ""
        found = f"found `{quoted(value)}`"
        if len(value) > self.longest:
            return f"Expected {self.meaning} of at most {self.longest} characters, {found}."
        allowed = self.choices or tuple((known or {}).get(self.known, ()))
        if allowed:
            return "" if value in allowed else _not_among(self.meaning, value, allowed)
        if self.least is not None and self.most is not None:
            is_number = re.fullmatch(r"[0-9]{1,9}", value) is not None
            if is_number and self.least <= int(value) <= self.most:
                return ""
            return f"Expected {self.meaning} from {self.least} to {self.most}, {found}."
        is_clean = re.fullmatch(self.pattern, value) is not None
        return "" if is_clean else f"Expected {self.meaning}, {found}."


def quoted(value: str) -> str:
    """Shorten a value from outside, without signs that a message would take for its own."""
    clean = re.sub(r"[\x00-\x1f`]", "", value)
    return clean if len(clean) <= _SHOWN_LETTERS else f"{clean[:_SHOWN_LETTERS]}..."


def _not_among(meaning: str, value: str, allowed: Sequence[str]) -> str:
    """Say that a value is not one of the allowed ones, and name the nearest."""
    folded = {name.casefold(): name for name in allowed}
    nearest = difflib.get_close_matches(value[:_SHOWN_LETTERS].casefold(), folded, n=3, cutoff=0.5)
    offer = f" Nearest: {', '.join(folded[name] for name in nearest)}." if nearest else ""
    return f"Expected {meaning}, found `{quoted(value)}`.{offer}"
