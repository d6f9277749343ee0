"""The encoder of molecules and the map that ship, and how to ask for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from musegnn.border.documents import read_json
from musegnn.embeddings.vector_set import VectorSet, read_vector_set
from musegnn.errors import DataFileError, InputError
from musegnn.molecules.encoder_inputs import read_inputs
from musegnn.molecules.molecule_set import KEY, NAME, SCAFFOLD, SMILES
from musegnn.molecules.plain_encoder import PlainEncoder, read_plain_encoder
from musegnn.molecules.standard import standardise
from musegnn.molecules.structures import fingerprints, formula_of, read_structure
from musegnn.settings import REPOSITORY
from musegnn.validation import nearest_names

FOLDER: Final = REPOSITORY / "data" / "molecules"
ENCODER, MOLECULES, MANIFEST = "encoder.safetensors", "molecules.h5ad", "manifest.json"
MEASURED: Final = "neighbours.json"  # what near molecules share, as the benchmark wrote it
# columns of the molecules that ship: tables that name a molecule, whether it has an edge in the
# context, other molecules whose Tanimoto similarity is 0.5 or more, and in which row of a table
TABLES, IN_CONTEXT, ALIKE = "tables", "in the context", "alike structures"
ROW_OF: Final = "row in"
DOMAIN: Final = 0.35  # Tanimoto similarity below which a structure is far from all of them
_SKELETON: Final = 14
_ROLE: Final = "the molecules that ship"


@dataclass(frozen=True)
class Asked:
    """A molecule that somebody asked about.

    Parameters
    ----------
    label
        Its name or formula, else what was typed.
    smiles, key
        Structure in one form, and the first block of its InChIKey.
    vector
        `(C,)` float32.
    bits
        `(256,)` uint8: its fingerprint, packed.
    row
        Where it stands among the molecules of the map; None for one that is not there.
    remarks
        What was changed in its form, in words.
    """

    label: str
    smiles: str
    key: str
    vector: np.ndarray
    bits: np.ndarray
    row: int | None
    remarks: tuple[str, ...] = ()


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
        """Row of a molecule by its name in small letters, and by the first block of its key."""
        table = self.molecules.table
        rows = {str(name).casefold(): row for row, name in enumerate(table[NAME])}
        return {**rows, **{str(key).casefold(): row for row, key in enumerate(table[KEY])}}

    def ask(self, text: str) -> Asked:
        """Find a molecule by name or key, or embed a structure.

        Parameters
        ----------
        text
            Name, InChIKey, SMILES or InChI.

        Raises
        ------
        InputError
            If it is neither known nor a structure.
        """
        text = text.strip()
        row = self.row_of.get(text.casefold())
        is_key = len(text) == 27 and text[_SKELETON] == "-"
        if row is None and is_key:
            row = self.row_of.get(text[:_SKELETON].casefold())
        if row is not None:
            return self._known(row)
        self._check_structure(text)
        standard = standardise(text)
        row = self.row_of.get(standard.key.casefold())
        if row is not None:
            return self._known(row, standard.changes)
        inputs = read_inputs([standard.smiles])
        codes, _ = self.encoder.encode(inputs)
        label = text if len(text) <= 40 else f"{text[:37]}..."
        return Asked(
            *(label, standard.smiles, standard.key, codes[0], inputs.bits[0], None),
            standard.changes,
        )

    def _known(self, row: int, remarks: tuple[str, ...] = ()) -> Asked:
        """Return a molecule of the map."""
        line = self.molecules.table.iloc[row]
        smiles = str(line[SMILES])
        bits = np.packbits(fingerprints([smiles]), axis=1)[0]
        vector = self.molecules.vectors[row]
        return Asked(self.called(row), smiles, str(line[KEY]), vector, bits, row, remarks)

    def called(self, row: int) -> str:
        """Name of a molecule of the map for people; one without is told by its formula."""
        name, key, smiles = map(str, self.molecules.table[[NAME, KEY, SMILES]].iloc[row])
        return name if is_named(name, key) else f"{formula_of(smiles)}, no name"

    def _check_structure(self, text: str) -> None:
        """Raise unless it is a structure; name what it may have meant."""
        try:
            read_structure(text)
        except InputError as error:
            if not error.message.startswith("Expected a structure"):
                raise  # it is one, of which no model can say anything
            near = nearest_names(text, self.molecules.table[NAME], count=3)
            hint = f"Did you mean {', '.join(near)}?" if near else (error.hint or "")
            msg = f"Expected a molecule of the map or a structure, found {text[:60]!r}."
            raise InputError(msg, hint) from error


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
