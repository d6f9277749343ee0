"""The tables of public knowledge that are known by name, read from `catalogue.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from musegnn.border.documents import read_json
from musegnn.validation import check_choice

CATALOGUE_FILE = Path(__file__).with_name("catalogue.json")

GENE_SETS, INTERACTIONS, REGULATION = "gene sets", "interactions", "regulation"
SIGNALLING, LIGAND_RECEPTOR, FOOTPRINTS = "signalling", "ligand receptor", "footprints"
TRANSCRIPTION_FACTORS, GENE_LIST, MARKERS = "transcription factors", "gene list", "markers"
MOLECULES, DRUG_TARGETS, DRUG_SIGNATURES = "molecules", "drug targets", "drug signatures"
PHARMACOLOGY = (MOLECULES, DRUG_TARGETS, DRUG_SIGNATURES)
EXPRESSION_PROFILES, DEPENDENCY_PROFILES = "expression profiles", "dependency profiles"
PROFILES = (EXPRESSION_PROFILES, DEPENDENCY_PROFILES)  # genes x samples of numbers
MORPHOLOGY_PROFILES = "morphology profiles"  # wells or compounds x features of cells
ASSAYS = "assays"  # molecules x what was measured of them
DESCRIPTIONS = "gene descriptions"  # names, places, ids and domains of genes
KINDS = (
    *(GENE_SETS, INTERACTIONS, REGULATION, SIGNALLING, LIGAND_RECEPTOR, FOOTPRINTS),
    *(TRANSCRIPTION_FACTORS, GENE_LIST, MARKERS, *PHARMACOLOGY, *PROFILES, MORPHOLOGY_PROFILES),
    *(ASSAYS, DESCRIPTIONS),
)


@dataclass(frozen=True)
class CatalogueEntry:
    """One table: what it is, who publishes it, and how its file is laid out.

    Parameters
    ----------
    name, title
        Short name without blanks, and what it is in words.
    kind
        One of `KINDS`.
    species
        "human", "mouse" or "human and mouse": whose gene symbols it holds.
    file
        Name in a folder of annotation, as it is or with `.gz`.
    reader
        Layout, a name of `musegnn.knowledge.readers.READERS`.
    source, release, licence, citation, page
        Where it comes from; `page` is the address a person can open.
    rows
        Rows (terms for gene sets) of the catalogued release; 0 where unknown.
    url, sha256
        What `fetch` downloads and its checksum; "" where the publisher has no readable file, or
        gives no checksum.
    packed_sha256
        Checksum of a gzip or Parquet copy of the same release; "" where there is none.
    archive, member
        Archive that also holds the file, and its path inside; "" where there is none.
    columns
        Canonical column -> name (or position) in the file.
    ids
        "symbols" or "entrez".
    header
        Whether the first line names the columns.
    by_default
        Whether it is read when no table is named.
    size
        Bytes of what `fetch` downloads; 0 where unknown.
    missing
        Number that stands for no value in a table of profiles; None where fields are empty.
    open_columns, open_licence
        Columns that the publisher also gives away under a licence of their own, and that licence.
    """

    name: str
    title: str
    kind: str
    species: str
    file: str
    reader: str
    source: str
    release: str
    licence: str
    citation: str = ""
    page: str = ""
    rows: int = 0
    url: str = ""
    sha256: str = ""
    packed_sha256: str = ""
    archive: str = ""
    member: str = ""
    columns: Mapping[str, str | int] = field(default_factory=dict)
    ids: str = "symbols"
    header: bool = True
    by_default: bool = True
    size: int = 0
    missing: float | None = None
    open_columns: tuple[str, ...] = ()
    open_licence: str = ""

    @property
    def downloaded_file(self) -> str:
        """Name that a download gets: the archive when that is what the publisher serves."""
        serves_archive = self.archive and Path(self.url).suffix == Path(self.archive).suffix
        return self.archive if serves_archive else self.file

    @property
    def checksums(self) -> frozenset[str]:
        """Checksums of files of the catalogued release."""
        return frozenset({self.sha256, self.packed_sha256} - {""})


@cache
def read_catalogue(path: Path = CATALOGUE_FILE) -> tuple[CatalogueEntry, ...]:
    """Read all entries, sorted by kind and name."""
    entries = read_json(path, role="the catalogue of tables")
    return tuple(CatalogueEntry(**entry) for entry in entries)


def is_non_commercial(licence: str) -> bool:
    """True for terms of use that forbid commerce."""
    return re.search(r"\bNC\b|non-?commercial", licence, re.IGNORECASE) is not None


def find_entry(name: str) -> CatalogueEntry:
    """Return the entry of a name.

    Raises
    ------
    InputError
        If no table has that name; the nearest one is offered.
    """
    by_name = {entry.name: entry for entry in read_catalogue()}
    check_choice(name, sorted(by_name), name="table")
    return by_name[name]
