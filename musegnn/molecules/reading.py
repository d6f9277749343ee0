"""Molecules as people bring them: lists, tables and SDF; bad ones are listed, good ones go on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from musegnn.border.text import open_binary
from musegnn.errors import InputError
from musegnn.knowledge.assays import STRUCTURES
from musegnn.molecules.in_parts import in_parts
from musegnn.molecules.standard import Standard, standardise

LARGEST_TEXT: Final = 100_000_000  # letters
MOST_MOLECULES: Final = 100_000
_NAMES: Final = ("name", "id", "title", "compound", "molecule", "mol_id", "compound_name")
_SEPARATORS: Final = ("\t", ";", ",", "|")
_RECORD_END: Final = "$$$$"
_SDF: Final = "M  END"
_STEP: Final = 500  # molecules between two words about progress


@dataclass(frozen=True)
class Named:
    """A molecule that could be read.

    Parameters
    ----------
    name
        As given, else its number.
    row
        Its place in the text, from 1.
    given
        The structure as it stood there.
    standard
        In the form that models read.
    """

    name: str
    row: int
    given: str
    standard: Standard


@dataclass(frozen=True)
class Reading:
    """What a text held.

    Parameters
    ----------
    molecules
        Each once, in the order of the text.
    refused
        Columns `row`, `given` and `why`: those that cannot be read, and those given before.
    """

    molecules: tuple[Named, ...]
    refused: pd.DataFrame


def read_molecules(
    text: str,
    *,
    most: int = MOST_MOLECULES,
    tell: Callable[[int, int], None] | None = None,
    processes: int = 1,
) -> Reading:
    """Read SMILES or InChI, one a line with a name behind it or not, a table, or an SDF.

    Parameters
    ----------
    text
        A table has a line of names, one of them a column of structures, and commas, semicolons,
        tabs or bars between its cells.
    most
        Molecules to read.
    tell
        Called with how many were read and how many there are.
    processes
        How many read at once.

    Raises
    ------
    InputError
        If it holds no molecule, or more than `most`.
    """
    if len(text) > LARGEST_TEXT:
        msg = f"Expected at most {LARGEST_TEXT:,} letters, found {len(text):,}."
        raise InputError(msg, "Give the molecules in parts.")
    entries = list(_entries(text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")))
    if not entries:
        msg = "Expected structures as SMILES, InChI, a table or SDF, found none."
        raise InputError(msg, "Give one structure a line, such as CC(=O)Oc1ccccc1C(=O)O.")
    if len(entries) > most:
        msg = f"Expected at most {most:,} molecules, found {len(entries):,}."
        raise InputError(msg, "Give them in parts, or ask `musegnn molecules predict`.")
    found: dict[str, Named] = {}
    refused: list[tuple[int, str, str]] = []
    structures = [given for _, given, _ in entries]
    parts = in_parts(_forms_of, structures, processes=processes, size=_STEP)
    forms = (form for part in parts for form in part)
    for place, ((row, given, name), standard) in enumerate(zip(entries, forms, strict=True)):
        if isinstance(standard, str):
            refused.append((row, given[:80], standard))
        else:
            key = standard.inchikey or standard.smiles
            if key in found:
                why = f"The same molecule as row {found[key].row}."
                refused.append((row, given[:80], why))
            else:
                found[key] = Named(name or f"molecule {row}", row, given, standard)
        if tell is not None and (place + 1) % _STEP == 0:
            tell(place + 1, len(entries))
    if not found:
        msg = f"Expected structures, found none in {len(entries):,} rows: {refused[0][2]}"
        raise InputError(msg, "Give one structure a line, such as CC(=O)Oc1ccccc1C(=O)O.")
    return Reading(tuple(found.values()), pd.DataFrame(refused, columns=["row", "given", "why"]))


def read_text(path: Path, *, named: str = "") -> str:
    """Read a file of molecules, packed or not, as text.

    Parameters
    ----------
    path
        The file.
    named
        Its name for messages; "" for that of the path.

    Raises
    ------
    DataFileError
        If it cannot be read.
    InputError
        If it holds other things than text.
    """
    with open_binary(path, role="a list of molecules") as stream:
        content = stream.read(LARGEST_TEXT + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"Expected text with structures, found other bytes in {named or path}."
        raise InputError(msg, "Save the molecules as SMILES, CSV or SDF.") from error


def count_rows(text: str) -> int:
    """Count the rows of a text that may be molecules, without reading them."""
    if _SDF in text or _RECORD_END in text:
        return sum(bool(record.strip()) for record in text.split(_RECORD_END))
    return sum(bool(line.strip()) for line in text.splitlines())


def _forms_of(structures: list[str]) -> list[Standard | str]:
    """Form of each structure, or why it has none, in words."""
    return list(map(_form_of, structures))


def _form_of(structure: str) -> Standard | str:
    """Form of a structure, or why it has none."""
    try:
        return standardise(structure)
    except InputError as error:
        return str(error).split("\n")[0]


def _entries(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the place, structure and name of each molecule; places are of lines or records."""
    if _SDF in text or _RECORD_END in text:
        yield from _of_sdf(text)
        return
    lines = [(row, line) for row, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        return
    first = lines[0][1]
    for separator in _SEPARATORS:
        names = [cell.strip().strip('"').lower() for cell in first.split(separator)]
        column = next((names.index(name) for name in STRUCTURES if name in names), None)
        if column is not None:
            named = _place_of_names(names)
            yield from _of_table(text, separator, column, named)
            return
    for row, line in lines:
        structure, _, name = line.strip().replace("\t", " ").partition(" ")
        yield row, structure.rstrip(",;"), name.strip()


def _place_of_names(columns: list[str]) -> int | None:
    """Return which column names molecules: one called so, else one that ends in id or name."""
    exact = next((columns.index(name) for name in _NAMES if name in columns), None)
    if exact is not None:
        return exact
    ends = (re.split(r"[\W_]+", column)[-1] for column in columns)
    return next((place for place, end in enumerate(ends) if end in {"id", "name"}), None)


def _of_table(
    text: str, separator: str, column: int, named: int | None
) -> Iterator[tuple[int, str, str]]:
    rows = csv.reader(io.StringIO(text), delimiter=separator)
    next(rows)
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                given = cells[column].strip() if column < len(cells) else ""
                has_name = named is not None and named < len(cells)
                yield rows.line_num, given, cells[named].strip() if has_name else ""  # type: ignore[index]
    except csv.Error as error:
        msg = f"Expected a table of molecules, found a broken line {rows.line_num} ({error})."
        raise InputError(msg, "Write the table again, such as from a spreadsheet.") from error


def _of_sdf(text: str) -> Iterator[tuple[int, str, str]]:
    from rdkit import Chem  # noqa: PLC0415
    from rdkit.rdBase import BlockLogs  # noqa: PLC0415

    for row, record in enumerate(text.split(_RECORD_END), start=1):
        if not record.strip():
            continue
        block = record.removeprefix("\n") if row > 1 else record
        with BlockLogs():
            molecule: Any = Chem.MolFromMolBlock(block)
        name = block.split("\n", 1)[0].strip()
        yield row, "" if molecule is None else Chem.MolToSmiles(molecule), name
