"""Names of molecules from sources that let anybody pass them on, for `build_molecules.py`.

Each source names full InChIKeys. A molecule that ships has that of its form and those of the
structures that tables gave for it. A name whose InChIKey is one of these is taken first, so that
stereoisomers are not mixed up; only then one of the same skeleton, where its source has no other.
"""

from __future__ import annotations

import bz2
import io
import pickle
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from musegnn.border.regular import hash_regular
from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore
from musegnn.molecules.context_graph import SKELETON
from musegnn.molecules.profile_reference import read_reference
from musegnn.molecules.structures import read_structure

L1000 = "l1000_molecules"
DRUGBANK = "DrugBank Vocabulary"
MOST_NAMES = 5  # of one molecule
LONGEST = 60  # letters of a name that a list and a map can show
_DRUGS = "drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2"
_CHEMICALS = tuple(
    f"chemicals/Identifiers/chemical identifiers pubchem {size}.tsv" for size in ("large", "small")
)
_INCHIKEY, _FIRST_NAME = 6, 8  # columns there; a systematic name stands before the first
# numbers of a registry, of a vendor or of a library are no names
_NUMBER = re.compile(
    r"[\d-]+|BRD-.*|(ac1|akos|bdbm|cas|chebi|chembl|cid|dsstox_cid_|dtxsid|ec|einecs|hms|hsdb|mfcd|mls|ncgc|"
    r"nsc|schembl|smr|st|stk|stl|tox21_?|unii|zinc)[ -]?[\da-z:]*\d[\d-]*",
    re.IGNORECASE,
)
_KEY = 25  # letters of an InChIKey without the last, which tells how many protons came or went
_CAPITAL = re.compile(r"\b[A-Z](?=[a-z]{3})")


@dataclass(frozen=True)
class NameSource:
    """Names of one source.

    Parameters
    ----------
    title
        What it is called.
    told
        Source, licence, citation and checksum, for the manifest.
    names
        Pairs of a full InChIKey and a name, the best first.
    is_owner
        Whether a name belongs to the skeleton that it gives it to, and to no other.
    is_last_resort
        Whether it names only what no source before it names.
    """

    title: str
    told: Mapping[str, str]
    names: Sequence[tuple[str, str]]
    is_owner: bool = False
    is_last_resort: bool = False


def read_sources(store: KnowledgeStore, drugs: Path, chemicals: Path) -> list[NameSource]:
    """Return all sources, the best first.

    Parameters
    ----------
    store
        With the perturbagens of L1000.
    drugs
        Wheel of `drug-named-entity-recognition`.
    chemicals
        Wheel of `chemicals`.
    """
    listed, record = store.table(L1000), store.record(L1000)
    pure, salts = _read_drugs(drugs)
    open_drugs = {
        "source": f"{drugs.name} (PyPI), entries with a number of DrugBank",
        "licence": "CC0 (DrugBank Vocabulary), MIT (package); structures of PubChem",
        "citation": "Knox C et al. DrugBank 6.0. Nucleic Acids Res 52, D1265 (2024). "
        "doi:10.1093/nar/gkad976.",
        "sha256": hash_regular(drugs),
    }
    painted = read_reference().profiles.about
    return [
        NameSource(
            "L1000",
            {"source": record.source, "licence": record.licence, "citation": record.citation},
            _tidied(zip(listed["inchikey"], listed["name"], strict=True)),
        ),
        NameSource(
            "CPJUMP1",
            {"source": "data/morphology", "licence": "CC0 (Cell Painting Gallery cpg0000)"},
            _tidied(zip(painted["inchikey"], painted["name"], strict=True)),
        ),
        NameSource(DRUGBANK, open_drugs, _tidied(pure), is_owner=True),
        NameSource(
            "PubChem",
            {
                "source": f"{chemicals.name} (PyPI)",
                "licence": "MIT (package); names of PubChem, on which NCBI lays no restriction",
                "citation": "Kim S et al. PubChem 2025 update. Nucleic Acids Res 53, D1516 (2025). "
                "doi:10.1093/nar/gkae1059.",
                "sha256": hash_regular(chemicals),
            },
            _tidied(_read_chemicals(chemicals)),
            is_owner=True,
        ),
        NameSource(DRUGBANK, open_drugs, _tidied(salts), is_last_resort=True),
    ]


