"""Annotation that comes with the product: the layer beneath the tables of a person."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from musegnn.keys import MANIFEST_FILE
from musegnn.knowledge.catalogue import GENE_SETS
from musegnn.knowledge.manifest import TableRecord, read_manifest
from musegnn.knowledge.phenotypes import phenotype_records
from musegnn.settings import Settings


def shipped_folder() -> Path | None:
    """Folder of the tables that come with the product, None where there is none.

    `MUSEGNN_SHIPPED` names another one; an empty folder switches the layer off.
    """
    folder = Settings.from_environment().shipped
    return folder if folder.is_dir() else None


def tables_beneath(folder: Path | None, own: Iterable[tuple[str, str]]) -> dict[str, TableRecord]:
    """Return the shipped tables that count beneath those of a person.

    A library stands beside other libraries, and a page asks for one by name. Of all other kinds
    the tables are joined into one answer: there what a person brought for a species is the
    answer, and nothing is added to it.

    Parameters
    ----------
    folder
        Folder with the list of shipped tables, or None.
    own
        Kind and species of each table of the person.

    Raises
    ------
    DataFileError
        If the list cannot be read.
    """
    if folder is None:
        return {}
    answered = {(kind, name) for kind, species in own for name in species.split(" and ")}
    return {
        record.name: record
        for record in (*read_manifest(folder), *_of_packages(folder))
        if record.kind == GENE_SETS or (record.kind, record.species) not in answered
    }


def _of_packages(folder: Path) -> list[TableRecord]:
    """Tables that come inside of packages; none beside an empty folder, which switches all off."""
    return phenotype_records() if (folder / MANIFEST_FILE).is_file() else []
