"""Foretell the properties of a file of molecules for a run."""

from __future__ import annotations

import json
from typing import Final

import pandas as pd

from musegnn.io.json_tables import table_to_plain
from musegnn.io.spreadsheet import table_text
from musegnn.molecules.entries import count_rows
from musegnn.molecules.foretelling import BATCH, foretell_wide
from musegnn.molecules.property_heads import read_heads
from musegnn.molecules.reading import MOST_MOLECULES, read_molecules, read_text
from musegnn.runs.kinds.properties import (
    FIRST_FILE,
    MOLECULES,
    REFUSED_FILE,
    TABLE_FILE,
    PropertiesSettings,
)
from musegnn.worker.task import Done, Task

SHOWN: Final = 200  # rows that a page shows
ABOUT: Final = ["molecule", "structure", "inchikey", "nearest", "domain", "changes"]


def foretell_file(task: Task) -> Done:
    """Write a row a molecule, rows that are left out, and the first of both for a page.

    Raises
    ------
    DataFileError, InputError
        If the file holds no molecules, or too many.
    """
    task.settings_of(PropertiesSettings)
    (path,) = task.files(MOLECULES)
    tables = read_heads()
    text = read_text(path)
    rows = min(count_rows(text, most=MOST_MOLECULES), MOST_MOLECULES)
    steps = -(-rows // BATCH)
    task.progress.start("molecules", 2 * steps + 1)

    def tell(what: str, done: int, of: int) -> None:
        if done % BATCH == 0 or done == of:
            task.progress.advance(f"{done:,} of {of:,} {what}")

    read = read_molecules(text, tell=lambda done, of: tell("read", done, of))
    first: list[pd.DataFrame] = []  # rows that a page shows
    with (task.result / TABLE_FILE).open("w", encoding="utf-8", newline="") as out:
        parts = foretell_wide(
            tables, read.molecules, tell=lambda done, of: tell("foretold", done, of)
        )
        for part in parts:
            written = table_text(part)
            out.write(written.partition("\n")[2] if first else written)
            if sum(map(len, first)) < SHOWN:
                first.append(part[ABOUT])
    refused = table_text(read.refused)
    (task.result / REFUSED_FILE).write_text(refused, encoding="utf-8")
    content = {
        "molecules": len(read.molecules),
        "refused": len(read.refused),
        "first": table_to_plain(pd.concat(first, ignore_index=True).head(SHOWN)),
        "first_refused": table_to_plain(read.refused.head(SHOWN)),
    }
    (task.result / FIRST_FILE).write_text(json.dumps(content), encoding="utf-8")
    task.progress.finish()
    said = f"{len(read.molecules):,} molecules, {len(read.refused):,} rows left out"
    return Done(said)
