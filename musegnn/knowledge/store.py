"""The knowledge store: every table at hand, by name and by kind, with source and release.

Beneath the tables of a person's folder lie those that come with the product.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.border.regular import hash_regular
from musegnn.border.tables import read_parquet
from musegnn.errors import DataFileError
from musegnn.knowledge import catalogue as kinds
from musegnn.knowledge.catalogue import CatalogueEntry, read_catalogue
from musegnn.knowledge.files import TableFile, is_own, locate
from musegnn.knowledge.gene_names import read_entrez_symbols
from musegnn.knowledge.gene_sets import read_gmt
from musegnn.knowledge.joining import REGULATION_COLUMNS, as_undirected, join_tables
from musegnn.knowledge.manifest import TableRecord, read_first_checksums, read_manifest
from musegnn.knowledge.phenotypes import RECORD as PHENOTYPES
from musegnn.knowledge.phenotypes import read_phenotypes
from musegnn.knowledge.readers import COLUMNS, READERS
from musegnn.knowledge.shipped import shipped_folder, tables_beneath
from musegnn.validation import check_choice

__all__ = ["GeneSetLibrary", "KnowledgeStore", "TableRecord", "folder_state", "open_store"]

# how names of libraries begin that are taken for processes and for pathways, the best first
PROCESS_LIBRARIES: Final = ("go_biological_process",)
REACTOME_LIBRARIES: Final = ("reactome",)
PATHWAY_LIBRARIES: Final = (*REACTOME_LIBRARIES, "kegg", "msigdb_kegg")


@dataclass(frozen=True)
class GeneSetLibrary:
    """Terms of one library.

    Parameters
    ----------
    name
        Name of the table.
    record
        Its source, release, licence and checksum.
    terms
        Term -> gene symbols, of whatever size.
    """

    name: str
    record: TableRecord
    terms: Mapping[str, frozenset[str]]


class KnowledgeStore:
    """Tables of one folder, above those that ship; each is read when first asked for and kept.

    Parameters
    ----------
    folder
        Folder with files as publishers name them, with imported tables, or both. A table that was
        imported wins over a catalogued one of the same name; None for no folder of a person.
    shipped
        Folder of the tables that come with the product, a list of imported tables as well; None
        for none. Those of the person win: see `musegnn.knowledge.shipped.tables_beneath`.
    """

    def __init__(self, folder: Path | None, shipped: Path | None = None) -> None:
        self.folder = None if folder is None else Path(folder)
        self._lock = threading.RLock()
        self._kept: dict[tuple[str, ...], Any] = {}
        self._imported: dict[str, TableRecord] = {}
        self._first: dict[str, str] = {}
        self._entries: dict[str, CatalogueEntry] = {}
        if self.folder is not None:
            self._imported = {
                record.name: record
                for record in read_manifest(self.folder)
                if not (self.folder / record.file).is_symlink() or is_own(self.folder / record.file)
            }
            self._first = read_first_checksums(self.folder)
            self._entries = {
                entry.name: entry
                for entry in read_catalogue()
                if entry.name not in self._imported and locate(self.folder, entry) is not None
            }
        own: list[CatalogueEntry | TableRecord] = list(self._entries.values())
        own += self._imported.values()
        self._shipped_folder = shipped
        self._shipped = tables_beneath(shipped, [(table.kind, table.species) for table in own])
        for name in (*self._entries, *self._imported):
            self._shipped.pop(name, None)

    @property
    def is_empty(self) -> bool:
        """True when there is no table that is known."""
        return not (self._entries or self._imported or self._shipped)

    def names(self, kind: str, species: str | None = None) -> list[str]:
        """Names of the tables of a kind, sorted; with a species only those that hold its genes."""
        tables: Iterable[CatalogueEntry | TableRecord] = (
            *self._entries.values(),
            *self._imported.values(),
            *self._shipped.values(),
        )
        return sorted(
            table.name
            for table in tables
            if table.kind == kind and (species is None or species in table.species)
        )

    def tables(self) -> list[TableRecord]:
        """Every table with source, release, licence, checksum and rows, sorted by kind and name."""
        records = [self.record(name) for name in self._known]
        return sorted(records, key=lambda record: (record.kind, record.name))

    @property
    def _known(self) -> list[str]:
        """Names of all tables, sorted."""
        return sorted([*self._entries, *self._imported, *self._shipped])

    def record(self, name: str) -> TableRecord:
        """Return what is known about one table.

        Raises
        ------
        InputError
            If the store has no table of that name; the nearest one is offered.
        """
        check_choice(name, self._known, name="table")
        if name in self._imported:
            return self._imported[name]
        if name in self._shipped:
            return self._shipped[name]
        return self._keep(("record", name), lambda: self._describe(self._entries[name]))

    def gene_set_libraries(self, species: str | None = None, *, shipped: bool = True) -> list[str]:
        """Names of the gene-set libraries, sorted.

        Parameters
        ----------
        species
            Whose genes they hold; None lists those of every species.
        shipped
            Whether those that come with the product count: not where what is made of libraries
            was measured on those that a person has.
        """
        names = self.names(kinds.GENE_SETS, species)
        return [name for name in names if shipped or not self.is_shipped(name)]

    def first_library(self, beginnings: Sequence[str]) -> str:
        """Return the first library of human genes whose name begins so, "" where there is none.

        Parameters
        ----------
        beginnings
            Of names, the best first; libraries of the person go before those that ship.
        """
        names = sorted(self.gene_set_libraries("human"), key=self.is_shipped)
        fitting = (name for start in beginnings for name in names if name.startswith(start))
        return next(fitting, "")

    def is_imported(self, name: str) -> bool:
        """True when a person brought a table with `musegnn knowledge import`."""
        return name in self._imported

    def is_shipped(self, name: str) -> bool:
        """True when a table comes with the product."""
        return name in self._shipped

    def gene_sets(self, name: str) -> GeneSetLibrary:
        """Return a library with every term, whatever its size.

        Raises
        ------
        InputError
            If there is no library of that name.
        DataFileError
            If its file cannot be read.
        """
        check_choice(name, self.gene_set_libraries(), name="gene-set library")
        return GeneSetLibrary(name, self.record(name), self._read(name))

    def regulation(
        self, species: str = "human", tables: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """Return who regulates whom.

        Parameters
        ----------
        species
            Whose gene symbols: "human" or "mouse".
        tables
            Names of tables; None takes all but very large ones (NicheNet).

        Returns
        -------
        Sorted by regulator, target and source: `regulator`, `target`, `sign` (+1 activates, -1
        represses, 0 unknown), `confidence` ("A" best to "E", "" where not graded), `source` (name
        of the table), `release`, `reference` (PMIDs or databases between semicolons, or ""). One
        row for each pair and source. The table is shared: copy before changing it.

        Raises
        ------
        InputError
            If a table is not there.
        """
        known = self.names(kinds.REGULATION, species)
        if tables is None:
            chosen = [name for name in known if self.is_default(name)]
        else:
            chosen = sorted(set(tables))
            for name in chosen:
                check_choice(name, known, name="table of regulation")
        return self._keep(("regulation", species, *chosen), lambda: self._join_regulation(chosen))

    def interactions(self, tables: Iterable[str] | None = None) -> pd.DataFrame:
        """Return undirected protein interactions of human genes.

        Returns
        -------
        Sorted: `a`, `b` (a < b), `source` (name of the table), `release`; one row for each pair and
        source, without self pairs. The table is shared: copy before changing it.
        """
        chosen = self.names(kinds.INTERACTIONS, "human")
        if tables is not None:
            for name in tables:
                check_choice(name, chosen, name="table of interactions")
            chosen = sorted(set(tables))
        return self._keep(("interactions", *chosen), lambda: self._join_interactions(chosen))

    def footprints(self, species: str = "human") -> pd.DataFrame:
        """Return what pathways leave behind: `pathway`, `target`, `weight`, `source`, `release`."""
        chosen = self.names(kinds.FOOTPRINTS, species)
        order = ("pathway", "target", "source")
        return self._keep(
            (kinds.FOOTPRINTS, species), lambda: self._join(kinds.FOOTPRINTS, chosen, order)
        )

    def markers(self, species: str = "human") -> pd.DataFrame:
        """Return `cell_type`, `gene`, `tissue`, `species`, `reference`, `source`, `release`."""
        chosen = self.names(kinds.MARKERS, species)
        order = ("cell_type", "gene", "tissue", "source")
        table = self._keep(
            (kinds.MARKERS, species), lambda: self._join(kinds.MARKERS, chosen, order)
        )
        short = {"human": ("Human", "Hs"), "mouse": ("Mouse", "Mm")}.get(species, ())
        is_here = np.logical_or.reduce([table["species"].str.contains(word) for word in short])
        return table[is_here | (table["species"] == "").to_numpy()]

    def transcription_factors(self, species: str = "human") -> frozenset[str]:
        """Symbols of genes that any list of the store calls a transcription factor."""
        chosen = self.names(kinds.TRANSCRIPTION_FACTORS, species)
        return frozenset().union(*(self._read(name)["gene"] for name in chosen))

    def gene_lists(self) -> list[str]:
        """Names of the plain gene lists, sorted."""
        return self.names(kinds.GENE_LIST)

    def gene_list(self, name: str) -> frozenset[str]:
        """Return the symbols of a plain list or of a list of transcription factors.

        Raises
        ------
        InputError
            If there is no list of that name.
        """
        known = sorted([*self.gene_lists(), *self.names(kinds.TRANSCRIPTION_FACTORS)])
        check_choice(name, known, name="gene list")
        return frozenset(self._read(name)["gene"])

    def descriptions(self, species: str = "human") -> pd.DataFrame:
        """Return what genes are called, where they lie and what their proteins are made of.

        Returns
        -------
        Sorted by gene: `gene` (symbol), `name` (in full), `aliases`, `type`, `chromosome`, `band`,
        `start` and `end` (bases; -1 where not known), `strand`, `entrez`, `ensembl`, `uniprot`,
        `pfam`, `omim`, `source`, `release`; several values stand between semicolons, "" for none.
        The table is shared: copy before changing it.
        """
        chosen = self.names(kinds.DESCRIPTIONS, species)
        return self._keep(
            (kinds.DESCRIPTIONS, species),
            lambda: self._join(kinds.DESCRIPTIONS, chosen, ("gene", "source")),
        )

    def table(self, name: str) -> pd.DataFrame:
        """Return one table that is no gene-set library, with the columns of its kind.

        Raises
        ------
        InputError
            If there is no such table.
        """
        known = [n for kind in COLUMNS for n in self.names(kind)]
        check_choice(name, sorted(known), name="table")
        return self._read(name)

    def is_default(self, name: str) -> bool:
        """True when a table is read although nobody names it: all but very large ones are."""
        return name not in self._entries or self._entries[name].by_default

    def _keep(self, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        """Return a kept object, made once."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            return self._kept[key]

    def _read(self, name: str) -> Any:
        """Return a table or the terms of a library, read once."""
        if name in self._imported:
            return self._keep(
                ("table", name), lambda: self._read_imported(self._imported[name], self.folder)
            )
        if name in self._shipped:
            return self._keep(("table", name), lambda: self._read_shipped(self._shipped[name]))
        return self._keep(("table", name), lambda: self._read_catalogued(self._entries[name]))

    def _read_shipped(self, record: TableRecord) -> Any:
        if record == PHENOTYPES:
            return read_phenotypes()
        return self._read_imported(record, self._shipped_folder)

    def _read_imported(self, record: TableRecord, folder: Path | None) -> Any:
        path = (folder or Path()) / record.file
        role = f"an imported table of {record.kind}"
        wanted = ("term", "gene") if record.kind == kinds.GENE_SETS else COLUMNS[record.kind]
        # a column for each gene, sample or feature
        is_wide = record.kind in {
            *(kinds.DRUG_SIGNATURES, *kinds.PROFILES, kinds.MORPHOLOGY_PROFILES, kinds.ASSAYS)
        }
        table = read_parquet(path, role=role, columns=None if is_wide else wanted)
        if record.kind != kinds.GENE_SETS:
            return table
        return _gather_terms(table)

    def _read_catalogued(self, entry: CatalogueEntry) -> Any:
        place = self._require(entry)
        if entry.reader == "gmt":
            return read_gmt(place.path)
        return READERS[entry.reader](place.content(), entry, self._entrez)

    def _entrez(self) -> Mapping[str, str]:
        """Entrez id -> human symbol."""
        return self._keep(("entrez",), lambda: read_entrez_symbols(self.folder or Path()))

    def _require(self, entry: CatalogueEntry) -> TableFile:
        found = None if self.folder is None else locate(self.folder, entry)
        if found is None:
            msg = f"Expected the table {entry.name} in {self.folder}, found no {entry.file}."
            raise DataFileError(msg, f"Run `musegnn knowledge fetch {entry.name}`.")
        return found

    def _describe(self, entry: CatalogueEntry) -> TableRecord:
        """Record of a catalogued table; a file of another checksum is said to be another one."""
        place = self._require(entry)
        found = hash_regular(place.path, links=True)
        expected = {*entry.checksums, self._first.get(entry.name, "")}
        # an archive of gene lists has no checksum of its own in the catalogue
        is_release = found in expected or (place.member and not entry.url.endswith(".zip"))
        rows = entry.rows if is_release and entry.rows else len(self._read(entry.name))
        return TableRecord(
            name=entry.name,
            kind=entry.kind,
            species=entry.species,
            source=entry.source,
            release=entry.release if is_release else f"{entry.release} (another file)",
            licence=entry.licence,
            sha256=found,
            rows=rows,
            file=place.path.name,
            title=entry.title,
            citation=entry.citation,
            page=entry.page,
        )

    def _join(self, kind: str, names: list[str], order: Sequence[str]) -> pd.DataFrame:
        """Put tables of one kind below each other, with source and release."""
        tables = {name: (self._read(name), self.record(name).release) for name in names}
        return join_tables(tables, (*COLUMNS[kind], "source", "release"), order)

    def _join_regulation(self, names: list[str]) -> pd.DataFrame:
        tables = {name: (self._read(name), self.record(name).release) for name in names}
        return join_tables(tables, REGULATION_COLUMNS, ("regulator", "target", "source"))

    def _join_interactions(self, names: list[str]) -> pd.DataFrame:
        tables = {
            name: (as_undirected(self._read(name)), self.record(name).release) for name in names
        }
        return join_tables(tables, ("a", "b", "source", "release"), ("a", "b", "source"))


def _gather_terms(table: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Term -> genes, in the order of the first rows."""
    codes, terms = pd.factorize(table["term"])
    order = np.argsort(codes, kind="stable")
    genes = table["gene"].to_numpy(dtype=object)[order]
    bounds = np.searchsorted(codes[order], np.arange(len(terms) + 1))
    return {
        term: frozenset(genes[start:end])
        for term, start, end in zip(terms, bounds, bounds[1:], strict=False)
    }


def open_store(folder: Path | None) -> KnowledgeStore | None:
    """Open the knowledge of a folder, with that which ships beneath it.

    Parameters
    ----------
    folder
        Folder of annotation (`MUSEGNN_KNOWLEDGE`); None says that there is none of a person.

    Returns
    -------
    The store, or None without a single known table.

    Raises
    ------
    DataFileError
        If the list of imported tables cannot be read.
    """
    own = Path(folder) if folder is not None and Path(folder).is_dir() else None
    store = KnowledgeStore(own, shipped_folder())
    return None if store.is_empty else store


def folder_state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time of change and size of each file of a folder: what a kept store goes by."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
