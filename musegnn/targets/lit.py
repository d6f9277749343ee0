"""Which genes of an answer go along to the maps: targets with a probability, known ones told apart.

A signature brings its own genes instead where no table of drugs is at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.targets.own_signature import OwnSignature
from musegnn.targets.predictor import Prediction
from musegnn.targets.tables import Pharmacology
from musegnn.validation import check_choice, format_list

KNOWN, PREDICTED, UP, DOWN = "known", "predicted", "up", "down"
WHICH: Final = ("known and predicted", KNOWN, PREDICTED)
OF_SIGNATURE: Final = ("up and down", UP, DOWN)
LIKELY: Final = 0.1  # probability from which a target goes along
MOST: Final = 40  # genes; more light up everything and say nothing
_LIKELIEST: Final = 3  # where none is likely


@dataclass(frozen=True)
class LitGenes:
    """Genes that light up.

    Parameters
    ----------
    label
        Whose they are, for people.
    table
        The weightiest first: `gene` (human symbol, each once), `weight` (probability, or share of
        the largest change; 0 to 1, missing for a known target that is no candidate), `kind` (one of
        known, predicted, up, down).
    rivals
        Genes that were ranked beside them: all candidates, sorted; none for a signature.
    remarks
        What was left out, a sentence each.
    """

    label: str
    table: pd.DataFrame
    rivals: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def genes(self) -> tuple[str, ...]:
        """Their symbols."""
        return tuple(map(str, self.table["gene"]))


def lit_targets(
    answer: Prediction, data: Pharmacology, *, which: str = WHICH[0], above: float = LIKELY
) -> LitGenes:
    """Choose the targets of an answer that light up.

    Known targets count whatever their probability, also those that are no candidates. Where no
    other candidate is likely and none is known, the likeliest few are taken, and it is said.

    Parameters
    ----------
    answer
        Ranked targets.
    data
        Tables with the known ones.
    which
        One of `WHICH`.
    above
        Smallest probability of a predicted target, 0 to 1.

    Raises
    ------
    InputError
        If a choice is unknown or there is no such target.
    """
    check_choice(which, WHICH, name="which")
    if not 0 <= above <= 1:
        msg = f"Expected a probability from 0 to 1, found {above:g}."
        raise InputError(msg, f"Take {LIKELY:g}, or a lower one for more targets.")
    compound = answer.about.get("compound", "")
    listed = set(data.targets_of(compound)["gene"]) if compound else set()
    ranked = answer.targets[["gene", "probability"]]
    is_known = ranked["gene"].isin(listed)
    outside = sorted(listed - set(ranked["gene"]))
    known = pd.DataFrame(
        {
            "gene": [*ranked["gene"][is_known], *outside],
            "weight": [*ranked["probability"][is_known], *([np.nan] * len(outside))],
            "kind": KNOWN,
        }
    )
    others = ranked[~is_known]
    likely = others[others["probability"] >= above]
    remarks = []
    if which == KNOWN and known.empty:
        msg = f"Expected known targets of {answer.label}, found none in the tables."
        raise InputError(msg, "Take predicted ones.")
    if likely.empty and (which == PREDICTED or known.empty):
        likely = others.head(_LIKELIEST)
        remarks.append(
            f"No other candidate reaches a probability of {above:g}: the {len(likely)} likeliest "
            "are shown."
        )
    predicted = pd.DataFrame(
        {"gene": likely["gene"], "weight": likely["probability"], "kind": PREDICTED}
    )
    parts = {WHICH[0]: [known, predicted], KNOWN: [known], PREDICTED: [predicted]}[which]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    table = table.sort_values(["weight", "gene"], ascending=[False, True], na_position="last")
    if outside and which != PREDICTED:
        remarks.append(
            f"Known, and no candidates, so without a probability: {format_list(outside, limit=8)}."
        )
    return LitGenes(
        answer.label,
        _cut(table, remarks),
        rivals=tuple(sorted(answer.candidates or map(str, ranked["gene"]))),
        remarks=tuple(remarks),
    )


def lit_signature(
    own: OwnSignature, genes: tuple[str, ...], *, which: str = OF_SIGNATURE[0]
) -> LitGenes:
    """Choose the genes of a signature that light up: those that change most.

    Parameters
    ----------
    own
        The signature.
    genes
        Symbols of its values.
    which
        One of `OF_SIGNATURE`.

    Raises
    ------
    InputError
        If the choice is unknown or there is no such gene.
    """
    check_choice(which, OF_SIGNATURE, name="which")
    values = np.asarray(own.values, dtype=np.float64)
    table = pd.DataFrame(
        {"gene": genes, "weight": np.abs(values), "kind": np.where(values > 0, UP, DOWN)}
    )
    wanted = [UP, DOWN] if which == OF_SIGNATURE[0] else [which]
    table = table[(values != 0) & table["kind"].isin(wanted)]
    if table.empty:
        msg = f"Expected genes that go {which}, found none in {own.what}."
        raise InputError(msg, f"Take {OF_SIGNATURE[0]}.")
    table = table.sort_values(["weight", "gene"], ascending=[False, True])
    table["weight"] /= table["weight"].iloc[0]
    remarks: list[str] = []
    return LitGenes(own.what, _cut(table, remarks), remarks=tuple(remarks))


def _cut(table: pd.DataFrame, remarks: list[str]) -> pd.DataFrame:
    """Keep the first genes, and say how many there were."""
    if len(table) > MOST:
        remarks.append(f"The first {MOST} of {len(table)} genes are shown.")
    return table.head(MOST).reset_index(drop=True)
