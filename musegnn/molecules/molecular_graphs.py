"""Molecules as graphs of atoms and bonds: codes of their features, laid out one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

ELEMENTS: Final = (6, 7, 8, 9, 15, 16, 17, 35, 53, 5, 14, 34)  # atomic numbers; all others are one
# codes of each feature of an atom: element (the last one is hidden), chirality, bonds, charge,
# hydrogens, radicals, hybridisation, aromatic, in a ring
ATOM_SIZES: Final = (len(ELEMENTS) + 2, 4, 8, 7, 6, 3, 8, 2, 2)
# of a bond: order, stereochemistry, conjugated
BOND_SIZES: Final = (5, 6, 2)
HIDDEN: Final = ATOM_SIZES[0] - 1  # code of an element that a model has to tell


@dataclass(frozen=True)
class MolecularGraphs:
    """Graphs of M molecules with A atoms and B bonds in all.

    Parameters
    ----------
    atoms
        `(A, 9)` uint8 codes, each below its entry of `ATOM_SIZES`.
    ends
        `(2, 2 B)` int32: from which atom of all to which, each bond in both directions.
    bonds
        `(2 B, 3)` uint8 codes, each below its entry of `BOND_SIZES`.
    atom_start, bond_start
        `(M + 1,)` int64: where the atoms and the directed bonds of a molecule begin.
    """

    atoms: np.ndarray
    ends: np.ndarray
    bonds: np.ndarray
    atom_start: np.ndarray
    bond_start: np.ndarray

    def __len__(self) -> int:
        """Count molecules."""
        return len(self.atom_start) - 1

    @property
    def molecule_of(self) -> np.ndarray:
        """`(A,)` place of the molecule of each atom."""
        return np.repeat(np.arange(len(self)), np.diff(self.atom_start))

    def take(self, rows: np.ndarray) -> MolecularGraphs:
        """Some of the molecules, in the order asked for, as one batch.

        Parameters
        ----------
        rows
            `(K,)` places; one may stand several times.
        """
        rows = np.asarray(rows, dtype=np.int64)
        atoms, atom_start = _spans(self.atom_start, rows)
        bonds, bond_start = _spans(self.bond_start, rows)
        moved = np.repeat(atom_start[:-1] - self.atom_start[rows], np.diff(bond_start))
        return MolecularGraphs(
            self.atoms[atoms],
            (self.ends[:, bonds] + moved).astype(np.int32),
            self.bonds[bonds],
            atom_start,
            bond_start,
        )


def graphs_of(molecules: Iterable[Any]) -> MolecularGraphs:
    """Lay molecules out as graphs.

    Parameters
    ----------
    molecules
        Of RDKit; None for one that could not be read, which has no atoms.
    """
    atoms: list[tuple[int, ...]] = []
    ends: list[tuple[int, int]] = []
    bonds: list[tuple[int, ...]] = []
    atom_start, bond_start = [0], [0]
    for molecule in molecules:
        if molecule is not None:
            first = len(atoms)
            atoms.extend(_atom(atom) for atom in molecule.GetAtoms())
            for bond in molecule.GetBonds():
                one, other = first + bond.GetBeginAtomIdx(), first + bond.GetEndAtomIdx()
                ends += [(one, other), (other, one)]
                bonds += [_bond(bond)] * 2
        atom_start.append(len(atoms))
        bond_start.append(len(ends))
    return MolecularGraphs(
        np.array(atoms, dtype=np.uint8).reshape(-1, len(ATOM_SIZES)),
        np.ascontiguousarray(np.array(ends, dtype=np.int32).reshape(-1, 2).T),
        np.array(bonds, dtype=np.uint8).reshape(-1, len(BOND_SIZES)),
        np.array(atom_start, dtype=np.int64),
        np.array(bond_start, dtype=np.int64),
    )


def join_graphs(parts: Iterable[MolecularGraphs]) -> MolecularGraphs:
    """Put the molecules of several parts one after the other."""
    all_parts = [graphs_of(()), *parts]
    atoms = np.cumsum([0, *(len(part.atoms) for part in all_parts)])
    bonds = np.cumsum([0, *(len(part.bonds) for part in all_parts)])
    return MolecularGraphs(
        np.concatenate([part.atoms for part in all_parts]),
        np.concatenate(
            [part.ends + shift for part, shift in zip(all_parts, atoms, strict=False)], axis=1
        ).astype(np.int32),
        np.concatenate([part.bonds for part in all_parts]),
        np.concatenate(
            [[0], *(p.atom_start[1:] + n for p, n in zip(all_parts, atoms, strict=False))]
        ),
        np.concatenate(
            [[0], *(p.bond_start[1:] + n for p, n in zip(all_parts, bonds, strict=False))]
        ),
    )


def _spans(start: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of all entries of some rows, and where each row begins among them."""
    sizes = (start[1:] - start[:-1])[rows]
    begin = np.concatenate([[0], np.cumsum(sizes)])
    return np.arange(begin[-1]) + np.repeat(start[rows] - begin[:-1], sizes), begin


def _atom(atom: Any) -> tuple[int, ...]:
    """Codes of an atom."""
    number = atom.GetAtomicNum()
    element = ELEMENTS.index(number) if number in ELEMENTS else len(ELEMENTS)
    return (
        element,
        min(int(atom.GetChiralTag()), ATOM_SIZES[1] - 1),
        min(atom.GetDegree(), ATOM_SIZES[2] - 1),
        min(max(atom.GetFormalCharge(), -3), 3) + 3,
        min(atom.GetTotalNumHs(), ATOM_SIZES[4] - 1),
        min(atom.GetNumRadicalElectrons(), ATOM_SIZES[5] - 1),
        min(int(atom.GetHybridization()), ATOM_SIZES[6] - 1),
        int(atom.GetIsAromatic()),
        int(atom.IsInRing()),
    )


def _bond(bond: Any) -> tuple[int, ...]:
    """Codes of a bond."""
    order = {1.0: 0, 2.0: 1, 3.0: 2, 1.5: 3}.get(bond.GetBondTypeAsDouble(), 4)
    return order, min(int(bond.GetStereo()), BOND_SIZES[1] - 1), int(bond.GetIsConjugated())
