"""Notes: what people wrote about genes and selections, as a table to read and to take away."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from musegnn.errors import InputError
from musegnn.screens.shell.session_file import MOST_NOTES, Note

_LONGEST_TEXT, _LONGEST_NAME = 2_000, 200


def write_note(
    notes: tuple[Note, ...], *, about: str, text: str, author: str, now: dt.datetime | None = None
) -> tuple[Note, ...]:
    """Add a note.

    Parameters
    ----------
    notes
        Notes so far, oldest first.
    about
        What it is about; "" for the whole atlas.
    text
        The note, 1 to 2,000 characters.
    author
        Who writes it.
    now
        Time with zone; by default the current one (UTC).

    Raises
    ------
    InputError
        If the text is empty or too long, or there are `MOST_NOTES` already.
    """
    clean = text.strip()
    if not 1 <= len(clean) <= _LONGEST_TEXT:
        msg = f"Expected a note of 1 to {_LONGEST_TEXT:,} characters, found {len(clean):,}."
        raise InputError(msg, "Write a shorter note." if clean else "Write something first.")
    if len(notes) >= MOST_NOTES:
        msg = f"Expected at most {MOST_NOTES} notes, found one more."
        raise InputError(msg, "Delete one first.")
    time = now or dt.datetime.now(dt.UTC).replace(microsecond=0)
    return (
        *notes,
        Note(
            about=" ".join(about.split())[:_LONGEST_NAME] or "the atlas",
            text=clean,
            author=" ".join(author.split())[:_LONGEST_NAME],
            time=time,
        ),
    )


def notes_table(notes: tuple[Note, ...]) -> pd.DataFrame:
    """List notes, newest first: `time` (ISO 8601), `author`, `about`, `text`."""
    rows = [(note.time.isoformat(), note.author, note.about, note.text) for note in notes[::-1]]
    return pd.DataFrame(rows, columns=["time", "author", "about", "text"])
