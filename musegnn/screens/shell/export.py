"""Files a person takes away: full tables with provenance, and their names."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd

from musegnn.embeddings.origin import Origin
from musegnn.io.spreadsheet import table_text


def file_name(origin: Origin, what: str, suffix: str, *, today: dt.date | None = None) -> str:
    """Name a download after its date, origin, configuration and content.

    Parameters
    ----------
    origin
        Where the content comes from.
    what
        The content in a few words.
    suffix
        File type without dot.
    today
        Date in the name; by default the current one (UTC).
    """
    day = today or dt.datetime.now(dt.UTC).date()
    parts = (day.isoformat(), origin.name, origin.config_hash[:12], what)
    safe = "_".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part).strip("-") for part in parts)
    return f"{safe}.{suffix}"


def csv_bytes(table: pd.DataFrame, origin: Origin) -> bytes:
    """Write a table in full precision, with its origin and configuration in each row."""
    return table_text(table.assign(**origin.columns)).encode("utf-8")
