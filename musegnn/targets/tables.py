"""Compounds of the annotation store: names, structures, known targets and signatures by compound.

A compound is the first block of its InChIKey, which leaves stereochemistry and charge aside: the
tables name many compounds twice, and a twin on the other side of a fold would answer for its copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.knowledge.catalogue import (
    DRUG_SIGNATURES,
    DRUG_TARGETS,
    MOLECULES,
    find_entry,
    is_non_commercial,
    read_catalogue,
)
from musegnn.knowledge.store import KnowledgeStore
from musegnn.molecules.structures import called

__all__ = ["Labels", "Pharmacology", "read_labels", "read_pharmacology"]

STRONG: Final = 10.0  # largest absolute z-score of a signature that says much
TEXTS: Final = ("name", "structure", "phase", "atc", "mechanism", "indication")
# of two tables that name a structure or a phase the first of these is taken
_ORDER: Final = ("repurposing_molecules", "drugbank_molecules", "l1000_molecules")
_NO_STRUCTURE: Final = "-666"  # how LINCS writes that there is none
_HUMAN: Final = ("", "human", "homo sapiens")


@dataclass(frozen=True)
class Pharmacology:
    """What the store says of compounds.

    Parameters
    ----------
    compounds
        Indexed by compound, sorted: `name`, `inchikey`, `structure` (SMILES or InChI, "" unknown),
        `phase`, `atc`, `mechanism`, `indication` (values between bars), `ids` (between bars).
    signatures
        `(S, G)` float32 z-scores; one row for each compound that left one.
    signature_keys
        Compound of each row.
    genes
        Symbol of each column.
    pairs
        Known targets, sorted: `compound`, `gene`, `source` (name of the table), `action`.
    joined
        Other compounds whose signature is the same -> the compound that stands for them.
    licences
        Table -> terms of use, for every table that was read.
    n_rows
        Rows of the tables of signatures before they were joined.
    """

    compounds: pd.DataFrame
    signatures: np.ndarray
    signature_keys: tuple[str, ...]
    genes: tuple[str, ...]
    pairs: pd.DataFrame
    joined: Mapping[str, str]
    licences: Mapping[str, str]
    n_rows: int

    @cached_property
    def strength(self) -> np.ndarray:
        """`(S,)` largest absolute z-score of each signature."""
        return np.abs(self.signatures).max(axis=1, initial=0.0)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Compound -> row of its signature."""
        return {key: row for row, key in enumerate(self.signature_keys)}

    @cached_property
    def by_id(self) -> dict[str, str]:
        """Id, name, InChIKey in upper case -> compound; ids before names."""
        found: dict[str, str] = {}
        for key, ids, inchikey in self.compounds[["ids", "inchikey"]].itertuples():
            for name in (*ids.split("|"), inchikey, key):
                found.setdefault(name.upper(), key)
        for key, name in self.compounds["name"].items():
            for one in str(name).split("|"):
                found.setdefault(one.upper(), str(key))
        found.pop("", None)
        return found

    def called(self, compounds: Sequence[str]) -> list[str]:
        """Names for people: of a compound without one the formula, or that it has none."""
        about = self.compounds.loc[list(compounds), ["name", "structure"]]
        return [called(str(name), key, str(text)) for key, name, text in about.itertuples()]

    def targets_of(self, compound: str) -> pd.DataFrame:
        """Known targets of a compound: `gene`, `source`, `action`."""
        own = self.pairs[self.pairs["compound"] == compound]
        return own[["gene", "source", "action"]].reset_index(drop=True)


@dataclass(frozen=True)
class Labels:
    """Known targets as a table of yes and no.

    Parameters
    ----------
    compounds
        C compounds.
    targets
        T candidate genes: the universe in which a compound's targets are ranked.
    known
        `(C, T)` bool.
    """

    compounds: tuple[str, ...]
    targets: tuple[str, ...]
    known: np.ndarray


