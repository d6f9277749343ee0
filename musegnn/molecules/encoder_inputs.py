"""What the encoder of molecules reads of a structure: graph, fingerprint, quick descriptors."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from scipy.special import ndtri

from musegnn.molecules.in_parts import in_parts
from musegnn.molecules.molecular_graphs import MolecularGraphs, graphs_of, join_graphs

BITS: Final = 2048
RADIUS: Final = 2  # bonds around an atom
_SLOW: Final = ("qed", "fr_", "BCUT2D_", "EState_VSA", "VSA_EState", "SMR_VSA", "SlogP_VSA")
_LARGEST: Final = 1e6  # of a descriptor that says something
_LEVELS: Final = 129  # quantiles of a descriptor that are kept
_LONGEST: Final = 4000  # letters of a structure


@dataclass(frozen=True)
class EncoderInputs:
    """M molecules as the encoder reads them.

    Parameters
    ----------
    graphs
        Atoms and bonds; none for a structure that could not be read.
    bits
        `(M, 256)` uint8: fingerprints of 2048 bits, packed.
    descriptors
        `(M, D)` float32, NaN where one is not defined.
    scaffolds
        `M` Murcko scaffolds as SMILES; "" for a molecule without rings.
    keys
        `M` InChIKeys; "" for a structure that could not be read.
    """

    graphs: MolecularGraphs
    bits: np.ndarray
    descriptors: np.ndarray
    scaffolds: tuple[str, ...]
    keys: tuple[str, ...]

    def __len__(self) -> int:
        """Count molecules."""
        return len(self.keys)

    @property
    def is_read(self) -> np.ndarray:
        """`(M,)` bool, false where a structure could not be read."""
        return np.diff(self.graphs.atom_start) > 0

    @property
    def fingerprints(self) -> np.ndarray:
        """`(M, 2048)` uint8 of zeros and ones."""
        return np.unpackbits(self.bits, axis=1)

    def take(self, rows: np.ndarray) -> EncoderInputs:
        """Some of the molecules, in the order asked for."""
        places = np.asarray(rows, dtype=np.int64)
        return EncoderInputs(
            self.graphs.take(places),
            self.bits[places],
            self.descriptors[places],
            tuple(self.scaffolds[row] for row in places),
            tuple(self.keys[row] for row in places),
        )


@dataclass(frozen=True)
class FeatureScale:
    """Where descriptors lie among those of the molecules that an encoder learned from.

    Parameters
    ----------
    levels
        `(L, D)` float32, each column ascending: as many quantiles of each descriptor.
    medians
        `(D,)` float32, in place of what is not defined.
    """

    levels: np.ndarray
    medians: np.ndarray

    @classmethod
    def of(cls, descriptors: np.ndarray) -> FeatureScale:
        """Learn it from `(M, D)` descriptors, NaN where one is not defined."""
        is_number = np.isfinite(descriptors)
        at = np.linspace(0, 1, _LEVELS)
        levels = np.zeros((_LEVELS, descriptors.shape[1]), dtype=np.float32)
        medians = np.zeros(descriptors.shape[1], dtype=np.float32)
        for column in np.flatnonzero(is_number.any(axis=0)):
            known = descriptors[is_number[:, column], column]
            levels[:, column], medians[column] = np.quantile(known, at), np.median(known)
        return cls(levels, medians)

    def scaled(self, inputs: EncoderInputs) -> EncoderInputs:
        """Turn descriptors into normal deviates of their ranks; one that never varied is 0."""
        values = np.where(np.isfinite(inputs.descriptors), inputs.descriptors, self.medians)
        found = np.zeros(values.shape, dtype=np.float32)
        for column, known in enumerate(self.levels.T):
            if known[0] < known[-1]:
                below = np.searchsorted(known, values[:, column], side="left")
                upto = np.searchsorted(known, values[:, column], side="right")
                found[:, column] = ndtri((below + upto + 1) / 2 / (len(known) + 1))
        return replace(inputs, descriptors=found)


def read_inputs(
    structures: Sequence[str],
    *,
    processes: int = 1,
    tell: Callable[[int], object] | None = None,
) -> EncoderInputs:
    """Read structures; of a salt or mixture the largest part counts.

    Parameters
    ----------
    structures
        SMILES or InChI. One that cannot be read keeps its place, without atoms and key.
    processes
        How many read at once.
    tell
        Told how many are done, now and then.
    """
    found: list[EncoderInputs] = []
    for part in in_parts(_read, structures, processes=processes):
        found.append(part)
        if tell is not None:
            tell(sum(map(len, found)))
    return _join(found)


def descriptor_names() -> tuple[str, ...]:
    """Names of the quick descriptors, in their order: all of RDKit but qed and fragments."""
    return tuple(name for names, _ in _descriptors() for name in names)


def _join(parts: Sequence[EncoderInputs]) -> EncoderInputs:
    """Molecules of all parts one after the other."""
    width = len(descriptor_names())
    return EncoderInputs(
        join_graphs(part.graphs for part in parts),
        np.concatenate([np.zeros((0, BITS // 8), np.uint8), *(p.bits for p in parts)]),
        np.concatenate([np.zeros((0, width), np.float32), *(p.descriptors for p in parts)]),
        tuple(scaffold for part in parts for scaffold in part.scaffolds),
        tuple(key for part in parts for key in part.keys),
    )


def _read(structures: Sequence[str]) -> EncoderInputs:
    """Read some structures in this process."""
    from rdkit import Chem, rdBase  # noqa: PLC0415 - for who asks for structures
    from rdkit.Chem import rdFingerprintGenerator  # noqa: PLC0415
    from rdkit.Chem.Scaffolds.MurckoScaffold import GetScaffoldForMol  # noqa: PLC0415

    make = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    width = len(descriptor_names())
    bits = np.zeros((len(structures), BITS), dtype=np.uint8)
    described = np.full((len(structures), width), np.nan, dtype=np.float32)
    scaffolds, keys, molecules = [], [], []
    with rdBase.BlockLogs():
        for row, text in enumerate(structures):
            molecule = parse(text)
            molecules.append(molecule)
            if molecule is None:
                scaffolds.append("")
                keys.append("")
                continue
            bits[row] = make.GetFingerprintAsNumPy(molecule)
            described[row] = _describe(molecule)
            scaffolds.append(Chem.MolToSmiles(GetScaffoldForMol(molecule)))
            keys.append(Chem.MolToInchiKey(molecule) or "")
        graphs = graphs_of(molecules)
    return EncoderInputs(
        graphs, np.packbits(bits, axis=1), described, tuple(scaffolds), tuple(keys)
    )


def parse(text: str) -> Any:
    """Molecule of the largest part of a structure, or None."""
    from rdkit import Chem  # noqa: PLC0415

    text = text.strip().partition(" |")[0]
    if not text or len(text) > _LONGEST or any(sign.isspace() for sign in text):
        return None
    is_inchi = text.startswith("InChI=")
    molecule = Chem.MolFromInchi(text) if is_inchi else Chem.MolFromSmiles(text)
    if molecule is None or not molecule.GetNumAtoms():
        return None
    parts = Chem.GetMolFrags(molecule, asMols=True)
    if len(parts) == 1:
        return molecule
    return max(parts, key=lambda part: (part.GetNumHeavyAtoms(), Chem.MolToSmiles(part)))


def _describe(molecule: Any) -> np.ndarray:
    """`(D,)` float32 descriptors; NaN where one is not defined or beyond all sense."""
    values: list[float] = []
    for names, function in _descriptors():
        found: Any = np.full(len(names), np.nan)
        with contextlib.suppress(ValueError, ZeroDivisionError, RuntimeError):
            found = function(molecule)
        values.extend(np.ravel(found) if np.size(found) == len(names) else [np.nan] * len(names))
    row = np.array(values, dtype=np.float64)
    return np.where(np.abs(row) < _LARGEST, row, np.nan).astype(np.float32)


@cache
def _descriptors() -> tuple[tuple[tuple[str, ...], Callable[[Any], Any]], ...]:
    """Names and function of descriptors; those that come from one table are made at once."""
    from rdkit.Chem import Descriptors, rdMolDescriptors  # noqa: PLC0415
    from rdkit.Chem.EState import EState_VSA  # noqa: PLC0415

    tables: tuple[tuple[str, int, Any], ...] = (
        ("BCUT2D", 8, rdMolDescriptors.BCUT2D),
        ("EState_VSA", 11, EState_VSA.EState_VSA_),
        ("VSA_EState", 10, EState_VSA.VSA_EState_),
        ("SMR_VSA", 10, rdMolDescriptors.SMR_VSA_),
        ("SlogP_VSA", 12, rdMolDescriptors.SlogP_VSA_),
    )
    whole = tuple(
        (tuple(f"{name}{n + 1}" for n in range(count)), function)
        for name, count, function in tables
    )
    alone = tuple(
        ((str(name),), function)
        for name, function in Descriptors.descList
        if not name.startswith(_SLOW)
    )
    return (*whole, *alone)
