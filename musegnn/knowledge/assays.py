"""Tables of assays: molecules x what was measured of them, with gaps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.border.tables import read_delimited
from musegnn.border.text import open_binary
from musegnn.errors import DataFileError
from musegnn.validation import format_list

STRUCTURE, KEY = "structure", "inchikey"
ABOUT_MOLECULES: Final = (STRUCTURE, KEY)
STRUCTURES: Final = ("smiles", "canonical_smiles", "isomeric_smiles", "structure", "inchi")
_KEYS: Final = ("inchikey", "standard_inchi_key", "inchi_key")
_SAYS_NOTHING: Final = frozenset({"id", "mol", "key", "index", "name", "cid", "chembl"})
MOST_ASSAYS: Final = 4000
_HINT: Final = "Give each molecule a row, its SMILES a column, and each assay a column of numbers."


def read_assay_rows(
    path: Path,
    *,
    role: str = "a table of assays",
    named: str = "",
    assays: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read a table with a column of structures and a column for each assay.

    Parameters
    ----------
    path
        Text between commas, semicolons or tabs, packed or not.
    role, named
        What it should be, and its name for messages; "" for that of the path.
    assays
        Columns to take; by default all that hold numbers and are not named like an id.

    Returns
    -------
    `ABOUT_MOLECULES` (texts, "" unknown), then float32 for each assay, NaN where nothing was
    measured; rows without a structure are left out.

    Raises
    ------
    DataFileError
        If it is no table, no column holds structures, or none holds numbers.
    """
    shown = named or path.name
    with open_binary(path, role=role) as stream:
        line = stream.readline(1_000_000)
    counts = {sign: line.count(sign.encode()) for sign in "\t,;"}
    separator = max(counts, key=lambda sign: counts[sign])
    raw = read_delimited(
        path, role=role, named=shown, separator=separator, has_gaps=True, numbers=None
    )
    raw.columns = pd.Index([str(name).strip() for name in raw.columns])
    if raw.columns.duplicated().any():
        twice = str(raw.columns[raw.columns.duplicated()][0])
        msg = f"Expected {role} with each assay once, found {twice[:60]!r} twice in {shown}."
        raise DataFileError(msg, "Remove one of the two columns.")
    named_small = {name.casefold(): name for name in reversed(raw.columns)}
    structure = next((named_small[name] for name in STRUCTURES if name in named_small), None)
    if structure is None:
        msg = (
            f"Expected a column of structures named {format_list(STRUCTURES)}, found the columns "
            f"{format_list([name[:40] for name in raw.columns], limit=6)} in {shown}."
        )
        raise DataFileError(msg, "Name the column of SMILES `smiles`.")
    key = next((named_small[name] for name in _KEYS if name in named_small), None)
    raw = raw[raw[structure].notna()]
    given = raw[structure].astype(str).str.strip()
    raw, given = raw[given != ""], given[given != ""]
    chosen = _assays_of(raw, assays, {structure, key or structure}, role=role, shown=shown)
    numbers = raw[chosen].astype(np.float32)
    columns = {
        STRUCTURE: given,
        KEY: "" if key is None else raw[key].fillna("").astype(str).str.strip(),
    }
    told = pd.DataFrame(columns, index=raw.index)
    return pd.concat([told, numbers.where(np.isfinite(numbers))], axis=1).reset_index(drop=True)


def assays_of(table: pd.DataFrame) -> list[str]:
    """Names of the assays of a table that `read_assay_rows` read."""
    return [str(name) for name in table.columns if name not in ABOUT_MOLECULES]


def _assays_of(
    raw: pd.DataFrame, assays: Sequence[str] | None, others: set[str], *, role: str, shown: str
) -> list[str]:
    """Columns that are assays."""
    if assays is not None:
        missing = [name for name in assays if name not in raw.columns]
        if missing:
            msg = f"Expected the assays that were asked for, found no {format_list(missing)}."
            raise DataFileError(msg, "Take names of the first line of the table.")
        chosen = list(assays)
        odd = [name for name in chosen if not pd.api.types.is_numeric_dtype(raw[name])]
        if odd:
            msg = f"Expected numbers in {odd[0][:60]!r}, found others in {shown}."
            raise DataFileError(msg, "Write decimals with a point, and leave gaps empty.")
        return chosen
    chosen = [
        name
        for name in raw.columns
        if name not in others
        and name not in ABOUT_MOLECULES
        and not _SAYS_NOTHING & set(name.casefold().replace("_", " ").split())
        and pd.api.types.is_numeric_dtype(raw[name])
        and raw[name].notna().any()
    ]
    if not chosen or len(chosen) > MOST_ASSAYS:
        msg = f"Expected {role} with 1 to {MOST_ASSAYS:,} columns of numbers, found "
        msg += f"{len(chosen):,} in {shown}."
        raise DataFileError(msg, _HINT)
    return chosen
