"""Structures: read, compared, described and drawn by RDKit, which is loaded when first asked."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from musegnn.errors import InputError

BITS: Final = 2048
RADIUS: Final = 2  # bonds around an atom
# what is said of a molecule without a name
_NO_NAME, _NOTHING_KNOWN = ", no name", "a molecule without a name here"
_INCHIKEY: Final = re.compile(r"[A-Z]{14}(-|$)")
_LONGEST: Final = 4000  # letters of a structure
# colours of nitrogen, oxygen, fluorine, phosphorus, sulphur, chlorine, bromine and iodine that can
# be read on a dark page
_ON_DARK: Final = {
    7: (0.55, 0.7, 1.0),
    8: (1.0, 0.5, 0.45),
    9: (0.5, 0.85, 0.8),
    15: (1.0, 0.65, 0.3),
    16: (0.9, 0.8, 0.35),
    17: (0.5, 0.85, 0.45),
    35: (0.85, 0.6, 0.4),
    53: (0.8, 0.6, 1.0),
}


@dataclass(frozen=True)
class Structure:
    """A structure that a person gave.

    Parameters
    ----------
    smiles
        Of the largest part, as RDKit writes it.
    key
        First block of its InChIKey.
    inchikey
        The whole of it.
    remarks
        What was left out, in words: salts, further parts of a mixture.
    """

    smiles: str
    key: str
    inchikey: str
    remarks: tuple[str, ...] = ()


def read_structure(text: str) -> Structure:
    """Read a SMILES or InChI; of a salt or mixture the largest part counts.

    Raises
    ------
    InputError
        If it is no structure, or one without a carbon.
    """
    from rdkit import Chem  # noqa: PLC0415 - for who asks for structures

    text = text.strip()
    molecule = parse(text)
    if molecule is None:
        msg = f"Expected a structure as SMILES or InChI, found {text[:60]!r}."
        hint = "Copy the SMILES of one compound, such as CC(=O)Oc1ccccc1C(=O)O."
        raise InputError(msg, hint)
    parts = Chem.GetMolFrags(molecule, asMols=True, sanitizeFrags=True)
    largest = max(parts, key=lambda part: (part.GetNumHeavyAtoms(), Chem.MolToSmiles(part)))
    if not any(atom.GetSymbol() == "C" for atom in largest.GetAtoms()):
        msg = f"Expected a compound with carbon, found {text[:60]!r}."
        raise InputError(msg, "Such compounds have no comparable structure.")
    others = [Chem.MolToSmiles(part) for part in parts if part is not largest]
    heavy = [part.GetNumHeavyAtoms() for part in parts if part is not largest]
    remarks: tuple[str, ...] = ()
    if others:
        is_mixture = max(heavy) > largest.GetNumHeavyAtoms() / 2
        what = "a mixture" if is_mixture else "a salt or solvate"
        left = ", ".join(sorted(set(others)))[:80]
        remarks = (f"The structure is {what}: only its largest part counts, without {left}.",)
    inchikey = _silently(Chem.MolToInchiKey, largest) or ""
    return Structure(Chem.MolToSmiles(largest), inchikey[:14], inchikey, remarks)


def lay_out(
    structures: Sequence[str], *, described: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return fingerprints and counted fingerprints of all, and descriptors of the first ones.

    The same as one after the other, with each structure read once.

    Parameters
    ----------
    structures
        C structures.
    described
        How many have descriptors.
    """
    read = list(_largest_parts(structures))
    return fingerprints_of(read), _counts_of(read), descriptors_of(read[:described])


def fingerprints(structures: Sequence[str]) -> np.ndarray:
    """Return `(C, 2048)` uint8 Morgan fingerprints of radius 2 of the largest parts.

    A structure that cannot be read has a row of zeros, which is similar to none.
    """
    return fingerprints_of(list(_largest_parts(structures)))


def counted_fingerprints(structures: Sequence[str]) -> np.ndarray:
    """Return `(C, 4096)` uint8 counts: atom pairs and features of atoms within three bonds."""
    return _counts_of(list(_largest_parts(structures)))


