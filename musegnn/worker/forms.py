"""The work of bringing molecules of large tables into one form, which is kept."""

from __future__ import annotations

import json
from typing import Final

from musegnn.border.documents import Bounds, read_json
from musegnn.errors import InputError
from musegnn.molecules.forms import check_forms, open_forms
from musegnn.molecules.in_parts import PART
from musegnn.runs.kinds.forms import FORMS_FILE, STRUCTURES, FormsSettings
from musegnn.worker.task import Done, Task

_ROLE: Final = "structures by table (.json)"
_BOUNDS: Final = Bounds(most_bytes=1 << 28, most_values=5_000_000)


def bring_into_form(task: Task) -> Done:
    """Bring molecules into one form, table by table; of a run that is stopped, whole tables stay.

    Raises
    ------
    InputError
        If the file holds something else.
    DataFileError
        If it cannot be read, or asks for other forms than are made here.
    """
    task.settings_of(FormsSettings)
    (path,) = task.files(STRUCTURES)
    told = read_json(path, role=_ROLE, bounds=_BOUNDS, links=True)
    tables = told.get("tables") if isinstance(told, dict) else None
    if not isinstance(tables, dict) or not all(map(_is_list_of_texts, tables.values())):
        msg = f"Expected {_ROLE}, found something else in {path.name}."
        raise InputError(msg, "Ask on the page Context graph.")
    check_forms(told.get("forms"), role=_ROLE)
    task.progress.start("molecules", sum(-(-len(part) // PART) for part in tables.values()))
    counts: dict[str, dict[str, int]] = {}
    for name, structures in tables.items():
        of = len(structures)

        def tell(done: int, name: str = name, of: int = of) -> None:
            task.progress.advance(f"{done:,} of {of:,} of {name}")

        found = open_forms(structures, tell=tell)
        counts[name] = {"structures": of, "without a form": sum(map(bool, found.refused))}
    task.progress.finish()
    (task.result / FORMS_FILE).write_text(json.dumps(counts, indent=1), encoding="utf-8")
    total = sum(map(len, tables.values()))
    return Done(f"{total:,} molecules of {len(counts)} tables are in one form")


def _is_list_of_texts(value: object) -> bool:
    """True for a list of structures."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
