"""Signs of regulation: what publishers write for "activates" and "represses"."""

from __future__ import annotations

import numpy as np
import pandas as pd

# columns that carry a sign when no single column does
STIMULATION = ("consensus_stimulation", "is_stimulation")
INHIBITION = ("consensus_inhibition", "is_inhibition")
SIGN_COLUMNS = (*STIMULATION, *INHIBITION)

_WORDS = {
    **dict.fromkeys(("+", "activation", "activates", "stimulation", "positive", "up"), 1),
    **dict.fromkeys(("-", "inhibition", "inhibits", "repression", "negative", "down"), -1),
    **dict.fromkeys(("represses", "repressor"), -1),
    **dict.fromkeys(("activator",), 1),
}
_TRUE = frozenset({"true", "1", "1.0", "yes"})


def read_signs(table: pd.DataFrame, column: str | int | None) -> np.ndarray:
    """Read the sign of each row.

    Parameters
    ----------
    table
        Rows of regulation.
    column
        Column with numbers (their sign counts) or words such as "up-regulates quantity"; None
        looks for a pair of columns that say whether a row stimulates or inhibits.

    Returns
    -------
    int8, one value for each row: +1 activates, -1 represses, 0 unknown or both.
    """
    if column is not None:
        values = table[column]
        if pd.api.types.is_numeric_dtype(values):
            return np.sign(values.fillna(0).to_numpy(dtype=float)).astype(np.int8)
        codes, distinct = pd.factorize(values.fillna("").astype(str))
        return np.array([_sign_of(word) for word in distinct], dtype=np.int8)[codes]
    up, down = (next((c for c in names if c in table), None) for names in (STIMULATION, INHIBITION))
    if up is None or down is None:
        return np.zeros(len(table), dtype=np.int8)
    return _flags(table[up]).astype(np.int8) - _flags(table[down]).astype(np.int8)


def _sign_of(word: str) -> int:
    """Sign of a number or a word; 0 where neither says one."""
    word = word.strip().casefold()
    try:
        return int(np.sign(np.nan_to_num(float(word))))
    except ValueError:
        pass
    if word.startswith(("up-reg", "upreg")):
        return 1
    if word.startswith(("down-reg", "downreg")):
        return -1
    return _WORDS.get(word, 0)


def _flags(values: pd.Series) -> np.ndarray:
    return values.astype(str).str.strip().str.casefold().isin(_TRUE).to_numpy()
