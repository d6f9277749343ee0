"""Molecules as people bring them: lists, tables and SDF; bad ones are listed, good ones go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from musegnn.border.text import open_binary
from musegnn.errors import DataFileError, InputError
from musegnn.molecules.entries import Entry, count_rows, find_entries
from musegnn.molecules.in_parts import in_parts
from musegnn.molecules.standard import Standard, standardise

if TYPE_CHECKING:
    from musegnn.molecules.names import Known

LARGEST_TEXT: Final = 100_000_000  # letters
MOST_MOLECULES: Final = 100_000
_STEP: Final = 500  # molecules between two words about progress
SHEETS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_NO_STRUCTURE: Final = "Expected a structure"  # so begins why a text is none
_HOW: Final = "Give one structure a line, such as CC(=O)Oc1ccccc1C(=O)O."


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
    """Read molecules as people write them, see `musegnn.molecules.entries.find_entries`.

    Parameters
    ----------
    text
        Lines, a list, a table, or an SDF. Where a name or an InChIKey stands in place of a
        structure, that of the molecule that ships under it is taken, and told as a change.
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
    entries = list(islice(find_entries(text), most + 1))
    if not entries:
        msg = "Expected structures as SMILES, InChI, a table or SDF, found none."
        raise InputError(msg, _HOW)
    if len(entries) > most:
        n_rows = max(count_rows(text, most=MOST_MOLECULES), len(entries))
        told = f"{n_rows:,}" if n_rows <= MOST_MOLECULES else f"more than {MOST_MOLECULES:,}"
        if most == 1:
            msg = f"Expected one molecule, found {told}."
            raise InputError(msg, "Ask about one at a time; the page Properties takes lists.")
        msg = f"Expected at most {most:,} molecules, found {told}."
        raise InputError(msg, "Give them in parts, or as a file.")
    found: dict[str, Named] = {}
    refused: list[tuple[int, str, str]] = []
    first: InputError | None = None
    parts = in_parts(_forms_of, entries, processes=processes, size=_STEP)
    forms = (form for part in parts for form in part)
    for place, (entry, form) in enumerate(zip(entries, forms, strict=True)):
        known = _find_known(entry) if isinstance(form, InputError) else None
        standard = form if known is None else _form_of_known(known)
        if isinstance(standard, InputError):
            first = first or standard
            refused.append((entry.row, entry.given[:80], _say_why(standard)))
        elif (key := standard.inchikey or standard.smiles) in found:
            why = f"The same molecule as row {found[key].row}."
            refused.append((entry.row, entry.given[:80], why))
        else:
            name = entry.name or (known.name if known else f"molecule {entry.row}")
            found[key] = Named(name, entry.row, entry.given, standard)
        if tell is not None and (place + 1) % _STEP == 0:
            tell(place + 1, len(entries))
    if not found and first is not None:
        if len(entries) == 1:
            raise _with_near_names(first, entries[0])
        msg = f"Expected structures, found none in {len(entries):,} rows. The first: {first}"
        raise InputError(msg)
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
        If it is a spreadsheet.
    """
    try:
        with open_binary(path, role="a list of molecules", legacy=True) as stream:
            content = stream.read(LARGEST_TEXT + 1)
    except DataFileError as error:
        if Path(named or path).suffix.lower() in SHEETS:
            msg = f"Expected a list of molecules as text, found a spreadsheet: {named or path}."
            raise InputError(msg, "Save its sheet as CSV.") from error
        raise
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # of older spreadsheets


def _forms_of(entries: Iterable[Entry]) -> list[Standard | InputError]:
    """Form of each structure, or why it has none."""
    return list(map(_form_of, entries))


def _form_of(entry: Entry) -> Standard | InputError:
    """Form of a structure, or why it has none."""
    if entry.why:
        return InputError(entry.why)
    try:
        return standardise(entry.given)
    except InputError as error:
        return error


def _find_known(entry: Entry) -> Known | None:
    """Return what ships under the name or key that stands in place of a structure."""
    from musegnn.molecules.names import find_named  # noqa: PLC0415 - for who gives names

    return None if entry.why else find_named(entry.given)


def _form_of_known(known: Known) -> Standard | InputError:
    """Form of a molecule that was given by name, which is told."""
    form = _form_of(Entry(0, known.structure))
    if isinstance(form, InputError):
        return form
    said = f"structure of {known.name}, which ships, taken for its name"
    return replace(form, changes=(said, *form.changes))


def _with_near_names(error: InputError, entry: Entry) -> InputError:
    """Return why there is no structure, with names that may have been meant."""
    from musegnn.molecules.names import near_named  # noqa: PLC0415

    if entry.why or not error.message.startswith(_NO_STRUCTURE):
        return error
    near = near_named(entry.given)
    msg = f"Expected a structure or the name of a molecule that ships, found {entry.given[:60]!r}."
    return InputError(msg, f"Did you mean {', '.join(near)}?" if near else error.hint)


def _say_why(error: InputError) -> str:
    """Say why a row has no molecule; how to write one is not told in each row."""
    return error.message if error.message.startswith(_NO_STRUCTURE) else str(error)
