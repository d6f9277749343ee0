"""Vectors of molecules as a set that maps, neighbours, selections and links take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.embeddings.map_layout import compute_map
from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import InputError
from musegnn.graphs.thread_limit import limited_threads

NAME, SMILES, KEY, SCAFFOLD = "molecule", "smiles", "inchikey", "scaffold"
BITS_KEPT, CLUSTER = "bits kept", "cluster"
NO_RINGS: Final = "no rings"
MODEL: Final = "bottleneck over a cell context (after Liu et al., ICLR 2025)"
_FEWEST: Final = 4  # molecules of a map


def describe_molecules(
    names: Sequence[str],
    smiles: Sequence[str],
    keys: Sequence[str],
    scaffolds: Sequence[str],
    bits: np.ndarray,
) -> pd.DataFrame:
    """Lay out what is known of M molecules from their structures.

    Parameters
    ----------
    names, smiles, keys, scaffolds
        M of each; a scaffold is "" for a molecule without rings.
    bits
        `(M,)` that their codes keep.
    """
    return pd.DataFrame(
        {
            NAME: list(names),
            SMILES: list(smiles),
            KEY: list(keys),
            SCAFFOLD: [scaffold or NO_RINGS for scaffold in scaffolds],
            BITS_KEPT: np.round(bits, 2).astype(np.float32),
        }
    )


def molecule_set(
    codes: np.ndarray,
    table: pd.DataFrame,
    *,
    seed: int,
    provenance: Mapping[str, Any],
    details: Sequence[str] = (),
) -> VectorSet:
    """Put codes of molecules and what is known of them into one set.

    Parameters
    ----------
    codes
        `(M, C)` float32.
    table
        M rows with `NAME` (made different where it stands twice), `SMILES` and `KEY`.
    seed
        Of the map.
    provenance
        What the set records.
    details
        Further columns that the map shows.

    Raises
    ------
    InputError
        If there are fewer than four molecules.
    """
    if len(codes) < _FEWEST:
        msg = f"Expected at least {_FEWEST} molecules for a map, found {len(codes)}."
        raise InputError(msg, "Give more structures.")
    with limited_threads(1):
        layout = compute_map(np.ascontiguousarray(codes, dtype=np.float32), seed=seed)
    named = table.reset_index(drop=True).assign(
        **{NAME: different(table[NAME].astype(str), table[KEY].astype(str))},
        **{CLUSTER: layout.clusters},
    )
    return VectorSet(
        vectors=np.ascontiguousarray(codes, dtype=np.float32),
        table=named,
        layout=layout.coordinates,
        neighbour_graph=layout.neighbour_graph,
        label=NAME,
        details=tuple(details),
        unit="molecules",
        provenance=dict(provenance),
    )


def different(names: Sequence[str] | pd.Series, keys: Sequence[str] | pd.Series) -> list[str]:
    """Tell names apart that stand twice: by the InChIKey, then by a number."""
    given = pd.Series(list(names), dtype=str)
    twice = given.duplicated(keep=False)
    found = given.where(~twice, given + " " + pd.Series(list(keys), dtype=str)).str.strip()
    number = found.groupby(found).cumcount()
    return [f"{name} {n + 1}" if n else name for name, n in zip(found, number, strict=True)]
