"""Compounds with a stored signature and no known target: what they may hit, each ranked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from musegnn.errors import InputError
from musegnn.targets.asking import query_of
from musegnn.targets.predictor import Predictor
from musegnn.targets.tables import Pharmacology
from musegnn.validation import check_positive

COLUMNS: Final = (
    *("compound", "name", "phase", "rank", "gene", "probability", "low", "high", "stage"),
    *("domain", "nearest", "similarity", "like_compounds"),
)
MEANING: Final = (
    "Compounds with a stored signature of which no table names a target. Probabilities are "
    "calibrated on held-out folds of labelled compounds (docs: targets, measured): there .10 means "
    "one in ten. Nothing shows that compounds without a label are like those with one, so read "
    "them as an order; out of domain they are little more than how often a gene is a target."
)


def without_targets(data: Pharmacology) -> tuple[str, ...]:
    """Compounds with a signature of which no table names a target, by name."""
    labelled = set(data.pairs["compound"])
    found = [key for key in data.signature_keys if key not in labelled]
    return tuple(sorted(found, key=lambda key: (str(data.compounds.loc[key, "name"]).lower(), key)))


def predict_unlabelled(
    predictor: Predictor,
    *,
    n: int = 10,
    seed: int = 0,
    tell: Callable[[str], object] = lambda _: None,
) -> pd.DataFrame:
    """Rank targets of every compound with a signature and no known target.

    Parameters
    ----------
    predictor
        What ranks targets.
    n
        Targets of each compound, at least 1.
    seed
        Of the intervals.
    tell
        Told how far it is.

    Returns
    -------
    `COLUMNS`, `n` rows a compound by rank: what `Predictor.predict` gives for the compound alone,
    its `domain`, and name and Tanimoto similarity of the `nearest` labelled molecule.

    Raises
    ------
    InputError
        If every compound with a signature has a known target.
    """
    check_positive(n, name="n")
    data = predictor.data
    compounds = without_targets(data)
    if not compounds:
        msg = "Expected compounds with a signature and no known target, found none."
        raise InputError(msg, "Ask for one compound instead: `musegnn targets NAME`.")
    tables = []
    for number, key in enumerate(compounds):
        answer = predictor.predict(query_of(key, data), seed=seed)
        near = answer.by_structure
        tables.append(
            answer.targets.head(n).assign(
                compound=key,
                name=answer.label,
                phase=str(answer.about.get("phase", "")),
                domain=answer.domain,
                nearest=str(near["name"].iloc[0]) if len(near) else "",
                similarity=float(near["similarity"].iloc[0]) if len(near) else float("nan"),
            )
        )
        if (number + 1) % 10 == 0:
            tell(f"{number + 1} of {len(compounds)} compounds")
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]