def read_pharmacology(store: KnowledgeStore | None, *, commercial: bool = False) -> Pharmacology:
    """Read every table of compounds in the store.

    Parameters
    ----------
    store
        The annotation store; None where there is none.
    commercial
        Leave out tables whose terms forbid commerce, as what ships must. Of such a table only the
        columns are read that its publisher gives away besides (`CatalogueEntry.open_columns`).

    Raises
    ------
    InputError
        If the store has neither molecules nor signatures.
    DataFileError
        If a table cannot be read.
    """
    names = (
        {}
        if store is None
        else {kind: store.names(kind) for kind in (MOLECULES, DRUG_TARGETS, DRUG_SIGNATURES)}
    )
    kept = _open_columns(store, names) if commercial and store is not None else {}
    for kind, tables in names.items():
        names[kind] = [name for name in tables if kept.get(name, (name,))]
    if store is None or not any(names.values()):
        msg = "Expected tables of molecules, drug targets or drug signatures, found none."
        raise InputError(msg, "Fetch or import them: `musegnn knowledge list` names them.")
    molecules = _read_molecules(store, names[MOLECULES], kept)
    to_key = _keys_of_ids(molecules)
    compounds = _describe(molecules)
    signatures, keys, genes, n_rows = _read_signatures(store, names[DRUG_SIGNATURES], to_key)
    pairs = _read_pairs(store, names[DRUG_TARGETS], molecules, to_key)
    first = _same_signature(signatures, keys)
    stands = [first.get(key, key) for key in pairs["compound"]]
    pairs = pairs.assign(compound=stands).drop_duplicates(["compound", "gene", "source"])
    pairs = pairs.sort_values(["compound", "gene", "source"]).reset_index(drop=True)
    unknown = sorted({*keys, *pairs["compound"]} - set(compounds.index))
    if unknown:
        bare = pd.DataFrame("", index=unknown, columns=compounds.columns)
        bare["name"] = bare["ids"] = unknown
        compounds = pd.concat([compounds, bare]).sort_index()
    own = [row for row, key in enumerate(keys) if key not in first]
    return Pharmacology(
        compounds=compounds,
        signatures=np.ascontiguousarray(signatures[own]),
        signature_keys=tuple(keys[row] for row in own),
        genes=genes,
        pairs=pairs,
        joined=first,
        licences={name: _licence(store, name, kept) for kind in names for name in names[kind]},
        n_rows=n_rows,
    )


def read_labels(data: Pharmacology, compounds: Sequence[str], *, most: int | None = None) -> Labels:
    """Lay known targets out for some compounds.

    Parameters
    ----------
    data
        The tables.
    compounds
        Those asked for; those without a known target are left out.
    most
        Compounds with more targets are left out: they bind almost anything. None keeps all.
    """
    pairs = data.pairs[data.pairs["compound"].isin(set(compounds))]
    pairs = pairs.drop_duplicates(["compound", "gene"])
    if most is not None:
        size = pairs.groupby("compound")["gene"].transform("size")
        pairs = pairs[size <= most]
    here = sorted(set(pairs["compound"]))
    targets = sorted(set(pairs["gene"]))
    known = np.zeros((len(here), len(targets)), dtype=bool)
    row = pd.Index(here).get_indexer(pairs["compound"])
    column = pd.Index(targets).get_indexer(pairs["gene"])
    known[row, column] = True
    return Labels(tuple(here), tuple(targets), known)


def _open_columns(
    store: KnowledgeStore, names: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Tables whose terms forbid commerce -> the columns that are free for all the same."""
    entries = {entry.name: entry for entry in read_catalogue()}
    return {
        name: tuple(entries[name].open_columns) if name in entries else ()
        for tables in names.values()
        for name in tables
        if is_non_commercial(store.record(name).licence)
    }


def _licence(store: KnowledgeStore, name: str, kept: Mapping[str, Sequence[str]]) -> str:
    """Terms of what was read of a table."""
    return find_entry(name).open_licence if name in kept else store.record(name).licence


def _read_molecules(
    store: KnowledgeStore, names: Sequence[str], kept: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Rows of all tables of molecules below each other, the surest table first, with `key`."""
    order = [*(name for name in _ORDER if name in names), *sorted(set(names) - set(_ORDER))]
    tables = []
    for name in order:
        table = store.table(name)
        if name in kept:
            table = table.assign(**dict.fromkeys(set(table.columns) - set(kept[name]), ""))
        tables.append(table)
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[])
    if rows.empty:
        return pd.DataFrame(columns=["id", "inchikey", "targets", "key", "table", *TEXTS])
    rows["structure"] = rows["structure"].replace(_NO_STRUCTURE, "")
    rows["table"] = np.repeat(order, [len(table) for table in tables])
    rows["inchikey"] = rows["inchikey"].str.removeprefix("InChIKey=")
    is_key = rows["inchikey"].str.fullmatch(r"[A-Z]{14}(-[A-Z]{8,10}(-[A-Z])?)?")
    rows["key"] = np.where(is_key, rows["inchikey"].str[:14], rows["id"])
    # what has neither a structure nor a key is no molecule: a hairpin, a protein
    is_known = is_key | (rows["structure"] != "") | (rows["targets"] != "")
    return rows[is_known & (rows["key"] != "")].reset_index(drop=True)


