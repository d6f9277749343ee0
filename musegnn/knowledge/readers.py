"""Readers: one for each layout that publishers use, all giving one table for each kind."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pandas as pd

from musegnn.border.tables import read_delimited, read_parquet
from musegnn.errors import DataFileError
from musegnn.io.atomic import scratch_folder
from musegnn.knowledge.assays import ABOUT_MOLECULES, read_assay_rows
from musegnn.knowledge.catalogue import (
    ASSAYS,
    DEPENDENCY_PROFILES,
    DESCRIPTIONS,
    DRUG_SIGNATURES,
    DRUG_TARGETS,
    EXPRESSION_PROFILES,
    FOOTPRINTS,
    GENE_LIST,
    INTERACTIONS,
    LIGAND_RECEPTOR,
    MARKERS,
    MOLECULES,
    MORPHOLOGY_PROFILES,
    REGULATION,
    SIGNALLING,
    TRANSCRIPTION_FACTORS,
    CatalogueEntry,
)
from musegnn.knowledge.files import readable
from musegnn.knowledge.signs import SIGN_COLUMNS, read_signs
from musegnn.knowledge.wells import ABOUT_WELLS, read_wells

# columns that every table of a kind has after reading, in this order
COLUMNS: dict[str, tuple[str, ...]] = {
    INTERACTIONS: ("a", "b"),
    REGULATION: ("regulator", "target", "sign", "confidence", "reference"),
    SIGNALLING: ("a", "b", "database"),
    LIGAND_RECEPTOR: ("ligand", "receptor", "database"),
    FOOTPRINTS: ("pathway", "target", "weight"),
    TRANSCRIPTION_FACTORS: ("gene",),
    GENE_LIST: ("gene",),
    MARKERS: ("cell_type", "gene", "tissue", "species", "reference"),
    MOLECULES: (
        *("id", "name", "inchikey", "structure", "phase", "atc", "mechanism", "indication"),
        "targets",
    ),
    DRUG_TARGETS: ("drug", "gene", "category", "organism", "action", "reference"),
    DRUG_SIGNATURES: ("drug",),  # and a column of z-scores for each gene
    EXPRESSION_PROFILES: ("gene",),  # and a column a sample, whatever it is called
    DEPENDENCY_PROFILES: ("gene",),
    ASSAYS: ABOUT_MOLECULES,  # and a column for each assay
    MORPHOLOGY_PROFILES: ABOUT_WELLS,  # and a column for each feature
    DESCRIPTIONS: (
        *("gene", "name", "aliases", "type", "chromosome", "band", "start", "end", "strand"),
        *("entrez", "ensembl", "uniprot", "pfam", "omim"),
    ),
}
_OTHER_IDS: Final = frozenset({"entrez", "entrez_id", "entrez id", "ensembl", "ensembl_id"})
GENE_COLUMNS = frozenset({"a", "b", "regulator", "target", "ligand", "receptor", "gene"})

_PLACES: Final = frozenset({"start", "end"})

Content = Path | IO[bytes]


def read_edges(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> pd.DataFrame:
    """Read a table with one relation in each row, such as pairs, regulons or markers.

    Parameters
    ----------
    content
        Delimited text (comma when the name of the file ends in `.csv`, else tab) or Parquet.
    entry
        Its columns and gene ids; rows with a gene that has no symbol are left out.
    entrez
        Gives Entrez id -> symbol; called only when the table has such ids.

    Returns
    -------
    The columns of its kind (`COLUMNS`), absent ones "" (0 for signs), in the order of the file.
    """
    raw = _read_rows(content, entry)
    missing = [str(name) for name in entry.columns.values() if name not in raw]
    if missing:
        msg = (
            f"Expected the columns {', '.join(str(name) for name in entry.columns.values())}, "
            f"found no {', '.join(missing)} in {entry.file}."
        )
        raise DataFileError(msg, "Fetch or export the table again.")
    symbols = entrez() if entry.ids == "entrez" else {}
    found: dict[str, object] = {}
    for column in COLUMNS[entry.kind]:
        name = entry.columns.get(column)
        if column == "sign":
            found[column] = read_signs(raw, name)
        elif column in _PLACES:
            found[column] = -1 if name is None else _places(raw[name], entry)
        elif name is None:
            found[column] = ""
        elif column == "weight":
            found[column] = _numbers(raw[name], entry)
        elif column in GENE_COLUMNS and entry.ids == "entrez":
            found[column] = _replace(raw[name], lambda number: symbols.get(number, ""))
        else:
            found[column] = _replace(raw[name], str)
    table = pd.DataFrame(found, index=raw.index, columns=list(COLUMNS[entry.kind]))
    genes = [column for column in table if column in GENE_COLUMNS]
    complete = np.logical_and.reduce([table[column].astype(bool).to_numpy() for column in genes])
    table = table if complete.all() else table[complete].reset_index(drop=True)
    return _join_references(table) if entry.kind == REGULATION else table


def read_signature_matrix(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> pd.DataFrame:
    """Read drugs x genes of z-scores: column `drug`, then one for each gene that has a symbol."""
    role = "a table of drug signatures"
    raw = _read_text(content, entry, role, numbers=None)
    first, *columns = raw.columns
    names = [str(column) for column in columns]
    symbols = entrez() if entry.ids == "entrez" else dict(zip(names, names, strict=True))
    known = {
        column: symbols[name]
        for column, name in zip(columns, names, strict=True)
        if name in symbols
    }
    wrong = [column for column in known if raw[column].dtype == object]
    if wrong or not known:
        found = f"texts in {wrong[0]}" if wrong else "no gene with a known symbol"
        msg = f"Expected z-scores of genes in {entry.file}, found {found}."
        raise DataFileError(
            msg, "Fetch the table again; Entrez ids need the gene table of NicheNet."
        )
    table = raw[list(known)].astype(np.float32).rename(columns=known)
    table = table.loc[:, ~table.columns.duplicated()]
    table.insert(0, "drug", _replace(raw[first], str))
    return table


def read_gene_list(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> pd.DataFrame:
    """Read a plain list, one gene symbol in each line; table `gene`, sorted."""
    raw = _read_text(
        content, entry, "a list of genes", has_header=False, columns=[0], has_gaps=True
    )
    genes = sorted({gene.strip() for gene in raw[0].dropna()} - {""})
    return pd.DataFrame({"gene": genes})


def read_footprint_matrix(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> pd.DataFrame:
    """Read genes x pathways of weights as rows `pathway`, `target`, `weight`, zeros left out."""
    role = "a table of pathway weights"
    raw = _read_text(content, entry, role, numbers=None).iloc[:, 1:]  # the first counts rows
    with readable(Path(entry.file), role):
        raw = raw.rename(columns={raw.columns[0]: "target"})
        table = raw.melt(id_vars="target", var_name="pathway", value_name="weight")
    table = table[table["weight"] != 0].sort_values(["pathway", "target"])
    return table[["pathway", "target", "weight"]].reset_index(drop=True)


def read_profiles(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> pd.DataFrame:
    """Read genes x samples of numbers.

    Returns
    -------
    `gene`, any kind of name or id as the file has it, then a column a sample, float32 with NaN
    where there is no value. Columns of other ids are left out.

    Raises
    ------
    DataFileError
        If there is no column of genes or of numbers, or a column holds something else.
    """
    role = f"a table of {entry.kind}"
    if entry.file.endswith(".parquet"):
        raw = read_parquet(_as_file(content, role), role=role)
    else:
        separator = "," if entry.file.endswith(".csv") else "\t"
        raw = _read_text(content, entry, role, separator=separator, has_gaps=True, numbers=None)
    named = str(entry.columns["gene"])
    samples = [name for name in raw if name != named and str(name).casefold() not in _OTHER_IDS]
    if named not in raw or not samples:
        msg = f"Expected a column {named} and columns of numbers in {role}, found "
        msg += f"{', '.join(str(name)[:30] for name in list(raw)[:5])}."
        raise DataFileError(msg, "Export it with a gene in each row and a sample in each column.")
    odd = [name for name in samples if not pd.api.types.is_numeric_dtype(raw[name])]
    if odd:
        msg = f"Expected numbers in the columns of samples, found others in {odd[0]!r}."
        raise DataFileError(msg, "Remove that column, or leave fields without a value empty.")
    table = raw[samples].astype(np.float32)
    if entry.missing is not None:
        table = table.mask(table == entry.missing)
    if np.isinf(table.to_numpy()).any():
        msg = f"Expected finite numbers in {role}, found infinity."
        raise DataFileError(msg, "Leave fields without a value empty.")
    genes = pd.Series(_replace(raw[named], str), index=table.index, name="gene")
    whole = pd.concat([genes, table], axis=1)
    return whole[whole["gene"] != ""].reset_index(drop=True)


def read_morphology(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> pd.DataFrame:
    """Read wells or compounds x features, as `musegnn.knowledge.wells.read_wells` does."""
    role = f"a table of {entry.kind}"
    return read_wells(_as_file(content, role), role=role, named=entry.file)


def read_assay_table(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> pd.DataFrame:
    """Read molecules x assays, as `musegnn.knowledge.assays.read_assay_rows` does."""
    role = f"a table of {entry.kind}"
    return read_assay_rows(_as_file(content, role), role=role, named=entry.file)


def read_term_table(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> dict[str, frozenset[str]]:
    """Read Gene Ontology as rows `go_id`, name, genes between bars; term is `name (GO:id)`."""
    role = "a table of GO terms"
    raw = _read_text(content, entry, role)
    with readable(Path(entry.file), role):
        names = raw["go_name"] if "go_name" in raw else raw["go_term"]
        genes = raw["gene_symbols"] if "gene_symbols" in raw else raw["genes"]
        return {
            f"{name} ({identifier})": frozenset(members.split("|")) - {""}
            for name, identifier, members in zip(names, raw["go_id"], genes, strict=True)
        }


def read_disease_table(
    content: Content, entry: CatalogueEntry, entrez: Callable[[], Mapping[str, str]]
) -> dict[str, frozenset[str]]:
    """Read diseases with Entrez ids from OMIM and from GWAS (Menche et al. 2015, data S2)."""
    role = "a table of disease genes"
    layout: Mapping[str, Any] = {"comment": "#", "has_header": False, "width": 6, "has_gaps": True}
    raw = _read_text(content, entry, role, **layout).fillna("")
    with readable(Path(entry.file), role):
        symbols = entrez()
        lists = zip(raw[0], raw[4], raw[5], strict=True)
        found = {
            disease: frozenset(
                symbols[number]
                for number in itertools.chain(omim.split(";"), gwas.split(";"))
                if number in symbols
            )
            for disease, omim, gwas in lists
        }
    return {disease: genes for disease, genes in found.items() if genes}


def _read_rows(content: Content, entry: CatalogueEntry) -> pd.DataFrame:
    """Read the named columns of a delimited text or Parquet file."""
    wanted = [*entry.columns.values()]
    role = f"a table of {entry.kind}"
    if entry.file.endswith(".parquet"):
        return read_parquet(_as_file(content, role), role=role, columns=list(map(str, wanted)))
    more = SIGN_COLUMNS if entry.kind == REGULATION else ()
    return _read_text(
        content,
        entry,
        role,
        separator="," if entry.file.endswith(".csv") else "\t",
        has_header=entry.header,
        comment=None if entry.header else "#",
        columns=[*wanted, *more],
        numbers=["mor"] if "mor" in wanted else (),
    )


def _read_text(content: Content, entry: CatalogueEntry, role: str, **layout: Any) -> pd.DataFrame:
    """Read a delimited text, laid out as `read_delimited` is told; one from an archive too."""
    if isinstance(content, Path):
        return read_delimited(content, role=role, named=entry.file, **layout)
    # what reads apart takes a path
    with scratch_folder() as folder:
        path = folder / "table"
        with path.open("wb") as file:
            shutil.copyfileobj(content, file)
        return read_delimited(path, role=role, named=entry.file, **layout)


def _as_file(content: Content, role: str) -> Path:
    """Return the path of a table that lies in a file of its own, as Parquet does.

    Raises
    ------
    DataFileError
        If it lies in an archive.
    """
    if isinstance(content, Path):
        return content
    msg = f"Expected {role} as a Parquet file of its own, found one inside an archive."
    raise DataFileError(msg, "Unpack the archive.")


def _join_references(table: pd.DataFrame) -> pd.DataFrame:
    """Make one row of rows that differ in nothing but the reference; these are joined by `;`."""
    keys = [column for column in table if column != "reference"]
    codes = [pd.factorize(table[column])[0].astype(np.int64) for column in keys]
    groups = np.zeros(len(table), dtype=np.int64)
    for code in codes:
        groups = pd.factorize(groups * (code.max(initial=0) + 1) + code)[0]
    n_groups = groups.max(initial=-1) + 1
    if n_groups == len(table):
        return table
    of_reference, references = pd.factorize(table["reference"], sort=True)
    pairs = np.unique(groups * np.int64(len(references)) + of_reference)  # sorted by group
    owner, which = np.divmod(pairs, len(references))
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    joined = references.to_numpy(dtype=object)[which[starts]]
    counts = np.diff(np.append(starts, len(owner)))
    for group in np.flatnonzero(counts > 1):
        found = which[starts[group] : starts[group] + counts[group]]
        joined[group] = ";".join(filter(None, references[found]))
    first = np.full(n_groups, len(table))
    np.minimum.at(first, groups, np.arange(len(table)))
    merged = table.iloc[first].reset_index(drop=True)
    merged["reference"] = joined
    return merged


def _places(values: pd.Series, entry: CatalogueEntry) -> pd.Series:
    """Places on a chromosome as whole numbers, -1 where there is none."""
    with readable(Path(entry.file), f"whole numbers in a table of {entry.kind}"):
        return pd.to_numeric(values.replace("", None)).fillna(-1).astype(np.int64)


def _numbers(values: pd.Series, entry: CatalogueEntry) -> pd.Series:
    """Weights as numbers."""
    with readable(Path(entry.file), f"numbers in a table of {entry.kind}"):
        return pd.to_numeric(values)


def _replace(values: pd.Series, rule: Callable[[str], str]) -> np.ndarray:
    """Apply a rule to the stripped text of each value; each distinct one is looked at once."""
    codes, distinct = pd.factorize(values)
    new = [rule(str(value).strip()) for value in distinct]
    return np.array([*new, ""], dtype=object)[codes]  # code -1, no value, takes the last


READERS: dict[str, Callable[..., pd.DataFrame | dict[str, frozenset[str]]]] = {
    "edges": read_edges,
    "gene_list": read_gene_list,
    "signature_matrix": read_signature_matrix,
    "footprint_matrix": read_footprint_matrix,
    "profiles": read_profiles,
    "morphology": read_morphology,
    "assays": read_assay_table,
    "term_table": read_term_table,
    "disease_table": read_disease_table,
}
