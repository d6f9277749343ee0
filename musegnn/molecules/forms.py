"""Many structures in one form, with what joins and compares them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from musegnn.errors import DataFileError, InputError
from musegnn.io.kept_arrays import ArrayFile, Kept, open_kept
from musegnn.molecules.standard import standardise
from musegnn.molecules.structures import BITS, fingerprints

_FORM: Final = 1  # of what is kept; another rule of `standardise` is another form
_TEXTS: Final = ("smiles", "keys", "scaffolds", "refused")
_PART: Final = 250  # structures that a process reads at a time
_FEW: Final = 6  # parts that are read sooner than other processes begin


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
    parts = [list(structures[at : at + _PART]) for at in range(0, len(structures), _PART)]
    found: list[Forms] = []

    def keep(part: Forms) -> None:
        found.append(part)
        if tell is not None:
            tell(sum(len(one.keys) for one in found))

    if processes > 1 and len(parts) > _FEW:
        # a fork would copy locks of threads that torch or a server holds
        with ProcessPoolExecutor(min(processes, len(parts)), get_context("spawn")) as pool:
            for part in pool.map(_read, parts):
                keep(part)
    else:
        for texts in parts:
            keep(_read(texts))
    texts_of = {
        name: tuple(text for part in found for text in getattr(part, name)) for name in _TEXTS
    }
    bits = np.concatenate([np.zeros((0, BITS // 8), np.uint8), *(part.bits for part in found)])
    return Forms(bits=bits, **texts_of)


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
    from rdkit import rdBase  # noqa: PLC0415 - for who asks for structures

    said = json.dumps([_FORM, rdBase.rdkitVersion, *structures]).encode()
    name = f".forms-{hashlib.sha256(said).hexdigest()[:16]}"
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

    kept = open_kept(Path(__file__), name, make=make, check=check, beside=False)
    if made:
        return made[0]
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
