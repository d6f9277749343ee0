"""What some molecules have in common: terms that stand with them more often than with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, hypergeom

FEWEST = 2  # chosen molecules that a term has to stand with


def enriched_terms(
    chosen: Sequence[str], terms_of: Mapping[str, frozenset[str]], background: Sequence[str]
) -> pd.DataFrame:
    """Test which terms stand with the chosen molecules more often than by chance.

    Parameters
    ----------
    chosen
        Keys of the chosen molecules.
    terms_of
        Key -> terms, such as targets.
    background
        Keys of all molecules that could have been chosen; those without a term do not count, on
        either side: of them nothing is known.

    Returns
    -------
    One row a term that stands with two chosen molecules or more, the surest first: `term`,
    `chosen` (of them that have it), `of chosen`, `background`, `of background`, `fold`, `p`
    (hypergeometric, at least so many), `q` (Benjamini and Hochberg over the terms tested: all of
    the chosen molecules).
    """
    known = sorted({key for key in background if terms_of.get(key)})
    picked = sorted(set(chosen) & set(known))
    of_all = _count(known, terms_of)
    of_picked = _count(picked, terms_of)
    terms = sorted(of_picked)
    n, total, drawn = len(terms), len(known), len(picked)
    hits = np.array([of_picked[term] for term in terms], dtype=np.int64)
    there = np.array([of_all[term] for term in terms], dtype=np.int64)
    p = np.clip(hypergeom.sf(hits - 1, total, there, drawn), 0, 1) if n else np.zeros(0)
    fold = hits * total / np.maximum(there * drawn, 1)
    table = pd.DataFrame(
        {
            "term": terms,
            "chosen": hits,
            "of chosen": drawn,
            "background": there,
            "of background": total,
            "fold": fold,
            "p": p,
            "q": false_discovery_control(p) if n else p,
        }
    )
    table = table[table["chosen"] >= FEWEST]
    return table.sort_values(["p", "term"]).reset_index(drop=True)


def common_scaffolds(
    chosen: Sequence[str], everything: Sequence[str], *, without: str
) -> pd.DataFrame:
    """Count the scaffolds of the chosen molecules, the most common first.

    Parameters
    ----------
    chosen, everything
        Scaffold of each chosen molecule, and of each molecule.
    without
        What is written for a molecule without rings, which is not counted.

    Returns
    -------
    `scaffold`, `chosen`, `everywhere`.
    """
    counts = pd.Series(list(chosen), dtype=str).value_counts()
    counts = counts[counts.index != without]
    whole = pd.Series(list(everything), dtype=str).value_counts()
    table = pd.DataFrame(
        {
            "scaffold": list(counts.index),
            "chosen": counts.to_numpy(),
            "everywhere": whole.reindex(counts.index).fillna(0).astype(int).to_numpy(),
        }
    )
    return table.sort_values(["chosen", "scaffold"], ascending=[False, True], ignore_index=True)


def _count(keys: Sequence[str], terms_of: Mapping[str, frozenset[str]]) -> dict[str, int]:
    """Molecules of each term."""
    found: dict[str, int] = {}
    for key in keys:
        for term in terms_of[key]:
            found[term] = found.get(term, 0) + 1
    return found