def _keys_of_ids(molecules: pd.DataFrame) -> dict[str, str]:
    """Id -> compound; a Broad id also without the number of its batch."""
    found: dict[str, str] = {}
    for name, key in zip(molecules["id"], molecules["key"], strict=True):
        found.setdefault(name, key)
        if name.startswith("BRD-"):
            found.setdefault("-".join(name.split("-")[:2]), key)
    return found


def _describe(molecules: pd.DataFrame) -> pd.DataFrame:
    """One row a compound: each text from the first table that has it, and all of its ids."""
    columns = ["name", "inchikey", "structure", "phase", "atc", "mechanism", "indication", "ids"]
    if molecules.empty:
        return pd.DataFrame(columns=columns)
    found: dict[str, pd.Series] = {}
    for column in ("inchikey", *TEXTS):
        filled = molecules[molecules[column] != ""]
        if column == "structure":  # of several forms in space the one that the InChIKey tells of
            meant = filled["key"].map(found["inchikey"])
            filled = filled.loc[(filled["inchikey"] != meant).sort_values(kind="stable").index]
        found[column] = filled.drop_duplicates("key").set_index("key")[column]
    short = molecules["id"].str.replace(r"^(BRD-[^-]+)-.*", r"\1", regex=True)
    ids = pd.DataFrame({"key": molecules["key"], "id": short}).drop_duplicates()
    found["ids"] = ids.groupby("key")["id"].agg("|".join)
    table = pd.DataFrame(found).fillna("")[columns].sort_index()
    no_name = table["name"] == ""
    table.loc[no_name, "name"] = table.index[no_name]
    return table


def _read_signatures(
    store: KnowledgeStore, names: Sequence[str], to_key: Mapping[str, str]
) -> tuple[np.ndarray, list[str], tuple[str, ...], int]:
    """Mean signature of each compound over its rows, the genes that all tables measure."""
    tables = [store.table(name) for name in names]
    if not tables:
        return np.zeros((0, 0), dtype=np.float32), [], (), 0
    shared = set.intersection(*(set(table.columns[1:]) for table in tables))
    genes = tuple(sorted(shared))
    rows = np.concatenate([table[list(genes)].to_numpy(np.float32) for table in tables])
    ids = [str(name) for table in tables for name in table["drug"]]
    usable = np.isfinite(rows).all(axis=1)
    keys = np.array([to_key.get(name, name) for name in ids], dtype=object)[usable]
    names_here, which = np.unique(keys.astype(str), return_inverse=True)
    total = np.zeros((len(names_here), len(genes)), dtype=np.float64)
    np.add.at(total, which, rows[usable])
    mean = total / np.bincount(which, minlength=len(names_here))[:, None]
    return mean.astype(np.float32), [str(name) for name in names_here], genes, len(rows)


def _read_pairs(
    store: KnowledgeStore,
    names: Sequence[str],
    molecules: pd.DataFrame,
    to_key: Mapping[str, str],
) -> pd.DataFrame:
    """Known human targets of both kinds of tables."""
    columns = ["compound", "gene", "source", "action"]
    parts = [pd.DataFrame(columns=columns)]
    for name in names:
        table = store.table(name)
        is_target = table["category"].str.casefold().isin(["", "target"])
        table = table[is_target & table["organism"].str.casefold().isin(_HUMAN)]
        keys = [to_key.get(drug, drug) for drug in table["drug"]]
        parts.append(
            pd.DataFrame(
                {"compound": keys, "gene": table["gene"], "source": name, "action": table["action"]}
            )
        )
    told = molecules[molecules["targets"] != ""]
    genes = told["targets"].str.split("|")
    listed = pd.DataFrame(
        {"compound": told["key"], "gene": genes, "source": told["table"], "action": ""}
    ).explode("gene")
    parts.append(listed[listed["gene"].str.strip() != ""])
    return pd.concat(parts, ignore_index=True).astype(str)


def _same_signature(signatures: np.ndarray, keys: Sequence[str]) -> dict[str, str]:
    """Compound -> the first whose signature is the same; those without such a twin are left out."""
    first: dict[bytes, str] = {}
    twins: dict[str, str] = {}
    for row, key in zip(signatures, keys, strict=True):
        stands = first.setdefault(row.tobytes(), key)
        if stands != key:
            twins[key] = stands
    return twins
