"""Signatures that come with the program: a reduced reference for machines without annotation."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.border.documents import read_json
from musegnn.border.tables import read_parquet
from musegnn.knowledge.catalogue import DRUG_SIGNATURES
from musegnn.knowledge.store import KnowledgeStore
from musegnn.settings import REPOSITORY
from musegnn.targets.tables import Pharmacology, read_pharmacology

FOLDER: Final = REPOSITORY / "data" / "targets"
SIGNATURES, DIRECTIONS, MANIFEST = "signatures.parquet", "directions.parquet", "manifest.json"
SHIPPED: Final = "shipped reduced signatures"
_ROLE: Final = "the shipped signatures"


def read_drugs(store: KnowledgeStore | None) -> Pharmacology:
    """Read the compounds of the store, or the shipped signatures where it has none.

    Raises
    ------
    DataFileError
        If a table cannot be read.
    """
    if store is not None and store.names(DRUG_SIGNATURES):
        return read_pharmacology(store)
    return read_shipped()


def read_shipped(folder: Path = FOLDER) -> Pharmacology:
    """Read the reduced reference: names and main patterns of signatures, without known targets."""
    licence = str(read_json(folder / MANIFEST, role=_ROLE)["licence"])
    table = read_parquet(folder / SIGNATURES, role=_ROLE)
    directions = read_parquet(folder / DIRECTIONS, role=_ROLE)
    patterns = table[[name for name in table if name.startswith("pattern")]].to_numpy(np.float32)
    logs = patterns @ directions.drop(columns=["gene"]).to_numpy(np.float32).T
    compounds = pd.DataFrame(
        "",
        index=pd.Index(table["compound"]),
        columns=["name", "inchikey", "structure", "phase", "atc", "mechanism", "indication", "ids"],
    )
    compounds["name"] = table["name"].to_numpy()
    return Pharmacology(
        compounds=compounds.sort_index(),
        signatures=np.sign(logs) * np.expm1(np.abs(logs)),
        signature_keys=tuple(table["compound"]),
        genes=tuple(directions["gene"]),
        pairs=pd.DataFrame({"compound": [], "gene": [], "source": [], "action": []}, dtype=object),
        joined={},
        licences={SHIPPED: licence},
        n_rows=len(table),
    )
