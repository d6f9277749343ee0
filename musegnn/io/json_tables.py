"""Tables as JSON, number for number: what a run leaves for a page to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def table_to_plain(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns of a table as plain values; missing numbers become None."""
    return {str(name): [_plain(value) for value in table[name].tolist()] for name in table}


def table_from_plain(columns: Mapping[str, list[Any]], numbers: tuple[str, ...]) -> pd.DataFrame:
    """Build a table from its columns.

    Parameters
    ----------
    columns
        As `table_to_plain` returns them.
    numbers
        Columns that are float64, so that None becomes NaN and an empty one keeps its type.
    """
    return pd.DataFrame(
        {
            name: np.array([np.nan if v is None else v for v in values], dtype=np.float64)
            if name in numbers
            else values
            for name, values in columns.items()
        }
    )


def _plain(value: Any) -> Any:
    """Replace what JSON cannot say."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
