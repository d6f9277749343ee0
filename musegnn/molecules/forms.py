"""Many structures in one form, with what joins and compares them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from musegnn.errors import DataFileError, InputError
from musegnn.io.kept_arrays import ArrayFile, Kept, find_kept, open_kept
from musegnn.molecules.in_parts import in_parts
from musegnn.molecules.standard import standardise
from musegnn.molecules.structures import BITS, fingerprints

# what `standardise` treats each in its own way: whose forms differ, differ for others too
_PROBES: Final = (
    "CC(=O)Oc1ccccc1C(=O)O",  # nothing to do
    "CN1CCC[C@H]1c1cccnc1.OC(=O)C(O)C(O)C(=O)O",  # a salt, stereochemistry
    "[Na+].CC(=O)[O-]",  # the largest part, its charge
    "C[N+](C)(C)CC(=O)[O-]",  # a charge that stays
    "NCC(=O)[O-].CCO.CCCCO",  # several parts
    "Oc1ccccn1",  # tautomers: pyridone
    "CC(O)=CC(C)=O",  # keto and enol
    "O=c1[nH]cnc2nc[nH]c12",  # hydrogens of a purine
    "NC(=N)NCCC[C@H](N)C(=O)O",  # guanidine
    "C/C(N)=N/O",  # amidoxime, a double bond with sides
    "CN(C)C(=N)N=C(N)N",  # biguanide
    "[2H]C([2H])([2H])Oc1ccccc1",  # isotopes
    "CC(=O)O[Zn]OC(C)=O",  # a metal
    "c1ccccc1[Hg]Cl",  # a metal on carbon
    "[O-][N+](=O)c1ccc(O)cc1",  # nitro
    "C[S+](C)[O-]",  # sulphoxide
    "CC1=NN(c2ccccc2)C(=O)C1",  # pyrazolone
    "OC[C@H]1O[C@@H](n2cnc3c(N)ncnc32)[C@H](O)[C@@H]1O",  # nucleoside
    "CN(C)C1C2CC3C(=C(O)c4c(O)cccc4C3(C)O)C(=O)C2(O)C(O)=C(C(N)=O)C1=O",  # many tautomers
    "CP(=O)(O)OCC",  # phosphonate
    "F[B-](F)(F)c1ccccc1.[K+]",  # borate
    "C",  # too small
    "O",  # no carbon
    "InChI=1S/C8H9NO2/c1-6(10)9-7-2-4-8(11)5-3-7/h2-5,11H,1H3,(H,9,10)",  # InChI
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O |c:1|",  # a note behind it
)
_TEXTS: Final = ("smiles", "keys", "scaffolds", "refused")


@dataclass(frozen=True)
class Forms:
    """M structures in one form, see `musegnn.molecules.standard`.

    Parameters
    ----------
    smiles, keys
        `M` structures and first blocks of their InChIKeys; "" for one that has no form.
    scaffolds
        `M` Murcko scaffolds without stereochemistry, "" for a molecule without rings.
    bits
        `(M, 256)` uint8: Morgan fingerprints of 2048 bits, packed.
    refused
        `M` reasons, "" for a structure that has a form.
    """

    smiles: tuple[str, ...]
    keys: tuple[str, ...]
    scaffolds: tuple[str, ...]
    bits: np.ndarray
    refused: tuple[str, ...]


def read_forms(
    structures: Sequence[str],
    *,
    processes: int = 1,
    tell: Callable[[int], object] | None = None,
) -> Forms:
    """Bring structures into one form, 60 to 100 a second and process.

    Parameters
    ----------
    structures
        SMILES or InChI. One that is none, or no organic molecule, keeps its place.
    processes
        How many read at once.
    tell
        Told how many are done, now and then.
    """
    found: list[Forms] = []
    # closed at once where whoever is told ends it, so that no process reads on
    with closing(in_parts(_read, structures, processes=processes)) as parts:
        for part in parts:
            found.append(part)
            if tell is not None:
                tell(sum(len(one.keys) for one in found))
    texts_of = {
        name: tuple(text for part in found for text in getattr(part, name)) for name in _TEXTS
    }
    bits = np.concatenate([np.zeros((0, BITS // 8), np.uint8), *(part.bits for part in found)])
    return Forms(bits=bits, **texts_of)


@cache
def forms_digest() -> str:
    """Hash of the forms and fingerprints of some molecules, which tells rules and RDKit apart.

    What was learned of molecules in one form says nothing of molecules in another.
    """
    found = _read(_PROBES)
    said = json.dumps([found.smiles, found.keys, found.scaffolds, found.bits.tolist()])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def check_forms(recorded: object, *, role: str) -> None:
    """Raise unless molecules have the forms here that they had where something was made.

    Parameters
    ----------
    recorded
        `forms_digest` of then.
    role
        What was made, for the message.

    Raises
    ------
    DataFileError
        If it was another.
    """
    if recorded != forms_digest():
        msg = f"Expected {role} for the forms that molecules have here, found others: another RDKit"
        raise DataFileError(msg + " or release.", "Install what requirements.lock names.")


def open_forms(
    structures: Sequence[str],
    *,
    processes: int = 1,
    tell: Callable[[int], object] | None = None,
) -> Forms:
    """Bring the structures of a table into one form once, and keep them in the cache folder.

    Parameters
    ----------
    structures, processes, tell
        As in `read_forms`.

    Raises
    ------
    DataFileError
        If what was kept cannot be read and not be made anew.
    """
    found = find_forms(structures)
    if found is not None:
        return found
    made: list[Forms] = []

    def make(path: Path) -> None:
        made.append(read_forms(structures, processes=processes, tell=tell))
        with ArrayFile(path) as out:
            out.add("bits", made[0].bits)
            out.close({column: list(getattr(made[0], column)) for column in _TEXTS})

    def check(kept: Kept) -> None:
        if len(kept.arrays["bits"]) != len(structures):
            msg = "Expected a form for each structure of the table, found another number."
            raise DataFileError(msg, "Remove the cache folder; it is made anew.")

    kept = open_kept(Path(__file__), _kept_as(structures), make=make, check=check, beside=False)
    return made[0] if made else _of_kept(kept)


def find_forms(structures: Sequence[str]) -> Forms | None:
    """Return the forms of the structures of a table that were kept; None where there are none."""
    kept = find_kept(Path(__file__), _kept_as(structures), beside=False)
    return None if kept is None else _of_kept(kept)


def _kept_as(structures: Sequence[str]) -> str:
    """Name of what is kept for some structures."""
    said = json.dumps([forms_digest(), *structures]).encode()
    return f".forms-{hashlib.sha256(said).hexdigest()[:16]}"


def _of_kept(kept: Kept) -> Forms:
    """Forms as they were kept."""
    texts = {column: tuple(map(str, kept.notes[column])) for column in _TEXTS}
    return Forms(bits=kept.arrays["bits"], **texts)


def _read(structures: Sequence[str]) -> Forms:
    """Read some structures in this process."""
    from rdkit import Chem, rdBase  # noqa: PLC0415 - for who asks for structures
    from rdkit.Chem.Scaffolds.MurckoScaffold import GetScaffoldForMol  # noqa: PLC0415

    smiles, keys, scaffolds, refused = [], [], [], []
    with rdBase.BlockLogs():
        for text in structures:
            form = key = scaffold = reason = ""
            try:
                standard = standardise(text)
                molecule = Chem.MolFromSmiles(standard.smiles)
                if molecule is None:  # such as a ring that a metal held together
                    reason = f"Expected a molecule without its metal, found {text[:60]!r}."
                else:
                    form, key = standard.smiles, standard.key
                    frame = GetScaffoldForMol(molecule)
                    scaffold = Chem.MolToSmiles(frame, isomericSmiles=False)
            except InputError as error:
                reason = error.message
            smiles.append(form)
            keys.append(key)
            scaffolds.append(scaffold)
            refused.append(reason)
    bits = np.packbits(fingerprints(smiles), axis=1)
    return Forms(tuple(smiles), tuple(keys), tuple(scaffolds), bits, tuple(refused))
