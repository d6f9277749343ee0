"""The work of bringing molecules of large tables into one form, which is kept."""

from __future__ import annotations

import json

from musegnn.errors import InputError
from musegnn.knowledge.store import open_store
from musegnn.molecules.forms import open_forms
from musegnn.molecules.in_parts import PART
from musegnn.runs.kinds.forms import FORMS_FILE, FormsSettings
from musegnn.settings import Settings
from musegnn.targets.context_tables import read_at_hand, waiting_digest
from musegnn.worker.task import Done, Task


def bring_into_form(task: Task) -> Done:
    """Bring the molecules that wait into one form, table by table; what is done stays.

    Raises
    ------
    InputError
        If other molecules wait than those that were asked for.
    DataFileError
        If a table cannot be read.
    """
    asked = task.settings_of(FormsSettings).waiting
    task.report.say(message="Reads the tables.")
    waiting = read_at_hand(open_store(Settings.from_environment().knowledge), is_patient=False)
    tables = waiting.waiting
    if tables and asked and waiting_digest(tables) != asked:
        msg = "Expected the tables of annotation as they were when this was asked, found others."
        raise InputError(msg, "Ask again on the page Context graph.")
    task.progress.start("molecules", sum(-(-len(one.structures) // PART) for one in tables))
    counts: dict[str, dict[str, int]] = {}
    for one in tables:
        of = len(one.structures)

        def tell(done: int, table: str = one.table, of: int = of) -> None:
            task.progress.advance(f"{done:,} of {of:,} of {table}")

        found = open_forms(one.structures, tell=tell)
        counts[one.table] = {"structures": of, "without a form": sum(map(bool, found.refused))}
    task.progress.finish()
    (task.result / FORMS_FILE).write_text(json.dumps(counts, indent=1), encoding="utf-8")
    total = sum(len(one.structures) for one in tables)
    return Done(f"{total:,} molecules of {len(counts)} tables are in one form")
