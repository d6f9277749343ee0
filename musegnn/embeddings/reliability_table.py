"""Reliability of genes in a table of its own, for results whose graphs were built without it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.border.tables import read_parquet
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
    found = read_parquet(path, role=ROLE, columns=[*NAMED_BY, *COLUMNS])
    try:
        share_columns(found, COLUMNS)
    except (TypeError, ValueError) as error:
        msg = f"Expected {ROLE} from 0 to 1, found other values in {path}."
        raise DataFileError(msg, "Make it again, or remove it.") from error
    known = pd.MultiIndex.from_frame(found[NAMED_BY].astype(str))
    if not known.is_unique:
        msg = f"Expected {ROLE} with a row for each, found one twice in {path}."
        raise DataFileError(msg, "Make it again, or remove it.")
    places = known.get_indexer(pd.MultiIndex.from_frame(genes[NAMED_BY].astype(str)))
    if (places < 0).all():
        msg = f"Expected {ROLE} of this result, found none of its genes in {path}."
        raise DataFileError(msg, "It belongs to another result: remove it.")
    values = found[list(COLUMNS)].to_numpy(dtype=np.float32)[places]
    values[places < 0] = np.nan
    return genes.assign(**dict(zip(COLUMNS, values.T, strict=True)))
