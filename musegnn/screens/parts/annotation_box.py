"""What of the annotation is at hand, what can be fetched for the rest, and the run that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.access.visitor import acting
from musegnn.border.documents import read_json
from musegnn.errors import MuseGNNError
from musegnn.knowledge.fetching import publishers_of
from musegnn.knowledge.store import KnowledgeStore
from musegnn.knowledge.topics import (
    TOPICS,
    Topic,
    count_topics,
    missing_topics,
    tables_of,
    to_fetch,
)
from musegnn.runs import make_request, result_folder, submit
from musegnn.runs.finding import of_kind
from musegnn.runs.kinds.annotation import FETCHED_FILE, AnnotationSettings
from musegnn.runs.record import RunRecord, record_of
from musegnn.screens.shell.columns import read_columns

COLUMNS: Final = read_columns("""
topic: what | text 170
here: at hand | text 230 | Tables that answer it; those that ship, and those of your folder
use: what for | text 260 | What pages say with it
get: to fetch | text 150 | Tables and megabytes that publishers offer; else it is brought by hand
licence: licence | text 240 | What its publisher says; unstated where nothing is said
""")


@dataclass(frozen=True)
class BoxView:
    """What the box says.

    Parameters
    ----------
    label
        Its heading: how many topics can be answered.
    table
        A row a topic: the columns of `COLUMNS`.
    missing
        Topics that cannot be answered and can be fetched.
    by_hand
        Titles of topics that cannot be answered nor fetched.
    """

    label: str
    table: pd.DataFrame
    missing: tuple[Topic, ...]
    by_hand: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """True when nothing is missing."""
        return not (self.missing or self.by_hand)


def build_box(store: KnowledgeStore | None) -> BoxView:
    """Describe what is at hand and what is not."""
    lacking = missing_topics(store)
    here, of_all = count_topics(store)
    missing = tuple(topic for topic in lacking if topic.tables)
    rest = "**Get the rest**" if missing else "What is missing"
    rows = []
    for topic in TOPICS:
        names = () if topic in lacking else tables_of(topic, store)
        entries = to_fetch([topic], store) if topic in lacking else ()
        licences = [entry.licence for entry in entries]
        if store is not None:
            licences += [store.record(name).licence for name in names]
        rows.append(
            {
                "topic": topic.title,
                "here": ", ".join(_named(name, store) for name in names),
                "use": topic.use,
                "get": _sizes(topic, store) if topic in lacking else "",
                "licence": "; ".join(dict.fromkeys(licences)),
            }
        )
    return BoxView(
        label=f"Annotation: {here} of {of_all} kinds of tables. {rest}",
        table=pd.DataFrame(rows),
        missing=missing,
        by_hand=tuple(topic.title for topic in lacking if not topic.tables),
    )


def _named(name: str, store: KnowledgeStore | None) -> str:
    """Name of a table, and whether it ships."""
    return f"{name} (ships)" if store is not None and store.is_shipped(name) else name


def _sizes(topic: Topic, store: KnowledgeStore | None) -> str:
    """Tables and megabytes of a topic."""
    entries = to_fetch([topic], store)
    if not entries:
        return "by hand"
    known = sum(entry.size for entry in entries) / 1e6
    more = "" if all(entry.size for entry in entries) else " and more"
    size = f"{max(known, 0.1):.1f} MB{more}" if known else "size not told"
    # a table of some kilobytes is called a tenth of a megabyte
    return f"{len(entries)} table{'s' * (len(entries) > 1)}, {size}"


def say_what_comes(topics: Sequence[Topic], store: KnowledgeStore | None, folder: Path) -> str:
    """Say in a sentence what fetching some topics does."""
    entries = to_fetch(topics, store)
    size = sum(entry.size for entry in entries) / 1e6
    unknown = [entry.name for entry in entries if not entry.size]
    more = f" and {', '.join(unknown)}, whose size is not told" if unknown else ""
    return (
        f"{len(entries)} tables, {size:.1f} MB{more}, from {' and '.join(publishers_of(entries))}, "
        f"into {folder}. Nothing is sent but the request. What has come of a table stays when you "
        "cancel, and goes on there; one whose checksum is not the catalogued one is thrown away."
    )


def newest_fetch(root: Path) -> RunRecord | None:
    """Return the newest run that fetches or fetched, which whoever acts may see."""
    for folder in reversed(of_kind(root, AnnotationSettings.kind)):
        try:
            return record_of(folder)
        except MuseGNNError:
            continue  # the Runs page tells what is wrong with it
    return None


def start_fetch(topics: Sequence[Topic], store: KnowledgeStore | None, root: Path) -> str:
    """Ask for a run that fetches what some topics lack; return its id.

    Raises
    ------
    AccessError
        If whoever acts may not administer: all read what comes.
    InputError, RunError
        If the run cannot be asked for.
    """
    acting().check_may("administer")
    names = ",".join(entry.name for entry in to_fetch(topics, store))
    titles = ", ".join(topic.title for topic in topics)
    request = make_request(
        settings=AnnotationSettings(tables=names),
        files=[],
        name=f"Annotation: {titles}"[:100],
        device="cpu",
    )
    return submit(request, root=root)[0].run_id


def problems_of(record: RunRecord) -> tuple[str, ...]:
    """What stood against tables of a finished run, each reason once.

    Raises
    ------
    RunError, DataFileError
        If its result is damaged.
    """
    path = result_folder(record.folder) / FETCHED_FILE
    told = read_json(path, role="what became of fetched tables").get("problems", {})
    return tuple(dict.fromkeys(map(str, told.values())))
