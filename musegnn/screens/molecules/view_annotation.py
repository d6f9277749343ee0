"""What the annotation knows of the molecules of the map: targets, mechanisms, phases, assays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError, MuseGNNError
from musegnn.knowledge.assays import STRUCTURE, assays_of
from musegnn.knowledge.catalogue import DRUG_SIGNATURES, DRUG_TARGETS, MOLECULES
from musegnn.knowledge.store import folder_state, open_store
from musegnn.molecules.molecule_set import KEY
from musegnn.molecules.shipped import ROW_OF, MoleculeReference
from musegnn.molecules.standard import standardise
from musegnn.targets.tables import read_pharmacology

UNKNOWN: Final = "not known"
NOT_MEASURED: Final = "not measured"
WHAT_TO_FETCH: Final = (
    "**Targets, mechanisms and phases need annotation.** Fetch `repurposing_molecules` (and "
    "`drugbank_molecules`, `drugbank_targets`, for non-commercial use) with `musegnn knowledge "
    "fetch`, and set `MUSEGNN_KNOWLEDGE` to their folder."
)
WHAT_ASSAYS: Final = (
    "**Colouring by an assay needs its table.** Lay `chembl2k_assays`, `broad6k_assays`, "
    "`biogenadme_assays` or `moltoxcast_assays` into the annotation: `musegnn knowledge list` says "
    "where they come from."
)
_ASSAYS: Final = {
    "chembl2k_assays": "ChEMBL2K",
    "broad6k_assays": "Broad6K",
    "biogenadme_assays": "Biogen3K",
    "moltoxcast_assays": "ToxCast",
}
_TRIED: Final = 12  # rows of a table that are compared with the map before it is believed


@dataclass(frozen=True)
class MoleculeAnnotation:
    """What is known of molecules, by the first block of the InChIKey.

    Parameters
    ----------
    targets, mechanisms
        Key -> symbols of genes, and mechanisms.
    phases
        Key -> clinical phase.
    """

    targets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mechanisms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    phases: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_some(self) -> bool:
        """True where anything is known."""
        return bool(self.targets or self.mechanisms or self.phases)

    def listed(self, keys: pd.Series) -> pd.DataFrame:
        """Say in words what is known of molecules: `targets`, `mechanism`, `phase`."""
        return pd.DataFrame(
            {
                "targets": [", ".join(sorted(self.targets.get(key, ()))) for key in keys],
                "mechanism": [", ".join(sorted(self.mechanisms.get(key, ()))) for key in keys],
                "phase": [self.phases.get(key, "") for key in keys],
            },
            index=keys.index,
        )


def state_of(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return what kept answers go by: the files of the folder and of tables beside it."""
    if folder is None or not folder.is_dir():
        return ()
    beside = [folder / name for name in ("pharmacology", "molecules")]
    places = (folder, *beside, *(folder.parent / place.name for place in beside))
    return tuple(entry for place in places if place.is_dir() for entry in folder_state(place))


def open_annotation(folder: Path | None) -> MoleculeAnnotation:
    """Read what the annotation knows of molecules; nothing where it has no such table."""
    store = open_store(folder)
    if store is None or not any(map(store.names, (MOLECULES, DRUG_TARGETS, DRUG_SIGNATURES))):
        return MoleculeAnnotation()
    data = read_pharmacology(store)
    targets = data.pairs.groupby("compound")["gene"].agg(frozenset).to_dict()
    about = data.compounds
    told = about["mechanism"][about["mechanism"] != ""]
    mechanisms = {
        str(key): frozenset(part.strip() for part in str(text).split("|") if part.strip())
        for key, text in told.items()
    }
    phases = about["phase"][about["phase"] != ""].astype(str).str.replace("|", ", ").to_dict()
    return MoleculeAnnotation(targets, mechanisms, phases)


def list_assays(folder: Path | None) -> list[str]:
    """Name all assays of tables that molecules of the map come from, as `table: assay`."""
    store = open_store(folder)
    if store is None:
        return []
    known = set(store.names("assays"))
    return [
        f"{title}: {assay}"
        for name, title in _ASSAYS.items()
        if name in known
        for assay in assays_of(store.table(name))
    ]


def read_assay(folder: Path | None, assay: str, reference: MoleculeReference) -> np.ndarray:
    """Return what one assay measured of each molecule of the map, `(N,)` float64, NaN for nothing.

    Raises
    ------
    InputError
        If there is no such assay, or the table has other rows than the map was made of.
    """
    title, _, column = assay.partition(": ")
    name = next((name for name, called in _ASSAYS.items() if called == title), "")
    store = open_store(folder)
    if store is None or name not in store.names("assays"):
        msg = f"Expected an assay of the annotation, found {assay[:80]!r}."
        raise InputError(msg, "Choose one of the list.")
    table = store.table(name)
    if column not in assays_of(table):
        msg = f"Expected an assay of {title}, found {column[:60]!r}."
        raise InputError(msg, "Choose one of the list.")
    rows = reference.molecules.table[f"{ROW_OF} {title}"].to_numpy()
    _check_rows(table, rows, reference, title)
    found = np.full(len(rows), np.nan)
    here = rows >= 0
    found[here] = pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64)[rows[here]]
    return found


def _check_rows(
    table: pd.DataFrame, rows: np.ndarray, reference: MoleculeReference, title: str
) -> None:
    """Raise unless some rows of a table are the molecules that the map says they are."""
    here = np.flatnonzero(rows >= 0)
    tried = here[:: max(1, len(here) // _TRIED)]
    keys = reference.molecules.table[KEY]
    if len(tried) and rows.max() < len(table):
        with_key = (
            (_key_of(str(table[STRUCTURE].iloc[rows[row]])), str(keys.iloc[row])) for row in tried
        )
        if all(one == other for one, other in with_key):
            return
    msg = f"Expected {title} as the map was made of it, found other rows."
    raise InputError(msg, "Take the version of the table that `musegnn knowledge list` names.")


def _key_of(text: str) -> str:
    """First block of the InChIKey of a structure in one form; "" for none."""
    try:
        return standardise(text).key
    except MuseGNNError:
        return ""
