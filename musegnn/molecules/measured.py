"""The measured molecules nearest to those asked about, with what was measured of them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.molecules.assays import AssayTable
from musegnn.molecules.standard import standardise
from musegnn.molecules.structures import fingerprints, tanimoto

NEAREST: Final = 5
_NAMED: Final = 6  # assays of each kind that are named
_ROWS: Final = 512  # molecules compared at a time


def nearest_measured(
    table: AssayTable, names: Sequence[str], structures: Sequence[str], *, n: int = NEAREST
) -> pd.DataFrame:
    """Find the measured molecules most alike, both sides in one form.

    A charge or a tautomer that a table writes otherwise does not count; measured molecules that
    have no such form are left out.

    Parameters
    ----------
    table
        Of assays.
    names, structures
        Of the molecules asked about, in the form of `standardise`.
    n
        Measured molecules of each.

    Returns
    -------
    Columns `molecule`, `similarity` (Tanimoto), `measured` (the structure as
    the table writes it), `found` (in words).
    """
    table, forms = _in_one_form(table)
    known = fingerprints(forms)
    asked = fingerprints(structures)
    n_near = min(n, len(known))
    rows: list[tuple[str, float, str, str]] = []
    for start in range(0, len(asked), _ROWS):
        alike = tanimoto(asked[start : start + _ROWS], known)
        near = np.argsort(-alike, axis=1, kind="stable")[:, :n_near]
        for place, places in enumerate(near, start=start):
            rows += [
                (
                    names[place],
                    float(alike[place - start, one]),
                    table.smiles[one],
                    in_words(table, table.labels[one]),
                )
                for one in places.tolist()
            ]
    return pd.DataFrame(rows, columns=["molecule", "similarity", "measured", "found"])


def _in_one_form(table: AssayTable) -> tuple[AssayTable, list[str]]:
    """Return the molecules that have a form, and this."""
    kept, forms = [], []
    for place, given in enumerate(table.smiles):
        with contextlib.suppress(InputError):
            forms.append(standardise(given).smiles)
            kept.append(place)
    return table.only(np.array(kept, dtype=np.int64)), forms


def in_words(table: AssayTable, labels: np.ndarray) -> str:
    """Say what was measured of a molecule."""
    known = np.isfinite(labels)
    if not table.is_binary:
        places = np.flatnonzero(known).tolist()
        numbers = _listed([f"{table.tasks[place]} {labels[place]:.3g}" for place in places])
        return numbers or "nothing"
    told = []
    for word, value in (("active", 1), ("inactive", 0)):
        which = [table.tasks[place] for place in np.flatnonzero(labels == value).tolist()]
        if which:
            told.append(f"{word} in {_listed(which)}")
    return "; ".join(told) or "nothing"


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
