"""The encoder of molecules and the map that ship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from musegnn.border.documents import read_json
from musegnn.embeddings.vector_set import VectorSet, read_vector_set
from musegnn.errors import DataFileError
from musegnn.molecules.molecule_set import KEY, NAME, SCAFFOLD, SMILES
from musegnn.molecules.plain_encoder import PlainEncoder, read_plain_encoder
from musegnn.molecules.structures import called, fingerprints
from musegnn.settings import REPOSITORY

FOLDER: Final = REPOSITORY / "data" / "molecules"
ENCODER, MOLECULES, MANIFEST = "encoder.safetensors", "molecules.h5ad", "manifest.json"
MEASURED: Final = "neighbours.json"  # what near molecules share, as the benchmark wrote it
# columns of the molecules that ship: tables that name a molecule, whether it has an edge in the
# context, other molecules whose Tanimoto similarity is 0.5 or more, and in which row of a table
TABLES, IN_CONTEXT, ALIKE = "tables", "in the context", "alike structures"
ALSO: Final = "also called"  # further names, between bars
ROW_OF: Final = "row in"
DOMAIN: Final = 0.35  # Tanimoto similarity below which a structure is far from all of them
_ROLE: Final = "the molecules that ship"


@dataclass(frozen=True)
class MoleculeReference:
    """Molecules of the map with all that is asked of them.

    Parameters
    ----------
    molecules
        Vectors and map; the table has `TABLES`, `IN_CONTEXT` and `ALIKE`.
    manifest
        Sources, licences and what the context was made of.
    folder
        Where the encoder lies.
    measured
        What near molecules share, against rivals; empty where it was not measured.
    """

    molecules: VectorSet
    manifest: Mapping[str, Any]
    folder: Path
    measured: Mapping[str, Any] = field(default_factory=dict)

    @property
    def embedding(self) -> VectorSet:
        """The molecules, as selections and links know what a page is about."""
        return self.molecules

    @cached_property
    def encoder(self) -> PlainEncoder:
        """The encoder, read when first asked for."""
        return read_plain_encoder(self.folder / ENCODER)

    @cached_property
    def bits(self) -> np.ndarray:
        """`(N, 256)` uint8 packed fingerprints, which takes seconds when first asked for."""
        return np.packbits(fingerprints(list(self.molecules.table[SMILES])), axis=1)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row of a molecule by a name in small letters, and by the first block of its key."""
        table = self.molecules.table
        rows = {str(name).casefold(): row for row, name in enumerate(table[NAME])}
        rows |= {str(key).casefold(): row for row, key in enumerate(table[KEY])}
        for row, names in enumerate(self.others):
            for name in names:
                rows.setdefault(name.casefold(), row)
        return rows

    @cached_property
    def others(self) -> list[tuple[str, ...]]:
        """Further names of each molecule, such as those of its stereoisomers in the tables."""
        table = self.molecules.table
        if ALSO not in table:
            return [()] * len(table)
        return [tuple(filter(None, str(names).split("|"))) for names in table[ALSO]]

    def rows_of_table(self, title: str, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Row on the map of some rows of a table of assays, `(n,)` int64; -1 where none is."""
        found = np.full(len(rows), -1, dtype=np.int64)
        column = f"{ROW_OF} {title}"
        if column in self.molecules.table:
            known = self.molecules.table[column].to_numpy(dtype=np.int64)
            place = {row: at for at, row in enumerate(known.tolist()) if row >= 0}
            found[:] = [place.get(int(row), -1) for row in rows]
        return found

    def called(self, row: int) -> str:
        """Name of a molecule of the map for people; one without is told by its formula."""
        return called(*map(str, self.molecules.table[[NAME, KEY, SMILES]].iloc[row]))


def is_named(name: str, key: str) -> bool:
    """Return False for a molecule that is called by its InChIKey, which nobody can read."""
    return name != key


def read_reference(folder: Path = FOLDER) -> MoleculeReference:
    """Read the molecules that ship.

    Raises
    ------
    DataFileError
        If they cannot be read.
    """
    manifest = read_json(folder / MANIFEST, role=_ROLE)
    molecules = read_vector_set(folder / MOLECULES, VectorSet)
    lacking = {NAME, KEY, SMILES, SCAFFOLD, TABLES, IN_CONTEXT, ALIKE} - set(molecules.table)
    if lacking or not isinstance(manifest, Mapping):
        msg = f"Expected {_ROLE}, found none of {sorted(lacking)} in {folder}."
        raise DataFileError(msg, "Make them with `python data/build_molecules.py`.")
    measured = folder / MEASURED
    told = read_json(measured, role=_ROLE) if measured.is_file() else {}
    return MoleculeReference(molecules, manifest, folder, told)
