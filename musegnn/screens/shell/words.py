"""Words for numbers: times, amounts and names as a person reads them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

NOTHING = "\u2013"
_LONG: Final = 10_000  # characters of a text that is not kept

_JOINER: Final = "\u2060"  # has no width; no pattern that looks for more than a letter sees past it
# what means something in Markdown, in the directives, icons and emoji of Streamlit, and what it
# replaces behind the reading of Markdown, where a backslash is of no use any more
_SIGNS: Final = r"""
    (?P<unseen>[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff])
  | (?P<joined>:(?=material/|[\w+-]+:)|(?<=http):(?=//)|(?<=https):(?=//)|www(?=\.)|(?<=[\w.+-])@)
  | (?P<sign>[\\`*\[\]$~|]|(?<![^\W_])_|_(?![^\W_])|<(?![\s\d=])|&(?=\#?\w+;)|:(?=[^\W\d]))
  | ^(?P<before>[ ]*\d*)(?P<mark>(?<!\d)[-+=\#>]|(?<=\d)[.)](?!\d))
"""
_READ: Final = re.IGNORECASE | re.VERBOSE
_FOREIGN: Final = re.compile(
    rf"(?P<arrow>(?<!\S)(?:<(?=->|[-=])|[->~](?=[>=-])))(?=\S{{1,2}}(?!\S)) | {_SIGNS}", _READ
)
_OURS: Final = re.compile(
    r"""
    (?P<kept>
        \\[!-/:-@\[-`{-~]
      | (?<!`)(?P<fence>`+)(?!`)[^\n]*?[^`\n](?P=fence)(?!`)
      | (?<![\w*])\*{1,3}(?=[^\s*]) | (?<=[^\s*])\*{1,3}(?![\w*])
      | ^-[ ] | ^\d+\.[ ]
    ) | """
    + _SIGNS,
    _READ | re.MULTILINE,
)


_PLACES: list[Callable[[], Sequence[str]]] = []  # of a dashboard: folders that are not told now


# a folder of any name on a server, with what lies in it; no address, and no share such as 3/4
_ANYWHERE: Final = re.compile(r"(?<![\w/.:<>-])/(?:[\w.@+~-]+/)+([\w.@+~-]*)")


def hide_places(lookup: Callable[[], Sequence[str]]) -> None:
    """Leave the names of folders of the server out of all texts from now on, in all threads.

    Parameters
    ----------
    lookup
        Returns the folders that whoever looks now is not told of, inner ones before outer ones.
    """
    _PLACES[:] = [lookup]


def without_places(text: str) -> str:
    """Leave out where things lie on the server, from what is shown to who need not know it."""
    if "/" not in text or not _PLACES:
        return text
    places = _PLACES[-1]()
    for place in places:
        if place in text:
            inside = re.sub(rf"{re.escape(place)}/+(?=[\w.])", "", text)
            text = re.sub(rf"{re.escape(place)}(?![\w.-]*\w)/*", "this server", inside)
    # also what lies where nobody foresaw: the name of the file alone is of use to who gave it
    return _ANYWHERE.sub(lambda found: found[1] or "this server", text) if places else text


def escaped(text: object) -> str:
    """Write what comes from a file or a person so that Markdown shows it as it is, on one line.

    No sign of Markdown, of formulas, or of the directives, icons and emoji of Streamlit keeps its
    meaning, and no address becomes a link. What would turn or hide its surroundings reads as a
    replacement character.
    """
    return _FOREIGN.sub(
        _inert, re.sub(r"[\s\x1c-\x1f\x85\u2028\u2029]+", " ", without_places(str(text)))
    )


def prose(text: str) -> str:
    """Write a text of ours, whose values may come from a file, as Markdown without surprise.

    Bold and slanted words, code, lists and line breaks stay, and so does what is escaped; all else
    reads as it is: no value makes a picture, a link, a formula, a directive or HTML.
    """
    shown = without_places(str(text))
    return _prose(shown) if len(shown) < _LONG else _prose.__wrapped__(shown)


@lru_cache(maxsize=2048)  # a page says most of its texts again at each look, some of them long
def _prose(shown: str) -> str:
    """Write a text that tells no place."""
    return _OURS.sub(_inert, re.sub(r"\r\n?", "\n", shown).replace("\t", " "))


def joined_facts(facts: Iterable[tuple[str, object]]) -> str:
    """Write labels and values in a line, as Markdown."""
    return " \u00b7 ".join(f"{escaped(label)} **{escaped(value)}**" for label, value in facts)


def _inert(found: re.Match[str]) -> str:
    """Take its meaning from a sign."""
    named = {name: part for name, part in found.groupdict().items() if part is not None}
    if "kept" in named:
        return found[0]
    if "unseen" in named:
        return "\ufffd"
    if "joined" in named or "arrow" in named:
        return f"{found[0]}{_JOINER}"
    return f"{named['before']}\\{named['mark']}" if "mark" in named else f"\\{found[0]}"


def duration(seconds: float | None) -> str:
    """Say a time in its two largest units, such as `3 min 20 s`."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return NOTHING
    whole = round(seconds)
    days, rest = divmod(whole, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (left, "s")]
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts) - 1)
    told = [f"{number} {unit}" for number, unit in parts[first : first + 2] if number]
    return " ".join(told) or "0 s"


def digits(value: float | None) -> str:
    """Write a number with three significant digits; large ones in full."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    places = 2 - math.floor(math.log10(abs(value)))
    if places > 5:
        return f"{value:.2e}"
    return f"{value:.{max(places, 0)}f}"


def memory(mib: float | None) -> str:
    """Write an amount of memory in MiB or GiB."""
    if mib is None or not mib:
        return NOTHING
    return f"{digits(mib / 1024)} GiB" if mib >= 1024 else f"{digits(mib)} MiB"


def moment(time: datetime | None) -> str:
    """Write a moment in the time zone of this machine, to the second."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S") if time is not None else NOTHING
