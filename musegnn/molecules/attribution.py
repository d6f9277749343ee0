"""Which atoms a foretold property hangs on, and whether taking them away proves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from musegnn.molecules.property_heads import Heads, log_odds
from musegnn.molecules.structures import descriptors_of, fingerprints_of

SHARE: Final = 0.2  # of the atoms that a test takes away together
DRAWS: Final = 8  # random sets of as many atoms
FEWEST: Final = 5  # heavy atoms
LARGEST: Final = 80  # each atom is asked about


@dataclass(frozen=True)
class MaskedMolecule:
    """A molecule, the same with each atom unknown, and with random sets of atoms unknown.

    Parameters
    ----------
    smiles
        In the form that models read.
    described, bits
        Descriptors and fingerprints: of the molecule, then of each of its `n_atoms` atoms unknown,
        then of `DRAWS` random sets of `n_taken`.
    n_atoms, n_taken
        Heavy atoms, and those of a set.
    """

    smiles: str
    described: np.ndarray
    bits: np.ndarray
    n_atoms: int
    n_taken: int


@dataclass(frozen=True)
class Contributions:
    """What each atom adds to an assay.

    Parameters
    ----------
    atoms
        `(A,)` fall of the log odds, or of the number, when an atom is made unknown; in the order of
        the SMILES.
    symbols
        `A` elements.
    drop
        Fall when the atoms that add most are made unknown together.
    by_chance
        The same of random sets of as many atoms, in the mean.
    n_taken
        Atoms of such a set.
    """

    atoms: np.ndarray
    symbols: tuple[str, ...]
    drop: float
    by_chance: float
    n_taken: int

    @property
    def holds(self) -> bool:
        """Whether the atoms named matter more than others."""
        return self.drop > self.by_chance

    @property
    def foremost(self) -> list[tuple[int, str]]:
        """Place and element of the atoms that add most, those that were taken away together."""
        places = np.argsort(-self.atoms, kind="stable")[: self.n_taken]
        return [(place, self.symbols[place]) for place in places.tolist()]


def mask_atoms(smiles: str, *, seed: int = 0) -> MaskedMolecule | None:
    """Make atoms unknown, one by one and in random sets, and describe the molecule anew each time.

    An unknown atom keeps its bonds and loses its element and charge. A descriptor that is not
    defined then keeps its value.

    Parameters
    ----------
    smiles
        In the form that models read.
    seed
        Of the random sets.

    Returns
    -------
    None for a molecule of more than `LARGEST` atoms or less than `FEWEST`.
    """
    from rdkit import Chem  # noqa: PLC0415 - for who asks for structures

    molecule = Chem.MolFromSmiles(smiles)
    n_atoms = molecule.GetNumAtoms()
    if not FEWEST <= n_atoms <= LARGEST:
        return None
    n_taken = max(2, round(SHARE * n_atoms))
    random = np.random.default_rng(seed)
    sets = [[atom] for atom in range(n_atoms)]
    sets += [random.choice(n_atoms, n_taken, replace=False).tolist() for _ in range(DRAWS)]
    described, bits = _describe(molecule, sets)
    return MaskedMolecule(smiles, described, bits, n_atoms, n_taken)


def contributions(
    heads: Heads, masked: MaskedMolecule, assay: str, *, by: np.ndarray | None = None
) -> Contributions:
    """Say what each atom adds to an assay, and test it by taking the foremost away together.

    Parameters
    ----------
    heads
        That know the assay.
    masked
        See `mask_atoms`.
    assay
        One of theirs.
    by
        `(A,)` by which atoms are foremost; None for what they add to this assay.
    """
    from rdkit import Chem  # noqa: PLC0415 - for who asks for structures

    said = _level(heads, masked.described, masked.bits, assay)
    fallen = said[0] - said[1:]
    atoms, random = fallen[: masked.n_atoms], fallen[masked.n_atoms :]
    foremost = np.argsort(-(atoms if by is None else by), kind="stable")[: masked.n_taken].tolist()
    molecule = Chem.MolFromSmiles(masked.smiles)
    described, bits = _describe(molecule, [foremost])
    drop = float(said[0] - _level(heads, described, bits, assay)[1])
    symbols = tuple(atom.GetSymbol() for atom in molecule.GetAtoms())
    return Contributions(atoms, symbols, drop, float(random.mean()), masked.n_taken)


def _level(heads: Heads, described: np.ndarray, bits: np.ndarray, assay: str) -> np.ndarray:
    """Log odds of an assay, or its number."""
    value = heads.say(described, bits).value[:, heads.tasks.index(assay)]
    return log_odds(value, least=1e-9) if heads.is_binary else value.astype(np.float64)


def _describe(molecule: Any, sets: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors and fingerprints of a molecule, and of it without some atoms."""
    made = [molecule, *(_without(molecule, atoms) for atoms in sets)]
    described = descriptors_of(made)
    described = np.where(np.isfinite(described), described, described[:1])
    return described, fingerprints_of(made)


def _without(molecule: Any, atoms: list[int]) -> Any:
    """Return the molecule with some atoms unknown."""
    from rdkit import Chem  # noqa: PLC0415

    made = Chem.RWMol(molecule)
    for place in atoms:
        atom = made.GetAtomWithIdx(place)
        atom.SetAtomicNum(0)
        atom.SetFormalCharge(0)
        atom.SetNumExplicitHs(0)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    made.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(made)
    return made
