"""One molecule that somebody asks about: one of the map, or a structure that is embedded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musegnn.molecules.encoder_inputs import read_inputs
from musegnn.molecules.molecule_set import KEY, NAME, SMILES
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.shipped import MoleculeReference, is_named
from musegnn.molecules.structures import fingerprints


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


def ask(text: str, reference: MoleculeReference) -> Asked:
    """Find a molecule by name or key, or embed a structure.

    Parameters
    ----------
    text
        As `read_molecules` takes it, of one molecule.
    reference
        The map that ships.

    Raises
    ------
    InputError
        If it is neither known nor a structure, or more than one.
    """
    text = text.strip()
    row = reference.row_of.get(text.casefold())
    if row is not None:
        return _known(row, reference, also=_other_name(text, row, reference))
    (one,) = read_molecules(text, most=1).molecules
    form = one.standard
    own = "" if one.name == f"molecule {one.row}" else one.name
    row = reference.row_of.get(form.key.casefold())
    if row is not None:
        return _known(row, reference, form.changes, named=own)
    inputs = read_inputs([form.smiles])
    codes, _ = reference.encoder.encode(inputs)
    label = own or text
    label = label if len(label) <= 40 else f"{label[:37]}..."
    return Asked(label, form.smiles, form.key, codes[0], inputs.bits[0], None, form.changes)


def _other_name(text: str, row: int, reference: MoleculeReference) -> str:
    """Name of a molecule that was asked for by another one than the map calls it, else ""."""
    table, wanted = reference.molecules.table, text.casefold()
    if wanted in {str(table[column].iloc[row]).casefold() for column in (NAME, KEY)}:
        return ""
    return next((name for name in reference.others[row] if name.casefold() == wanted), "")


def _known(
    row: int,
    reference: MoleculeReference,
    remarks: tuple[str, ...] = (),
    *,
    named: str = "",
    also: str = "",
) -> Asked:
    """Return a molecule of the map, called as it was asked where the map has no such name for it.

    Parameters
    ----------
    row, reference
        The molecule.
    remarks
        What was changed in its form.
    named
        Name that came with a structure.
    also
        Another name of it, by which it was asked for.
    """
    line = reference.molecules.table.iloc[row]
    name, key, smiles = (str(line[column]) for column in (NAME, KEY, SMILES))
    bits = np.packbits(fingerprints([smiles]), axis=1)[0]
    if also:
        remarks = (*remarks, f"structure of {reference.called(row)}, which stands for it here")
    label = also or (named if named and not is_named(name, key) else reference.called(row))
    return Asked(label, smiles, key, reference.molecules.vectors[row], bits, row, remarks)
