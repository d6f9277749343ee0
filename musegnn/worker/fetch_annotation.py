"""The work of fetching annotation: each table from its publisher, resumed, checked, told once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from musegnn.errors import DataFileError
from musegnn.knowledge.catalogue import CatalogueEntry, find_entry
from musegnn.knowledge.fetching import UnreachableError, fetch_table
from musegnn.runs.kinds.annotation import FETCHED_FILE, AnnotationSettings
from musegnn.settings import Settings
from musegnn.worker.task import Done, Task

_BETWEEN: Final = 0.5  # seconds between two words on how much has come


def fetch(task: Task) -> Done:
    """Fetch the named tables, and write which came and what stood against the others.

    What has come of a table stays when the run is stopped, and the next one goes on there. A server
    that does not answer is asked once.

    Raises
    ------
    InputError
        If a name is not in the catalogue.
    DataFileError
        If no table could be fetched.
    """
    names = dict.fromkeys(task.settings_of(AnnotationSettings).tables.split(","))
    entries = [find_entry(name) for name in names]
    folder = Settings.from_environment().knowledge_store
    silent: dict[str, DataFileError] = {}  # server -> why it does not answer
    problems: dict[str, str] = {}
    came: dict[str, int] = {}
    task.progress.start("annotation", len(entries))
    for entry in entries:
        server = urlsplit(entry.url).netloc
        try:
            if server in silent:
                raise silent[server]
            fetched = fetch_table(
                entry, folder, report=task.progress.say, arrived=_told(task, entry)
            )
            came[entry.name] = fetched.size
            task.progress.advance(f"{entry.title}, {fetched.size:,} bytes")
        except DataFileError as error:
            if isinstance(error, UnreachableError):
                silent[server] = error
            problems[entry.name] = f"{error.message} {error.hint}"
            task.progress.advance(f"{entry.title} could not be fetched")
    task.progress.finish()
    told = list(dict.fromkeys(problems.values()))
    if not came:
        raise DataFileError(told[0] if told else "Expected tables to fetch, found none.")
    content = {"came": came, "problems": problems}
    (task.result / FETCHED_FILE).write_text(json.dumps(content, indent=1), encoding="utf-8")
    sentence = f"{len(came)} of {len(entries)} tables are in {folder}."
    return Done(" ".join([sentence, *told]))


def _told(task: Task, entry: CatalogueEntry) -> Callable[[int], None]:
    """Say now and then how much of a table has come; the run may be stopped there."""
    last = time.monotonic()

    def arrived(size: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _BETWEEN:
            last = time.monotonic()
            whole = f" of {entry.size:,}" if entry.size else ""
            task.progress.say(f"{entry.title}: {size:,}{whole} bytes")

    return arrived
