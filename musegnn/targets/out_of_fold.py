"""Targets of all compounds with a signature, each told without its own labels, and how well.

A compound with labels lies in one fold. Weights and probabilities come from the other folds; its
answer is learned from every other compound, but for those with the same fingerprint. So what is
shown of it, and what is measured, was said without its labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.targets.asking import query_of
from musegnn.targets.folds import N_FOLDS, clusters_of, make_folds
from musegnn.targets.gene_vectors import GeneVectors
from musegnn.targets.methods import FEW_TARGETS
from musegnn.targets.predictor import SIGNATURE_ALONE, Predictor
from musegnn.targets.ranking import Ranked, rank_known
from musegnn.targets.reference import IDENTICAL, Reference, build_reference
from musegnn.targets.stacking import (
    WITH_OUTSIDE,
    WITHOUT_OUTSIDE,
    expected_calibration_error,
    fit_stack,
)
from musegnn.targets.tables import Pharmacology

MEASURES: Final = ("r_at_1pct", "r_at_5pct", "mrr", "auroc")
UNLABELLED: Final = -1  # fold of a compound without labels: what is learned from all others
BEST: Final = 10  # targets of a compound over which calibration is told too
_DRAWS: Final = 1000


@dataclass(frozen=True)
class OutOfFold:
    """What was said of each compound.

    Parameters
    ----------
    candidates
        T genes that were ranked, sorted.
    compounds
        One row a compound with a signature, in the order of the tables: `compound`, `fold`,
        `domain`, `nearest` (name), `similarity` (Tanimoto; missing without a structure).
    targets
        All candidates of each compound by rank: `compound`, `rank`, `gene`, `probability`, `low`,
        `high`.
    popularity
        `(C, T)` how often others hit each candidate, the rival of all.
    """

    candidates: tuple[str, ...]
    compounds: pd.DataFrame
    targets: pd.DataFrame
    popularity: np.ndarray

    def probability(self) -> np.ndarray:
        """Return `(C, T)` what was said, in the order of compounds and candidates."""
        return self._table("probability")

    def ranks(self) -> np.ndarray:
        """Return `(C, T)` places, 1 for the first."""
        return self._table("rank")

    def _table(self, name: str) -> np.ndarray:
        wide = self.targets.pivot_table(index="compound", columns="gene", values=name)
        return wide.loc[self.compounds["compound"], list(self.candidates)].to_numpy(np.float64)


def predict_out_of_fold(
    data: Pharmacology,
    genes: GeneVectors | None,
    *,
    seed: int = 0,
    tell: Callable[[str], object] = lambda _: None,
) -> OutOfFold:
    """Rank the candidates of every compound with a signature without its own labels.

    Parameters
    ----------
    data
        Compounds, signatures and labels.
    genes
        Vectors by which candidates are alike; None for none.
    seed
        Of folds, cells and intervals.
    tell
        Told how far it is.

    Raises
    ------
    InputError
        If no compound has both a signature and a label, or there are too few for folds.
    """
    reference = build_reference(data, genes)
    # those with one fingerprint lie in one fold, so that no twin fits the weights of the other
    twins = clusters_of(reference.measured["tanimoto"], above=IDENTICAL)
    fold = make_folds(twins, seed=seed)
    fold_of = {key: int(fold[row]) for row, key in enumerate(reference.compounds[: len(fold)])}
    predictors = {
        number: _fit(data, reference, np.flatnonzero(fold != number), twins, seed)
        for number in (UNLABELLED, *range(N_FOLDS))
    }
    few = reference.n_known <= FEW_TARGETS  # as the rival is told everywhere
    of_others = np.concatenate([fold, np.full(len(few) - len(fold), N_FOLDS)])
    counted = {
        number: reference.known[few & (of_others != number)].sum(axis=0) for number in predictors
    }
    about, tables, popularity = [], [], []
    for number, key in enumerate(data.signature_keys):
        mine = fold_of.get(key, UNLABELLED)
        answer = predictors[mine].predict(query_of(key, data), seed=seed, alike=IDENTICAL)
        near = answer.by_structure
        about.append(
            (
                *(key, mine, answer.domain),
                str(near["name"].iloc[0]) if len(near) else "",
                float(near["similarity"].iloc[0]) if len(near) else float("nan"),
            )
        )
        columns = ["rank", "gene", "probability", "low", "high"]
        tables.append(answer.targets[columns].assign(compound=key))
        popularity.append(counted[mine])
        if (number + 1) % 100 == 0:
            tell(f"{number + 1} of {len(data.signature_keys)} compounds")
    return OutOfFold(
        tuple(reference.targets),
        pd.DataFrame(about, columns=["compound", "fold", "domain", "nearest", "similarity"]),
        pd.concat(tables, ignore_index=True),
        np.stack(popularity).astype(np.float64),
    )


def _fit(
    data: Pharmacology, reference: Reference, train: np.ndarray, twins: np.ndarray, seed: int
) -> Predictor:
    """Fit weights and probabilities on some of the labelled compounds alone."""
    has_outside = len(reference.compounds) > reference.n_measured
    both = WITH_OUTSIDE if has_outside else WITHOUT_OUTSIDE
    stacks = {
        name: fit_stack(reference, train, twins, methods, seed=seed)
        for name, methods in (("both", both), ("signature", SIGNATURE_ALONE))
    }
    return Predictor(data, reference, stacks)


def measure(said: OutOfFold, known: np.ndarray, *, seed: int = 0) -> dict[str, object]:
    """Say how high known targets stand, against popularity, with 95 % intervals over compounds.

    Parameters
    ----------
    said
        What was said.
    known
        `(C, T)` bool; compounds without a known target among the candidates are left out.
    seed
        Of the draws of compounds.
    """
    rows = np.flatnonzero(known.any(axis=1))
    ranked = {
        "shipped": rank_known(-said.ranks()[rows], known[rows], groups=rows),
        "popularity": rank_known(said.popularity[rows], known[rows], groups=rows),
    }
    found: dict[str, object] = {"compounds": len(rows), "pairs": int(known[rows].sum())}
    for name, one in ranked.items():
        found[name] = {measure: _told(one, measure, seed) for measure in MEASURES}
    probability = said.probability()[rows]
    best = np.argsort(-probability, axis=1, kind="stable")[:, :BEST]
    own = np.take_along_axis(probability, best, 1), np.take_along_axis(known[rows], best, 1)
    found["ece"] = _error(probability, known[rows], seed)
    found["ece_of_the_ten_best"] = _error(*own, seed)
    return found


def _told(ranked: Ranked, measure: str, seed: int) -> list[float]:
    """Mean and its interval."""
    return [round(x, 4) for x in (ranked.mean(measure), *ranked.interval(measure, seed=seed))]


def _error(probability: np.ndarray, known: np.ndarray, seed: int) -> list[float]:
    """Calibration error and its interval over compounds."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(_DRAWS):
        rows = rng.integers(len(probability), size=len(probability))
        drawn.append(expected_calibration_error(probability[rows], known[rows]))
    ends = np.quantile(drawn, [0.025, 0.975])
    return [round(float(x), 5) for x in (expected_calibration_error(probability, known), *ends)]
