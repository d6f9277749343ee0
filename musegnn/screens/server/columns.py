"""Columns of the Server page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns

SESSIONS: Final = read_columns("""
who | text 150 | Name of the account
role | text 80 | What the settings of this server make of it
page | text 90 | Page that was drawn last
since | text 150 | When the session began, in the time zone of the server
seen: last drawn | text 150 | When a page of it was drawn last
""")
QUEUE: Final = read_columns("""
run | text 190 | Name for people
owner | text 110 | Who asked for it, or brought it in
state | text 100 | What it does now, with its place in the queue
device | text 90 | Where it computes
memory | text 90 | Largest memory so far
asked: asked for | text 150 | When it was asked for, in the time zone of the server
""")
