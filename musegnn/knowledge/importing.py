"""Import of a table that a user brought: checked, written as Parquet, listed with its origin."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pandas as pd

from musegnn.border.regular import hash_regular
from musegnn.border.text import open_binary, read_rows
from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import replacing
from musegnn.knowledge.assays import read_assay_rows
from musegnn.knowledge.catalogue import (
    ASSAYS,
    DRUG_SIGNATURES,
    GENE_LIST,
    GENE_SETS,
    KINDS,
    MORPHOLOGY_PROFILES,
    PROFILES,
    TRANSCRIPTION_FACTORS,
    CatalogueEntry,
)
from musegnn.knowledge.edge_columns import find_columns
from musegnn.knowledge.files import readable
from musegnn.knowledge.gene_sets import read_gmt
from musegnn.knowledge.manifest import (
    TableRecord,
    read_first_checksums,
    read_manifest,
    write_manifest,
)
from musegnn.knowledge.ontology import read_ontology_sets
from musegnn.knowledge.readers import GENE_COLUMNS, READERS
from musegnn.knowledge.wells import is_parquet, read_wells
from musegnn.validation import check_choice, check_name, format_list

SPECIES = ("human", "mouse")
LARGEST_FILE = 400_000_000  # bytes, unpacked
_READERS = {DRUG_SIGNATURES: "signature_matrix", **dict.fromkeys(PROFILES, "profiles")}
_GENE = re.compile(r"[A-Za-z0-9][^\s;|\"<>]{0,99}")


def import_table(
    path: Path,
    folder: Path,
    *,
    name: str,
    kind: str,
    species: str,
    release: str,
    licence: str,
    source: str = "",
    annotation: Path | None = None,
) -> TableRecord:
    """Bring a table into a store.

    Parameters
    ----------
    path
        For gene sets a GMT file, or an ontology in OBO format; else a table with a header,
        separated by tabs or commas, such as CollecTRI, DoRothEA, SIGNOR and OmniPath export; a gene
        list may be without a header, and profiles have a column of genes (symbols, Ensembl or
        Entrez ids) and one of numbers for each sample. All may be compressed with gzip.
    folder
        Folder of the store; made when missing.
    name
        Name in the store; a table of that name is replaced.
    kind
        One of `musegnn.knowledge.catalogue.KINDS`.
    species
        "human" or "mouse": whose symbols it holds.
    release, licence, source
        What the publisher says; "unstated" is an honest licence.
    annotation
        With an ontology: which genes have which term, in GAF format.

    Returns
    -------
    The record that was written.

    Raises
    ------
    InputError
        If name, kind or species cannot be used.
    DataFileError
        If the file is missing, too large, or not such a table. Nothing is written then.
    """
    check_name(name, name="name")
    check_choice(kind, KINDS, name="kind")
    check_choice(species, SPECIES, name="species")
    path, folder = Path(path), Path(folder)
    digest = _checksum_within_limit(path, kind)
    if annotation is not None:
        digest = _checksum_of_both(digest, _checksum_within_limit(annotation, kind))
    sets = _read_sets(path, annotation, kind) if kind == GENE_SETS or annotation else None
    table = _read_rows(path, kind) if sets is None else sets
    record = TableRecord(
        name=name,
        kind=kind,
        species=species,
        source=_one_line(source) or path.name,
        release=_one_line(release) or "unstated",
        licence=_one_line(licence) or "unstated",
        sha256=digest,
        rows=int(table["term"].nunique()) if kind == GENE_SETS else len(table),
        file=f"{name}.parquet",
        title=_one_line(source) or path.name,
    )
    records = [kept for kept in read_manifest(folder) if kept.name != name]
    checksums = read_first_checksums(folder)
    with replacing(folder / record.file) as target:
        table.to_parquet(target, index=False, compression="zstd")
    write_manifest(folder, [*records, record], checksums)
    return record


def _one_line(text: str) -> str:
    """Text of a record: one line without control signs, at most 300 characters."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).strip()[:300]