def descriptors(structures: Sequence[str]) -> np.ndarray:
    """Return `(C, D)` float32 two-dimensional descriptors; NaN where one is not defined."""
    return descriptors_of(list(_largest_parts(structures)))


def scaffolds(structures: Sequence[str]) -> list[str]:
    """Return the Murcko scaffold of each structure, stereochemistry kept; "" without rings.

    Of a salt the scaffolds of all parts count, as in the published divisions of assay tables.
    """
    from rdkit.Chem.Scaffolds import MurckoScaffold  # noqa: PLC0415

    found = []
    for text in structures:
        molecule = parse(text)
        found.append(
            ""
            if molecule is None
            else str(MurckoScaffold.MurckoScaffoldSmiles(mol=molecule, includeChirality=True))
        )
    return found


def formula_of(smiles: str) -> str:
    """Return how many atoms of which elements a structure has, such as C9H8O4; "" for none."""
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula  # noqa: PLC0415

    molecule = parse(smiles)
    return "" if molecule is None else str(CalcMolFormula(molecule))


def called(name: str, key: str, structure: str = "") -> str:
    """Return what to call a molecule for people, who can read no InChIKey.

    Parameters
    ----------
    name, key
        Its name, and what stands for one where there is none: an InChIKey, or a number of a
        database, by which it can be looked up and so is called.
    structure
        SMILES or InChI, "" unknown: of a molecule without a name it tells the formula.
    """
    if name != key or not _INCHIKEY.match(key):
        return name
    formula = formula_of(structure) if structure else ""
    if formula:
        return f"{formula}{_NO_NAME}"
    return f"{_NOTHING_KNOWN} (InChIKey {key[:14]}…)"


def is_made_up(said: str) -> bool:
    """True for what `called` says of a molecule without a name: nobody can ask for it by that.

    >>> is_made_up(called("AAAAAAAAAAAAAA", "AAAAAAAAAAAAAA", "CCO")), is_made_up("ethanol")
    (True, False)
    """
    return _NO_NAME in said or said.startswith(_NOTHING_KNOWN)


def descriptor_names() -> list[str]:
    """Return the names of the descriptors, in the order of their columns."""
    from rdkit.Chem import Descriptors  # noqa: PLC0415

    return [name for name, _ in Descriptors.descList]


def fingerprints_of(read: Sequence[Any]) -> np.ndarray:
    """Return `(C, 2048)` uint8 fingerprints of molecules of RDKit; zeros for None."""
    from rdkit.Chem import rdFingerprintGenerator  # noqa: PLC0415

    make = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    found = np.zeros((len(read), BITS), dtype=np.uint8)
    for row, molecule in enumerate(read):
        if molecule is not None:
            found[row] = make.GetFingerprintAsNumPy(molecule)
    return found


def _counts_of(read: Sequence[Any]) -> np.ndarray:
    from rdkit.Chem import rdFingerprintGenerator  # noqa: PLC0415

    made = rdFingerprintGenerator
    features = made.GetMorganFeatureAtomInvGen()
    makers = (
        made.GetMorganGenerator(radius=3, fpSize=BITS, atomInvariantsGenerator=features),
        made.GetAtomPairGenerator(fpSize=BITS),
    )
    found = np.zeros((len(read), BITS * len(makers)), dtype=np.uint8)
    for row, molecule in enumerate(read):
        if molecule is not None:
            parts = [make.GetCountFingerprintAsNumPy(molecule) for make in makers]
            found[row] = np.minimum(np.concatenate(parts), 255)
    return found


