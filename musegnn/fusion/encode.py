"""All modalities as vectors over one list of genes, with what is missing said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.errors import InputError
from musegnn.fusion.feature_table import FeatureTable, check_some
from musegnn.fusion.modality import SVD, WALKS, Encoder, Modality, Sources
from musegnn.fusion.registry import MODALITIES
from musegnn.fusion.spectral import encode_by_svd
from musegnn.fusion.walks import encode_by_walks
from musegnn.progress import Progress, Silent
from musegnn.validation import check_choice

WIDTH: Final = 128
ENCODERS: Final = {SVD: encode_by_svd, WALKS: encode_by_walks}


@dataclass(frozen=True)
class ModalityVectors:
    """Vectors of genes in several modalities.

    Parameters
    ----------
    genes
        G symbols, sorted.
    vectors
        Modality -> `(G, D)` float32 of length 1; zeros where the gene is missing.
    present
        Modality -> `(G,)` bool: whether the modality knows the gene. What is missing is to be
        masked, not taken for a vector of zeros.
    coverage
        One row a modality: `modality, title, encoder, names, names_led, genes, facts, tables`.
    sources
        Modality -> records of its tables.
    absent
        Modality -> what would have to be imported for it.
    facts
        Modality -> `(G,)` int64 number of entries of its table that a gene has, such as terms or
        partners: what is known much about is told by it from what is hardly known.
    """

    genes: tuple[str, ...]
    vectors: Mapping[str, np.ndarray]
    present: Mapping[str, np.ndarray]
    coverage: pd.DataFrame
    sources: Mapping[str, tuple[Mapping[str, Any], ...]]
    absent: Mapping[str, str]
    facts: Mapping[str, np.ndarray] = field(default_factory=dict)


def find_modalities(keys: Sequence[str] | None) -> tuple[Modality, ...]:
    """Return modalities by their keys, all for None, in the order of the registry.

    Raises
    ------
    InputError
        If there is none of a name; the nearest is told.
    """
    known = [modality.key for modality in MODALITIES]
    for key in keys or ():
        check_choice(key, known, name="modality")
    return tuple(m for m in MODALITIES if keys is None or m.key in keys)


def read_tables(
    sources: Sources, chosen: Sequence[Modality], *, progress: Progress | None = None
) -> tuple[dict[str, FeatureTable], dict[str, str]]:
    """Read the table of each modality.

    Returns
    -------
    Tables by modality, and of those that have none what they need.

    Raises
    ------
    InputError
        If no modality has a table, or the names in one lead to hardly any gene.
    """
    progress = progress or Silent()
    progress.start("tables", len(chosen))
    tables, absent = {}, {}
    for modality in chosen:
        table = modality.read(sources)
        if table is None:
            absent[modality.key] = modality.needs
        else:
            tables[modality.key] = check_some(table, modality.title)
        progress.advance(modality.key)
    progress.finish()
    if not tables:
        msg = "Expected a table of at least one modality, found none in the annotation."
        hint = "Fetch or import some (`musegnn knowledge list`), and set MUSEGNN_KNOWLEDGE."
        raise InputError(msg, hint)
    return tables, absent


def encode_tables(
    tables: Mapping[str, FeatureTable],
    *,
    width: int = WIDTH,
    encoder: Encoder | None = None,
    seed: int = 0,
    absent: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> ModalityVectors:
    """Make vectors of tables, over all genes that any of them knows.

    Parameters
    ----------
    tables
        Modality -> table.
    width
        Numbers in a vector.
    encoder
        `svd` or `walks` for all of them; None takes what each does best with.
    seed
        Of every draw.
    absent
        Modalities without a table, to be told.
    progress
        Told about steps.
    """
    progress = progress or Silent()
    usual = {modality.key: modality for modality in MODALITIES}
    genes = tuple(sorted({gene for table in tables.values() for gene in table.genes}))
    place = {gene: i for i, gene in enumerate(genes)}
    vectors, present, facts, rows = {}, {}, {}, []
    progress.start("vectors of modalities", len(tables))
    for key, table in tables.items():
        name: Encoder = encoder or usual[key].encoder
        made = ENCODERS[name](table, width, seed=seed)
        at = np.array([place[gene] for gene in table.genes], dtype=np.int64)
        told = np.abs(made).sum(axis=1) > 0
        vectors[key] = np.zeros((len(genes), width), dtype=np.float32)
        vectors[key][at] = made
        present[key] = np.zeros(len(genes), dtype=bool)
        present[key][at[told]] = True
        facts[key] = np.zeros(len(genes), dtype=np.int64)
        facts[key][at] = np.diff(sparse.csr_matrix(table.members).indptr)
        rows.append(
            {
                "modality": key,
                "title": usual[key].title,
                "encoder": name,
                "names": table.coverage.names,
                "names_led": table.coverage.led,
                "genes": int(told.sum()),
                "facts": table.members.nnz,
                "tables": ", ".join(str(record.get("name", "")) for record in table.sources)[:300],
            }
        )
        progress.advance(key)
    progress.finish()
    return ModalityVectors(
        genes,
        vectors,
        present,
        pd.DataFrame(rows),
        {key: table.sources for key, table in tables.items()},
        dict(absent or {}),
        facts,
    )