def _checksum_within_limit(path: Path, kind: str) -> str:
    """Checksum of the file as it lies there; refuses what unpacks to too much."""
    size = 0
    if kind == MORPHOLOGY_PROFILES and is_parquet(path):  # its reader bounds it
        return hash_regular(path, links=True)
    with open_binary(path, role=f"a table of {kind}") as stream:
        while chunk := stream.read(1 << 20):
            size += len(chunk)
            if size > LARGEST_FILE:
                msg = f"Expected at most {LARGEST_FILE:,} bytes, found more in {path}."
                raise DataFileError(msg, "Split the table, or take the rows that you need.")
    return hash_regular(path, links=True)


def _checksum_of_both(ontology: str, annotation: str) -> str:
    """Checksum of two files: that of their checksums, one below the other."""
    return hashlib.sha256(f"{ontology}\n{annotation}\n".encode()).hexdigest()


def _read_sets(path: Path, annotation: Path | None, kind: str) -> pd.DataFrame:
    """Terms and their genes below each other."""
    is_ontology = path.name.removesuffix(".gz").endswith(".obo")
    if (annotation is not None) != is_ontology or kind != GENE_SETS:
        msg = f"Expected an ontology (.obo) with an annotation (.gaf), found {path.name}"
        msg += f" and {annotation.name}." if annotation is not None else " alone."
        hint = f"Give both with the kind `{GENE_SETS}`, or a GMT file without an annotation."
        raise InputError(msg, hint)
    terms = read_gmt(path) if annotation is None else read_ontology_sets(path, annotation)
    pairs = [(term, gene) for term, genes in terms.items() for gene in sorted(genes)]
    return pd.DataFrame(pairs, columns=["term", "gene"])


def _read_rows(path: Path, kind: str) -> pd.DataFrame:
    """Rows of a delimited table with the columns of its kind."""
    role = f"a table of {kind}"
    if kind == MORPHOLOGY_PROFILES:  # Parquet or text, without a column of genes
        return read_wells(path, role=role)
    if kind == ASSAYS:
        return read_assay_rows(path, role=role)
    with read_rows(path, delimiter=None, role=role) as rows:
        header = next(rows, [])
    plain = kind in {GENE_LIST, TRANSCRIPTION_FACTORS} and len(header) == 1
    if plain:
        table = _read_plain_list(path)
    else:
        with open_binary(path, role=role) as stream:
            separator = "," if stream.readline(10_000_000).count(b"\t") == 0 else "\t"
        entry = CatalogueEntry(
            name=path.name,
            title=path.name,
            source=path.name,
            release="",
            licence="",
            kind=kind,
            species="human",
            file="table.csv" if separator == "," else "table.tsv",
            reader=_READERS.get(kind, "edges"),
            columns={} if kind == DRUG_SIGNATURES else find_columns(header, kind),
        )
        with open_binary(path, role=role) as stream:
            table = READERS[entry.reader](stream, entry, dict)
    wrong = sorted(
        {
            str(value)
            for column in GENE_COLUMNS & set(table)
            for value in table[column].unique()
            if not _GENE.fullmatch(str(value))
        }
    )
    if wrong or table.empty:
        found = f"{format_list([text[:30] for text in wrong], limit=3)}" if wrong else "no row"
        msg = f"Expected gene symbols in {role}, found {found} in {path}."
        raise DataFileError(msg, "Remove those rows.")
    return table.drop_duplicates(ignore_index=True)


def _read_plain_list(path: Path) -> pd.DataFrame:
    """One gene in each line; a first line that says so is left out."""
    with readable(path, "a list of genes"), open_binary(path, role="a list of genes") as stream:
        lines = stream.read(LARGEST_FILE).decode("utf-8-sig").splitlines()
    words = {"gene", "symbol", "gene_symbol", "genesymbol", "hgnc_symbol", "tf"}
    first, rest = lines[:1], lines[1:]
    kept = [*(line for line in first if line.strip().casefold() not in words), *rest]
    return pd.DataFrame({"gene": sorted({line.strip() for line in kept} - {""})})