def descriptors_of(read: Sequence[Any]) -> np.ndarray:
    """Return `(C, D)` float32 descriptors of molecules of RDKit; NaN where one is not defined."""
    from rdkit import rdBase  # noqa: PLC0415
    from rdkit.Chem import Descriptors  # noqa: PLC0415

    functions = [function for _, function in Descriptors.descList]
    found = np.full((len(read), len(functions)), np.nan, dtype=np.float32)
    with rdBase.BlockLogs():
        for row, molecule in enumerate(read):
            if molecule is None:
                continue
            for column, function in enumerate(functions):
                with contextlib.suppress(ValueError, ZeroDivisionError, RuntimeError):
                    value = float(function(molecule))
                    found[row, column] = value if abs(value) < 1e6 else np.nan
    return found


def tanimoto(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return `(A, B)` float32 Tanimoto similarity of fingerprints; 0 for empty ones."""
    a = one.astype(np.float32)
    b = a if other is one else other.astype(np.float32)  # half the products where both are one
    shared = a @ b.T
    total = a.sum(axis=1)[:, None] + b.sum(axis=1)[None] - shared
    return np.divide(shared, total, out=np.zeros_like(shared), where=total > 0)


def draw_svg(
    smiles: str,
    *,
    width: int = 320,
    height: int = 220,
    ink: str = "",
    colours: Mapping[int, tuple[float, float, float, float]] | None = None,
    letters: int = 0,
    line: float = 0.0,
) -> str:
    """Draw a structure as SVG without a background.

    Parameters
    ----------
    smiles
        Of one compound.
    width, height
        In pixels.
    ink
        Colour of carbon and bonds as `#rrggbb`, for a dark page; "" keeps black.
    colours
        Red, green, blue and strength, 0 to 1, behind some atoms, by their place in the SMILES.
    letters, line
        Size of letters and width of bonds in pixels; 0 for what goes with the size of the drawing.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from rdkit.Chem.Draw import rdMolDraw2D  # noqa: PLC0415

    molecule = parse(smiles)
    if molecule is None:
        msg = f"Expected a structure as SMILES, found {smiles[:60]!r}."
        raise InputError(msg, "Give the structure of one compound.")
    canvas = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = canvas.drawOptions()
    options.clearBackground = False
    if letters:
        options.fixedFontSize = letters
    if line:
        options.bondLineWidth = line
    if ink:
        level = tuple(int(ink[at : at + 2], 16) / 255 for at in (1, 3, 5))
        options.updateAtomPalette({6: level, 1: level, -1: level, **_ON_DARK})
        options.setSymbolColour(level)
    rdMolDraw2D.PrepareAndDrawMolecule(
        canvas,
        molecule,
        highlightAtoms=list(colours or {}),
        highlightBonds=[],
        highlightAtomColors=dict(colours or {}),
    )
    canvas.FinishDrawing()
    text = str(canvas.GetDrawingText())
    return text[text.index("<svg") :]


def _largest_parts(structures: Sequence[str]) -> Iterator[Any]:
    """Molecule of the largest part of each structure; None where it cannot be read."""
    from rdkit import Chem  # noqa: PLC0415

    for text in structures:
        molecule = parse(text)
        if molecule is None:
            yield None
        elif "." in text:
            parts = Chem.GetMolFrags(molecule, asMols=True)
            yield max(parts, key=lambda part: (part.GetNumHeavyAtoms(), Chem.MolToSmiles(part)))
        else:
            yield molecule


def parse(text: str) -> Any:
    """Molecule of a SMILES or InChI, or None; RDKit's complaints are not repeated."""
    from rdkit import Chem  # noqa: PLC0415

    # notes on stereochemistry between bars follow the SMILES of some tables
    text = text.strip().partition(" |")[0]
    if not text or len(text) > _LONGEST or any(sign.isspace() for sign in text):
        return None
    if text.startswith("InChI="):
        molecule = _silently(Chem.MolFromInchi, text)
    else:
        molecule = _silently(Chem.MolFromSmiles, text)
    return molecule if molecule is not None and molecule.GetNumAtoms() else None


def _silently(function: Any, *values: Any) -> Any:
    """Call RDKit without what it writes to the console."""
    from rdkit import rdBase  # noqa: PLC0415

    with rdBase.BlockLogs():
        return function(*values)
