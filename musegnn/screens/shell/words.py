"""Words for numbers: times, amounts and names as a person reads them."""

from __future__ import annotations

import math
import re
from datetime import datetime

NOTHING = "\u2013"


def escaped(text: str) -> str:
    """Write a name that anyone may have given so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_{}\[\]()<>#$!|~])", r"\\\1", text)


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
