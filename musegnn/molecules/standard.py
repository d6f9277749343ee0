"""One structure in one form: no salts, charges or isotopes, one tautomer, and what changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from musegnn.errors import InputError
from musegnn.molecules.structures import _silently, parse, read_structure

FEWEST, MOST = 4, 200  # heavy atoms of what models of drugs can say something of
_MOST_FORMS: Final = 50  # tautomers that are looked at
_NO_METAL: Final = frozenset(
    {1, 2, 5, 6, 7, 8, 9, 10, 14, 15, 16, 17, 18, 33, 34, 35, 36, 52, 53, 54, 85}
)


@dataclass(frozen=True)
class Standard:
    """A structure in the form that models read.

    Parameters
    ----------
    smiles
        As RDKit writes it.
    key, inchikey
        First block of the InChIKey, and the whole.
    n_atoms
        Heavy atoms.
    changes
        What was changed, in words; empty where nothing was.
    """

    smiles: str
    key: str
    inchikey: str
    n_atoms: int
    changes: tuple[str, ...] = ()


def standardise(text: str) -> Standard:
    """Bring a SMILES or InChI into one form.

    The largest part is kept, metals are cut off, isotopes and charges go where that is possible,
    and of its tautomers the one that RDKit prefers stands for all.

    Raises
    ------
    InputError
        If it is no structure, has no carbon, or fewer or more atoms than can be answered for.
    """
    from rdkit import Chem  # noqa: PLC0415 - for who asks for structures

    changes: list[str] = []
    molecule = parse(text)
    if molecule is not None and any(a.GetAtomicNum() == 0 for a in molecule.GetAtoms()):
        msg = f"Expected a whole molecule, found an open place (* or R) in {text[:60]!r}."
        raise InputError(msg, "Say which atoms stand there.")
    if molecule is not None and any(a.GetAtomicNum() not in _NO_METAL for a in molecule.GetAtoms()):
        changes.append("metal cut off")
        text = Chem.MolToSmiles(_tools()[0](molecule))
    found = read_structure(text)
    changes += [remark.rstrip(".") for remark in found.remarks]
    molecule = Chem.MolFromSmiles(found.smiles)
    n_atoms = molecule.GetNumHeavyAtoms()
    if not FEWEST <= n_atoms <= MOST:
        msg = f"Expected a molecule of {FEWEST} to {MOST} heavy atoms, found {n_atoms}."
        raise InputError(msg, "Such molecules are unlike all that assays of drugs measured.")
    if any(atom.GetAtomicNum() not in _NO_METAL for atom in molecule.GetAtoms()):
        msg = f"Expected a molecule without metals, found one bound to carbon in {text[:60]!r}."
        raise InputError(msg, "Descriptors of such molecules are not defined.")
    if any(atom.GetIsotope() for atom in molecule.GetAtoms()):
        changes.append("isotopes made usual")
        for atom in molecule.GetAtoms():
            atom.SetIsotope(0)
        molecule = Chem.RemoveHs(molecule)
    for change, tool in zip(("charges taken away", "another tautomer"), _tools()[1:], strict=True):
        before = Chem.MolToSmiles(molecule)
        made = _silently(tool, molecule)
        if Chem.MolToSmiles(made) != before:
            changes.append(change)
            molecule = made
    smiles = Chem.MolToSmiles(molecule)
    if parse(smiles) is None:  # such as a ring that a metal held together
        msg = f"Expected a molecule that stays one without metal and charges, found {text[:60]!r}."
        raise InputError(msg, "Give the compound as it is in solution.")
    inchikey = _silently(Chem.MolToInchiKey, molecule) or ""
    return Standard(smiles, inchikey[:14], inchikey, n_atoms, tuple(changes))


@lru_cache(maxsize=1)
def _tools() -> tuple[Any, Any, Any]:
    """Functions that cut metals off, take charges away and choose a tautomer."""
    from rdkit.Chem.MolStandardize import rdMolStandardize  # noqa: PLC0415

    forms = rdMolStandardize.TautomerEnumerator()
    forms.SetMaxTautomers(_MOST_FORMS)
    forms.SetMaxTransforms(_MOST_FORMS)
    forms.SetRemoveSp3Stereo(False)  # noqa: FBT003 - of RDKit
    forms.SetRemoveBondStereo(False)  # noqa: FBT003
    return (
        rdMolStandardize.MetalDisconnector().Disconnect,
        rdMolStandardize.Uncharger().uncharge,
        forms.Canonicalize,
    )
