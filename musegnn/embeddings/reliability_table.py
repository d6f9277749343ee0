"""Reliability of genes in a table of its own, for results whose graphs were built without it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.border.tables import read_columns
from musegnn.errors import DataFileError
from musegnn.io.h5ad import share_columns

ROLE: Final = "a table of the reliability of genes"
COLUMNS: Final = keys.RELIABILITY_COLUMNS
NAMED_BY: Final = [keys.DATASET, keys.GENE]


def write_reliability_table(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Write the reliability of the genes of some contexts.

    Parameters
    ----------
    tables
        Context -> rows with the symbol and `COLUMNS`.
    path
        Where to.
    """
    parts = [table.assign(**{keys.DATASET: name}) for name, table in tables.items()]
    whole = pd.concat(parts, ignore_index=True)[[*NAMED_BY, *COLUMNS]]
    whole.to_parquet(path, index=False, compression="zstd")


def read_reliability_table(path: Path, genes: pd.DataFrame) -> pd.DataFrame:
    """Add the reliability that a table tells to genes in context.

    Parameters
    ----------
    path
        As `write_reliability_table` wrote it.
    genes
        Table of an embedding set.

    Returns
    -------
    The genes in their order with `COLUMNS`; NaN for those that the table does not know.

    Raises
    ------
    DataFileError
        If it is damaged, names a gene twice, or knows none of the genes.
    """
    found = read_columns(path, role=ROLE, columns=[*NAMED_BY, *COLUMNS])
    try:
        share_columns(found, COLUMNS)
    except (TypeError, ValueError) as error:
        msg = f"Expected {ROLE} from 0 to 1, found other values in {path}."
        raise DataFileError(msg, "Make it again, or remove it.") from error
    known, asked = _numbered(found, genes)
    if not known[known >= 0].is_unique:
        msg = f"Expected {ROLE} with a row for each, found one twice in {path}."
        raise DataFileError(msg, "Make it again, or remove it.")
    places = np.where(asked < 0, -1, known.get_indexer(asked))
    if (places < 0).all():
        msg = f"Expected {ROLE} of this result, found none of its genes in {path}."
        raise DataFileError(msg, "It belongs to another result: remove it.")
    values = found[list(COLUMNS)].to_numpy(dtype=np.float32)[places]
    values[places < 0] = np.nan
    return genes.assign(**dict(zip(COLUMNS, values.T, strict=True)))


def _numbered(found: pd.DataFrame, genes: pd.DataFrame) -> tuple[pd.Index, np.ndarray]:
    """Number each row of both tables by its names, the same number for the same names.

    Texts come as categories, so that each name is looked up once: as pairs of texts it would take
    four times as long.

    Returns
    -------
    Numbers of the rows found, -1 - i for a row i with a name missing, and of the genes, negative
    for names that the other table does not have.
    """
    known, asked = np.zeros(len(found), np.int64), np.zeros(len(genes), np.int64)
    for name in NAMED_BY:
        column = found[name].astype("category")
        names, own = column.cat.categories.astype(str), column.cat.codes.to_numpy(np.int64)
        place = _places(names, genes[name])
        known = np.where((known < 0) | (own < 0), -1, known * len(names) + own)
        asked = np.where((asked < 0) | (place < 0), -1, asked * len(names) + place)
    return pd.Index(np.where(known < 0, -1 - np.arange(len(known)), known)), asked


def _places(names: pd.Index, column: pd.Series) -> np.ndarray:
    """Place of each name of a column among some, `(N,)` int64; -1 for none."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return names.get_indexer(column.astype(str).to_numpy(dtype=object)).astype(np.int64)
    there = names.get_indexer(column.cat.categories.astype(str))
    return np.append(there, -1)[column.cat.codes.to_numpy()].astype(np.int64)