def name_molecules(
    identities: Mapping[str, Iterable[str]], sources: Sequence[NameSource]
) -> dict[str, list[tuple[str, str]]]:
    """Find the names of each molecule that has one, the best first, with the source of each.

    Parameters
    ----------
    identities
        Molecule -> full InChIKeys of it, that of its form first.
    sources
        The best first. L1000 calls esters by their drug: a name that a source owns for one
        skeleton is nobody else's. Of two owners the later one decides.
    """
    owner = {
        _fold(name): inchikey[:SKELETON]
        for source in sources
        if source.is_owner
        for inchikey, name in reversed(source.names)
    }
    found: dict[str, list[tuple[str, str]]] = {}
    skeletons: list[tuple[str, dict[str, set[str]]]] = []
    for source in sources:
        exact: dict[str, list[str]] = {}
        alike: dict[str, set[str]] = {}
        for inchikey, name in source.names:
            skeleton = inchikey[:SKELETON]
            if owner.get(_fold(name), skeleton) == skeleton:
                exact.setdefault(inchikey[:_KEY], []).append(name)
                alike.setdefault(skeleton, set()).add(name)
        skeletons.append((source.title, alike))
        for molecule, known in identities.items():
            if source.is_last_resort and found.get(molecule):
                continue
            for one in dict.fromkeys(one[:_KEY] for one in known):
                for name in exact.get(one, []):
                    _add(found.setdefault(molecule, []), name, source.title)
    for title, alike in skeletons:
        for molecule, known in identities.items():
            for one in known if not found.get(molecule) else ():
                only = alike.get(one[:SKELETON], set())
                if len(only) == 1:
                    _add(found.setdefault(molecule, []), next(iter(only)), title)
    return {molecule: names for molecule, names in found.items() if names}


def _add(names: list[tuple[str, str]], name: str, title: str) -> None:
    """Add a name that is not there in another spelling."""
    if len(names) < MOST_NAMES and _fold(name) not in {_fold(known) for known, _ in names}:
        names.append((name, title))


def _fold(name: str) -> str:
    """Write a name as all ways to write it have in common."""
    return re.sub(r"[\s-]+", "", name).casefold()


def inchikey_of(structure: str) -> str:
    """Full InChIKey of the largest part of a structure, "" where it cannot be read."""
    try:
        return read_structure(structure).inchikey
    except InputError:
        return ""


def _tidied(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out what is no name, and write words without a capital, as L1000 does."""
    found = []
    for inchikey, name in pairs:
        key = str(inchikey).removeprefix("InChIKey=")
        called = _CAPITAL.sub(lambda letter: letter[0].lower(), str(name).strip())
        if key and called and len(called) <= LONGEST and not _NUMBER.fullmatch(called):
            found.append((key, called))
    return found


class _PlainUnpickler(pickle.Unpickler):
    """Reads texts, lists and sets: a pickle of anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """Allow the type of sets alone."""
        if (module, name) == ("builtins", "set"):
            return set
        msg = f"Expected texts, lists and sets, found {module}.{name}."
        raise pickle.UnpicklingError(msg)


def _read_drugs(wheel: Path) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Full InChIKey and name of drugs that DrugBank numbers: of pure ones, and of their salts."""
    with zipfile.ZipFile(wheel) as packed:
        text = bz2.decompress(packed.read(_DRUGS))
    pure, salts = [], []
    for entry in _PlainUnpickler(io.BytesIO(text)).load()["drug_canonical_to_data"].values():
        if not (entry.get("drugbank_id") and entry.get("smiles")):
            continue
        try:
            read = read_structure(entry["smiles"])
        except InputError:
            continue
        if not read.remarks:
            pure.append((read.inchikey, entry["name"]))
        elif "mixture" not in read.remarks[0]:
            salts.append((read.inchikey, entry["name"]))
    return pure, salts


def _read_chemicals(wheel: Path) -> Iterable[tuple[str, str]]:
    """Names of chemicals, the first of each that is one."""
    with zipfile.ZipFile(wheel) as packed:
        for file in _CHEMICALS:
            with packed.open(file) as stream:
                for line in io.TextIOWrapper(stream, encoding="utf-8"):
                    columns = line.rstrip("\n").split("\t")
                    names = (name for name in columns[_FIRST_NAME:] if name)
                    first = next((name for name in names if not _NUMBER.fullmatch(name)), "")
                    yield columns[_INCHIKEY], first


def count_names(named: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, int]:
    """Count the molecules that each source named."""
    titles = pd.Series([names[0][1] for names in named.values()], dtype=str)
    return {str(title): int(number) for title, number in titles.value_counts().items()}
