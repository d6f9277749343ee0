"""Profiles of morphology: wells or compounds x features, with what says which well it was."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.border.tables import read_delimited, read_parquet
from musegnn.border.text import open_binary
from musegnn.errors import DataFileError

# what is said of a well -> names of columns in files, in small letters and without `metadata_`
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "plate": ("plate", "assay_plate_barcode", "barcode", "plate_id"),
    "well": ("well", "well_position", "well_id"),
    "compound": ("broad_sample", "compound", "compound_id", "pert_id", "jcp2022", "id"),
    "name": ("pert_iname", "compound_name", "name", "drug"),
    "inchikey": ("inchikey", "inchi_key", "standard_inchi_key"),
    "structure": ("smiles", "structure", "canonical_smiles"),
    "target": ("target_gene", "target", "gene"),
    "mechanism": ("moa", "mechanism", "compound_class", "injury_type"),
    "hours": ("hours", "timepoint", "time"),
    "dose": ("dose_um", "dose", "concentration", "mmoles_per_liter", "dose_um_"),
    "control": ("control_type", "control", "pert_type"),
}
ABOUT_WELLS: Final = tuple(_NAMES)
_NUMBERS: Final = ("hours", "dose")
_FEATURE: Final = re.compile(r"(Cells|Cytoplasm|Nuclei|Image)_", re.IGNORECASE)
_HINT: Final = "Give one well or compound a row and one feature a column, as CellProfiler does."


def read_wells(
    path: Path, *, role: str = "profiles of morphology", named: str = ""
) -> pd.DataFrame:
    """Read profiles from Parquet or delimited text, whose separator is found.

    Parameters
    ----------
    path
        The file.
    role, named
        What it should be, and its name for messages ("" for the path).

    Returns
    -------
    `ABOUT_WELLS` (texts, "" unknown; hours and dose numbers, NaN unknown), then a column of float32
    for each feature: those that begin as CellProfiler writes compartments, else every column of
    numbers that says nothing else. NaN where there is no value.

    Raises
    ------
    DataFileError
        If it is no table, or one without features.
    """
    raw = _read(path, role=role, named=named or path.name)
    raw.columns = pd.Index([str(name).strip() for name in raw.columns])
    shown = named or path.name
    if raw.columns.duplicated().any():
        twice = raw.columns[raw.columns.duplicated()][0]
        msg = f"Expected {role} with each feature once, found {twice[:60]!r} twice in {shown}."
        raise DataFileError(msg, "Remove one of the two columns.")
    if raw.empty:
        msg = f"Expected {role}, found no row in {shown}."
        raise DataFileError(msg, _HINT)
    short = {re.sub(r"^metadata_", "", name.casefold()): name for name in reversed(raw.columns)}
    about = {
        column: next((short[name] for name in names if name in short), None)
        for column, names in _NAMES.items()
    }
    features = [name for name in raw if _FEATURE.match(name)]
    if not features:
        used = {name for name in about.values() if name is not None}
        features = [
            name
            for name in raw
            if name not in used
            and not name.casefold().startswith("metadata_")
            and pd.api.types.is_numeric_dtype(raw[name])
        ]
    if not features:
        found = ", ".join(name[:30] for name in list(raw)[:5])
        msg = f"Expected {role} with features in columns, found {found} in {shown}."
        raise DataFileError(msg, _HINT)
    odd = [name for name in features if not pd.api.types.is_numeric_dtype(raw[name])]
    if odd:
        value = next(v for v in raw[odd[0]] if pd.to_numeric(v, errors="coerce") != v)
        msg = f"Expected numbers in {odd[0][:60]!r}, found {str(value)[:30]!r} in {shown}."
        raise DataFileError(msg, "Write decimals with a point, and leave missing values empty.")
    columns: dict[str, object] = {}
    for column, name in about.items():
        if column in _NUMBERS:
            columns[column] = np.nan if name is None else pd.to_numeric(raw[name], errors="coerce")
        else:
            columns[column] = "" if name is None else _texts(raw[name])
    told = pd.DataFrame(columns, index=raw.index, columns=list(ABOUT_WELLS))
    return pd.concat([told, raw[features].astype(np.float32)], axis=1)


def features_of(table: pd.DataFrame) -> list[str]:
    """Names of the features of a table that was read by `read_wells`."""
    return [str(name) for name in table.columns if name not in ABOUT_WELLS]


def is_parquet(path: Path) -> bool:
    """True when a file is Parquet by its name."""
    return path.suffix.casefold() in {".parquet", ".pq"}


def _read(path: Path, *, role: str, named: str) -> pd.DataFrame:
    """Rows of the file as they are."""
    if is_parquet(path):
        return read_parquet(path, role=role)
    with open_binary(path, role=role) as stream:
        line = stream.readline(1_000_000)
    counts = {sign: line.count(sign.encode()) for sign in "\t,;"}
    separator = max(counts, key=lambda sign: counts[sign])
    if not counts[separator]:
        msg = f"Expected {role} between commas, tabs or semicolons, found one column in {named}."
        raise DataFileError(msg, _HINT)
    return read_delimited(
        path, role=role, named=named, separator=separator, has_gaps=True, numbers=None
    )


def _texts(values: pd.Series) -> np.ndarray:
    """Values as texts without blanks at their ends; "" for none."""
    codes, distinct = pd.factorize(values)
    texts = [str(value).strip() for value in distinct]
    return np.array([*texts, ""], dtype=object)[codes]
