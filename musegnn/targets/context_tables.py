"""What is at hand for a context of molecules: annotation, tables of one's own, what ships."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.border.documents import read_json
from musegnn.knowledge.catalogue import (
    ASSAYS,
    DRUG_SIGNATURES,
    DRUG_TARGETS,
    INTERACTIONS,
    MOLECULES,
    MORPHOLOGY_PROFILES,
)
from musegnn.knowledge.store import KnowledgeStore
from musegnn.knowledge.wells import read_wells
from musegnn.molecules.assays import AssayTable, as_assays, read_assays
from musegnn.molecules.context_build import ContextTables, Measured
from musegnn.molecules.context_graph import SKELETON, ContextGraph
from musegnn.molecules.forms import Forms, find_forms, open_forms, read_forms
from musegnn.molecules.morphology import (
    Profiles,
    consensus,
    correct_position,
    lay_out,
    read_morphology,
    scale_to_controls,
)
from musegnn.molecules.profile_reference import FOLDER, MANIFEST, read_reference
from musegnn.molecules.splits import scaffold_split
from musegnn.molecules.standard import Standard
from musegnn.molecules.structures import scaffolds
from musegnn.targets.shipped import SHIPPED, read_drugs
from musegnn.targets.tables import Pharmacology
from musegnn.targets.tractable import FUSED, open_fused
from musegnn.validation import format_list

SHIPPED_PROFILES: Final = "CPJUMP1, shipped"
SHIPPED_GENES: Final = "fused gene vectors, shipped"
_FEW: Final = 1000  # structures of a table that is kept in memory
# what a context is made of, and how to bring it where it is not there
_NEEDED: Final[dict[str, str]] = {
    DRUG_SIGNATURES: "Signatures of molecules are those that ship, reduced and without structures: "
    "fetch or import a table of drug signatures and one of molecules for all of them.",
    DRUG_TARGETS: "Known targets are missing: no molecule is joined with what it hits. Fetch "
    "`drugbank_targets` or `repurposing_molecules`.",
    INTERACTIONS: "Interactions of proteins are missing: genes are not joined with each other. "
    "Import a table of interactions.",
    ASSAYS: "Tables of assays are missing: only molecules with a profile, a signature or a target "
    "are there. Import a table of assays, or name one.",
    MORPHOLOGY_PROFILES: "No tables of profiles beside the one that ships: import one of kind "
    "morphology profiles, or name one.",
}
Tell = Callable[[str], object]


@dataclass(frozen=True)
class Used:
    """A table that was read.

    Parameters
    ----------
    gives
        What it gives to the context, in words.
    table
        Its name.
    rows
        Rows or pairs taken of it.
    molecules
        Molecules of the context that it says something of.
    licence
        Its terms.
    """

    gives: str
    table: str
    rows: int
    molecules: int
    licence: str


@dataclass(frozen=True)
class Waiting:
    """A table whose many molecules were not brought into one form yet.

    Parameters
    ----------
    table
        What it is called.
    structures
        Its structures.
    """

    table: str
    structures: tuple[str, ...]


@dataclass(frozen=True)
class AtHand:
    """What a context is made of, and where it comes from.

    Parameters
    ----------
    tables
        For `build_context`.
    used
        Tables that were read, in their order.
    missing
        What is not at hand, and what to do, a sentence each.
    names
        First block of the InChIKey -> name of the molecule, where it has one.
    same
        Other key of a molecule -> the one by which it stands in the context: tables write the same
        molecule with and without its charge.
    assays
        Tables of assays, whose last parts can be left out.
    standing
        For each of these tables the key by which each molecule stands, "" for none.
    waiting
        Tables whose molecules are left out, since nobody waited for them.
    """

    tables: ContextTables
    used: tuple[Used, ...] = ()
    missing: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    assays: tuple[AssayTable, ...] = ()
    standing: tuple[tuple[str, ...], ...] = ()
    waiting: tuple[Waiting, ...] = ()

    def as_table(self) -> pd.DataFrame:
        """Return the tables that were read: `gives`, `table`, `rows`, `molecules`, `licence`."""
        columns = list(Used.__annotations__)
        return pd.DataFrame([vars(one) for one in self.used], columns=columns)

    def keys_of(self, keys: Iterable[str]) -> set[str]:
        """Return the keys by which molecules stand in the context."""
        short = {key[:SKELETON] for key in keys if key}
        return short | {self.same[key] for key in short if key in self.same}


@dataclass
class _Molecules:
    """Molecules as they come, each once and in one form."""

    processes: int
    is_patient: bool
    waiting: list[Waiting] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    smiles: list[str] = field(default_factory=list)
    scaffolds: list[str] = field(default_factory=list)
    bits: list[np.ndarray] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)

    def add(self, table: str, keys: Sequence[str], structures: Sequence[str]) -> list[str]:
        """Take molecules in, and return by which key each stands; "" for what has no form."""
        if len(structures) <= _FEW:
            found = _read_few(tuple(structures))
        elif self.is_patient:
            found = open_forms(structures, processes=self.processes)
        else:
            kept = find_forms(structures)
            if kept is None:
                self.waiting.append(Waiting(table, tuple(structures)))
                return [""] * len(structures)
            found = kept
        standing = []
        for row, (given, own) in enumerate(zip(keys, found.keys, strict=True)):
            if not own:
                standing.append("")
                continue
            key = self.same.get(given[:SKELETON]) or self.same.get(own)
            if key is None:
                key = given[:SKELETON] or own
                self.keys.append(key)
                self.smiles.append(found.smiles[row])
                self.scaffolds.append(found.scaffolds[row])
                self.bits.append(found.bits[row])
            for name in filter(None, (given[:SKELETON], own)):
                self.same.setdefault(name, key)
            standing.append(key)
        return standing


@lru_cache(maxsize=8)
def _read_few(structures: tuple[str, ...]) -> Forms:
    """Bring short tables into one form once: those that ship are read again and again."""
    return read_forms(structures)


def read_at_hand(
    store: KnowledgeStore | None,
    *,
    assays: Sequence[Path] = (),
    profiles: Sequence[Path] = (),
    processes: int = 1,
    is_patient: bool = True,
    tell: Tell = lambda _: None,
) -> AtHand:
    """Read everything that a context of molecules can be made of.

    Parameters
    ----------
    store
        The annotation; None where there is none: then what ships still makes a small context.
    assays, profiles
        Tables of one's own beside those of the store: molecules with what was measured of them,
        and profiles of morphology with molecules.
    processes
        How many read structures at once.
    is_patient
        Bring the molecules of large tables into one form, minutes for the first time. Else those
        that were not before are left out, and told as waiting.
    tell
        Told what is read.

    Raises
    ------
    InputError, DataFileError
        If a table cannot be read.
    """
    molecules = _Molecules(processes, is_patient)
    used: list[Used] = []
    # tables of one's own first: what cannot be read is said before anything takes long
    own_assays = [read_assays(path) for path in assays]
    own_profiles = [
        _prepare(lay_out(read_wells(path), source=path.name, licence="your own"))
        for path in profiles
    ]
    tell("tables of drugs")
    drugs = read_drugs(store)
    is_shipped = SHIPPED in drugs.licences
    about = drugs.compounds
    wanted = set(drugs.signature_keys) | set(drugs.pairs["compound"])
    rows = about[(about["structure"] != "") & about.index.isin(wanted)]
    standing = molecules.add("drugs", [str(key) for key in rows.index], list(rows["structure"]))
    to_key = dict(zip(map(str, rows.index), standing, strict=True))
    morphology, taken, names = _read_profiles(store, own_profiles, molecules, drugs, tell)
    names |= {str(key): str(name).split("|")[0] for key, name in about["name"].items()}
    read = _read_assays(store, own_assays, molecules, tell)
    # of what ships the structures are not known, but those of profiles or assays may be the same
    keys = [to_key.get(key) or molecules.same.get(key, key) for key in drugs.signature_keys]
    measured: tuple[Measured, ...] = ()
    here = set(molecules.keys)
    if len(drugs.signatures):
        source = SHIPPED if is_shipped else ", ".join(store.names(DRUG_SIGNATURES) if store else ())
        measured = (Measured(source, tuple(keys), drugs.signatures, drugs.genes),)
        used.append(_used("expression", source, len(keys), len(here & set(keys)), drugs.licences))
    used += taken
    standing_pairs = [
        (to_key.get(compound, ""), str(gene))
        for compound, gene in drugs.pairs[["compound", "gene"]].itertuples(index=False)
    ]
    pairs = sorted({pair for pair in standing_pairs if all(pair)})
    for name, part in drugs.pairs.groupby("source"):
        own = {to_key.get(str(key), "") for key in part["compound"]} - {""}
        used.append(_used("known targets", str(name), len(part), len(own), drugs.licences))
    used += [one for one, _, _ in read]
    interactions = _read_interactions(store, used)
    tables = ContextTables(
        tuple(molecules.keys),
        tuple(molecules.smiles),
        tuple(molecules.scaffolds),
        np.unpackbits(np.stack(molecules.bits), axis=1),
        expression=measured,
        morphology=morphology,
        targets=tuple(pairs),
        interactions=interactions,
    )
    return AtHand(
        _with_vectors(tables, used),
        tuple(used),
        _say_missing(store, drugs.licences, assays, profiles),
        {key: name for key, name in names.items() if name and name != key},
        molecules.same,
        tuple(table for _, table, _ in read),
        tuple(tuple(keys) for _, _, keys in read),
        tuple(molecules.waiting),
    )


def leave_out_tests(graph: ContextGraph, at_hand: AtHand) -> ContextGraph:
    """Leave out the edges of molecules that a benchmark of assays asks about.

    Parameters
    ----------
    graph, at_hand
        A context, and what it was made of: of each table of assays the last part of the published
        division (`scaffold_split`) is asked about.

    Returns
    -------
    A graph that says which molecules were left out.
    """
    for table, standing in zip(at_hand.assays, at_hand.standing, strict=True):
        asked = scaffold_split(scaffolds(table.smiles)).test.tolist()
        why = f"{len(asked):,} molecules of the last part of {table.name}"
        graph = graph.without({standing[row] for row in asked}, why=why)
    return graph


def leave_out_molecules(
    graph: ContextGraph, at_hand: AtHand, molecules: Sequence[Standard], *, why: str
) -> ContextGraph:
    """Leave out the edges of some molecules, whichever key they stand by.

    Parameters
    ----------
    graph, at_hand
        A context, and what it was made of.
    molecules
        In one form.
    why
        Where they come from.
    """
    keys = at_hand.keys_of(one.inchikey for one in molecules)
    return graph.without(keys, why=f"{len(molecules):,} molecules of {why}")


def _read_profiles(
    store: KnowledgeStore | None,
    own: Sequence[Profiles],
    molecules: _Molecules,
    drugs: Pharmacology,
    tell: Tell,
) -> tuple[tuple[Measured, ...], list[Used], dict[str, str]]:
    """Profiles of morphology, one entry a source, since features differ; names of molecules."""
    names: dict[str, str] = {}
    found = [replace(read_reference().profiles, source=SHIPPED_PROFILES)]
    origin = str(read_json(FOLDER / MANIFEST, role="the shipped profiles")["source"])
    if store is not None:
        for name in store.names(MORPHOLOGY_PROFILES):
            # the same profiles as those that ship, which were prepared already
            if store.record(name).source == origin:
                continue
            tell(f"profiles of {name}")
            found.append(_prepare(read_morphology(store, name)))
    found += own
    measured, used = [], []
    for part in found:
        about = part.about
        standing = molecules.add(part.source, *_whose(about, drugs))
        for key, name in zip(standing, about["name"], strict=True):
            if key and name:
                names.setdefault(key, str(name))
        n_here = len(set(standing) - {""})
        used.append(Used("morphology", part.source, len(part), n_here, part.licence))
        if n_here:
            measured.append(Measured(part.source, tuple(standing), part.numbers, part.features))
    return tuple(measured), used, names


def _whose(about: pd.DataFrame, drugs: Pharmacology) -> tuple[list[str], list[str]]:
    """Keys and structures of profiles; those that are only named by what drugs of the name are."""
    keys, structures = [], []
    for given, written in zip(about["key"], about["structure"], strict=True):
        is_key = given.isupper() and len(given) == SKELETON  # else a name in small letters
        key = given if is_key else drugs.by_id.get(given.upper(), "")
        structure = written
        if not structure and key in drugs.compounds.index:
            structure = str(drugs.compounds.loc[key, "structure"])
        keys.append(key)
        structures.append(structure)
    return keys, structures


def _prepare(profiles: Profiles) -> Profiles:
    """Profiles of compounds, counted from controls where there are any."""
    if profiles.about["is_control"].any():
        profiles = correct_position(scale_to_controls(profiles))
    return consensus(profiles)


def _read_assays(
    store: KnowledgeStore | None, own: Sequence[AssayTable], molecules: _Molecules, tell: Tell
) -> list[tuple[Used, AssayTable, list[str]]]:
    """Tables of assays, whose molecules join the context."""
    found = []
    if store is not None:
        found += [
            (as_assays(store.table(name), name=name), store.record(name).licence)
            for name in store.names(ASSAYS)
        ]
    found += [(table, "your own") for table in own]
    read = []
    for table, licence in found:
        tell(f"{len(table):,} molecules of {table.name}")
        standing = molecules.add(table.name, table.keys, table.smiles)
        n_here = len(set(standing) - {""})
        one = Used("molecules of assays", table.name, len(table), n_here, licence)
        read.append((one, table, standing))
    return read


def _read_interactions(
    store: KnowledgeStore | None, used: list[Used]
) -> tuple[tuple[str, str], ...]:
    """Pairs of proteins that bind."""
    if store is None:
        return ()
    found = store.interactions()
    for name, part in found.groupby("source"):
        licence = store.record(str(name)).licence
        used.append(Used("proteins that bind", str(name), len(part), 0, licence))
    pairs = found[["a", "b"]].drop_duplicates()
    return tuple(pairs.itertuples(index=False, name=None))


def _with_vectors(tables: ContextTables, used: list[Used]) -> ContextTables:
    """Give vectors to the genes of the context that have any."""
    named = {gene for _, gene in tables.targets}
    named |= {gene for pair in tables.interactions for gene in pair}
    named |= {gene for part in tables.expression for gene in part.features}
    vectors = open_fused().get(FUSED)
    if vectors is None or not named:
        return tables
    rows = [row for row, symbol in enumerate(vectors.symbols) if symbol in named]
    used.append(Used("vectors of genes", SHIPPED_GENES, len(rows), 0, "of their sources"))
    genes = tuple(vectors.symbols[row] for row in rows)
    return replace(tables, genes=genes, gene_vectors=vectors.vectors[rows])


def _used(gives: str, table: str, rows: int, molecules: int, licences: Mapping[str, str]) -> Used:
    """Say what a table of drugs gave."""
    terms = {licences[name] for name in table.split(", ") if name in licences}
    return Used(gives, table, rows, molecules, format_list(sorted(terms)) if terms else "")


def _say_missing(
    store: KnowledgeStore | None,
    licences: Mapping[str, str],
    assays: Sequence[Path],
    profiles: Sequence[Path],
) -> tuple[str, ...]:
    """Say what is not at hand."""
    there = {kind: bool(store and store.names(kind)) for kind in _NEEDED}
    there[DRUG_TARGETS] |= bool(store and store.names(MOLECULES))
    there[ASSAYS] |= bool(assays)
    there[MORPHOLOGY_PROFILES] |= bool(profiles)
    there[DRUG_SIGNATURES] = SHIPPED not in licences
    return tuple(said for kind, said in _NEEDED.items() if not there[kind])
