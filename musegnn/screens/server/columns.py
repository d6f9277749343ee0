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
place | right 60 | Place in the queue; none for a run that goes on
run | text 180 | Name for people
owner: whose | text 110 | Who asked for it, or brought it in
state | text 80 | What it does now
device | text 80 | Where it computes
memory: most memory | right 110 | Largest memory that the run has told of so far
asked: asked for | text 150 | When it was asked for, in the time zone of the server
""")
PROCESSES: Final = read_columns("""
process | text 190 | What it does
owner: whose | text 110 | Who asked for it
memory | right 90 | Resident memory now; what processes share is counted in each
children: with children | right 110 | The same with all processes that it has started
cores | right 70 | Processors that it and its children kept busy since the page was drawn last
""")
DISK: Final = read_columns("""
owner: whose | text 140 | Who asked for the runs, or gave the files
n_runs: runs | count 60 | Number of runs, without those in the trash
runs: disk of runs | right 95 | Runs that are listed
trash | right 85 | Deleted runs, until the trash is emptied
graphs: kept graphs | right 100 | Gene graphs that were given and are kept
inputs: kept files | right 95 | Other files that these runs read; those of two people count for both
uploads | right 85 | Files that open sessions hold; they go with the session
total: in all | right 85 | Runs, trash, graphs and kept files, as the share counts them
share | right 80 | How much of the share of a member that is
""")
FACTS: Final = read_columns("""
what | text 250 | What is told
value | text 210 | What it is now
""")
LIMITS: Final = read_columns("""
limit | text 270 | What is limited
value: now | text 230 | What is in force
setting: changed by | text 300 | Variable of the environment, or part of the file of access
""")
ERRORS: Final = read_columns("""
number | text 95 | What the visitor was told
time | text 160 | When, in the time zone of the server
where: what went on | text 190 | What could not be done
last: what happened | text 420 | Last line of the account in the log
""")
