"""Tables of one kind below each other, each row with its source and release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

REGULATION_COLUMNS = (
    *("regulator", "target", "sign", "confidence", "source", "release", "reference"),
)


def join_tables(
    tables: Mapping[str, tuple[pd.DataFrame, str]], columns: Sequence[str], order: Sequence[str]
) -> pd.DataFrame:
    """Put tables below each other.

    Parameters
    ----------
    tables
        Name -> (table, release).
    columns
        Columns of the result; `source` and `release` are filled in.
    order
        Columns to sort by; equal rows stay in the order of the tables.
    """
    parts = []
    for name, (table, release) in tables.items():
        parts.append(table.assign(source=name, release=release))
    if not parts:
        return pd.DataFrame(columns=list(columns))
    joined = pd.concat(parts, ignore_index=True)
    # sorting by codes is many times faster than by text
    codes = [pd.factorize(joined[column], sort=True)[0] for column in order]
    rows = np.lexsort(codes[::-1])
    return joined.iloc[rows][list(columns)].reset_index(drop=True)


def as_undirected(table: pd.DataFrame) -> pd.DataFrame:
    """Give each pair `a`, `b` with a < b, once, without self pairs."""
    a, b = table["a"].to_numpy(), table["b"].to_numpy()
    swapped = a > b
    pairs = pd.DataFrame({"a": np.where(swapped, b, a), "b": np.where(swapped, a, b)})
    return pairs[pairs["a"] != pairs["b"]].drop_duplicates()
