"""Many names at once: which of them need a closer look, told by their bytes.

A file of counts has tens of thousands of names, each asked a dozen questions by regular
expressions. Nearly all answers are no, and a look at the bytes of all names together says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

_ALPHANUMERIC: Final = np.zeros(256, dtype=bool)
_ALPHANUMERIC[[byte for byte in range(128) if chr(byte).isalnum()]] = True


class NameLines:
    """Names laid out one after the other.

    Parameters
    ----------
    names
        Names; those with line breaks inside are looked at closely whatever is asked.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._bytes = "\n".join(names).encode("utf-8", "surrogatepass")
        letters = np.frombuffer(self._bytes, dtype=np.uint8)
        breaks = np.flatnonzero(letters == ord("\n"))
        self._n_names = len(names)
        self._is_plain = len(breaks) == max(len(names) - 1, 0)
        self._starts = np.concatenate([[0], breaks + 1])
        self._ends = np.concatenate([breaks, [len(letters)]])
        self._letters = letters

    def rough(self, *, longest: int) -> list[int]:
        """Return the names that are short, or do not begin and end with a letter or digit.

        Parameters
        ----------
        longest
            Bytes up to which a name is short.
        """
        if not self._is_plain or not self._n_names:
            return list(range(self._n_names))
        if not len(self._letters):
            return [0]
        last = len(self._letters) - 1
        is_rough = (
            ~_ALPHANUMERIC[self._letters[np.minimum(self._starts, last)]]
            | ~_ALPHANUMERIC[self._letters[np.maximum(self._ends - 1, 0)]]
            | (self._ends - self._starts <= longest)
        )
        return np.flatnonzero(is_rough).tolist()

    def beginning(self, letters: str, *, shortest: int) -> list[int]:
        """Return the names that begin with one of some letters and have so many bytes or more."""
        if not self._is_plain or not self._n_names:
            return list(range(self._n_names))
        if not len(self._letters):
            return []
        is_first = np.zeros(256, dtype=bool)
        is_first[list(letters.encode())] = True
        first = self._letters[np.minimum(self._starts, len(self._letters) - 1)]
        found = is_first[first] & (self._ends - self._starts >= shortest)
        return np.flatnonzero(found).tolist()

    def holding(self, hints: Iterable[bytes]) -> list[int]:
        """Return the names that hold one of some texts in small letters, in whatever case."""
        text = self._bytes.lower()
        if not self._is_plain or not text.isascii():
            return list(range(self._n_names))
        found = []
        for hint in hints:
            at = text.find(hint)
            while at >= 0:
                found.append(at)
                at = text.find(hint, at + 1)
        places = np.searchsorted(self._starts, found, side="right") - 1
        return np.unique(places).tolist()
