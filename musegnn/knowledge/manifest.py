"""The list of imported tables that lies beside them: source, release, licence, checksum."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from musegnn.border.documents import read_json
from musegnn.errors import DataFileError
from musegnn.io.atomic import replacing
from musegnn.io.paths import check_inside
from musegnn.keys import MANIFEST_FILE

VERSION = 1
_LONGEST_TEXT = 2_000  # characters of a part of a record


@dataclass(frozen=True)
class TableRecord:
    """What is known about one table of a store.

    Parameters
    ----------
    name, title
        Name without blanks, and what it is in words.
    kind
        One of `musegnn.knowledge.catalogue.KINDS`.
    species
        "human", "mouse" or "human and mouse".
    source, release, licence, citation, page
        Where it comes from; "unstated" where a licence is not given.
    sha256
        Checksum of the file.
    rows
        Rows of the table, or terms of a library.
    file
        Name of the file in the folder.
    """

    name: str
    kind: str
    species: str
    source: str
    release: str
    licence: str
    sha256: str
    rows: int
    file: str
    title: str = ""
    citation: str = ""
    page: str = ""


def read_manifest(folder: Path) -> list[TableRecord]:
    """Read the records of imported tables, sorted by name; none where nothing was imported.

    Raises
    ------
    DataFileError
        If the list is damaged or names a file outside the folder.
    """
    return [TableRecord(**row) for row in _read(folder)["tables"]]


def read_first_checksums(folder: Path) -> dict[str, str]:
    """Read the checksums of first downloads for which no publisher gives one: name -> sha256."""
    return dict(_read(folder)["first_checksums"])


def write_manifest(
    folder: Path, records: Iterable[TableRecord], first_checksums: dict[str, str]
) -> None:
    """Replace the list of imported tables."""
    content = {
        "version": VERSION,
        "tables": [asdict(record) for record in sorted(records, key=lambda r: r.name)],
        "first_checksums": dict(sorted(first_checksums.items())),
    }
    with replacing(folder / MANIFEST_FILE) as path:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _check(record: TableRecord) -> None:
    """Raise `TypeError` for a record whose parts are not texts and a number of bearable size."""
    for name, value in asdict(record).items():
        kind = int if name == "rows" else str
        if not isinstance(value, kind) or len(str(value)) > _LONGEST_TEXT:
            msg = f"{name} of {record.name}"
            raise TypeError(msg)


def _read(folder: Path) -> dict[str, dict]:
    """Return the content of the list, checked."""
    path = Path(folder) / MANIFEST_FILE
    if not path.is_file():
        return {"tables": [], "first_checksums": {}}  # type: ignore[dict-item]
    known = {field.name for field in fields(TableRecord)}
    try:
        content = read_json(path, role="a list of imported tables")
        rows = [{key: row[key] for key in known if key in row} for row in content["tables"]]
        content = {"tables": rows, "first_checksums": dict(content.get("first_checksums", {}))}
        for row in rows:
            _check(TableRecord(**row))
            check_inside(row["file"], folder)
    except (DataFileError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"Expected a list of imported tables, found something else in {path} ({error})."
        raise DataFileError(msg, "Remove it and import the tables again.") from error
    return content
