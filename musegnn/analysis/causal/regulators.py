"""Regulators of a set of genes: those that act on it directly, and those further up."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from musegnn.analysis.causal.causal_question import (
    ContextGenes,
    read_directions,
    spell_directions,
)
from musegnn.analysis.causal.master_regulators import (
    Downstream,
    find_downstream,
    master_regulators,
)
from musegnn.analysis.causal.regulation import Regulation
from musegnn.analysis.causal.upstream_regulators import upstream_regulators


@dataclass(frozen=True)
class Regulators:
    """Which regulators explain a set.

    Parameters
    ----------
    upstream
        See `musegnn.analysis.causal.upstream_regulators.upstream_regulators`.
    masters
        See `musegnn.analysis.causal.master_regulators.master_regulators`.
    directions
        Gene of the context -> +1 or -1, as typed.
    unknown
        Typed names that the context does not have.
    """

    upstream: pd.DataFrame
    masters: pd.DataFrame
    directions: dict[str, float]
    unknown: tuple[str, ...]


def find_regulators(
    context: ContextGenes,
    regulation: Regulation,
    *,
    downstream: Downstream | None = None,
    directions_text: str = "",
    seed: int = 0,
) -> Regulators:
    """Rank direct and distant regulators of a set.

    Parameters
    ----------
    context
        The set; the gene whose neighbourhood was taken is left out of the tests.
    regulation
        Curated pairs.
    downstream
        What each regulator reaches among the genes of the context; None finds it.
    directions_text
        Lines of a gene and its direction, see
        `musegnn.analysis.causal.causal_question.read_directions`.
    seed
        Of the random sets that distant regulators are held against.

    Raises
    ------
    InputError
        If no gene is left to test.
    """
    directions, unknown = spell_directions(read_directions(directions_text), context)
    if downstream is None:
        downstream = find_downstream(regulation, context.background)
    return Regulators(
        upstream=upstream_regulators(
            regulation, context.tested, context.background, directions=directions
        ),
        masters=master_regulators(downstream, context.tested, seed=seed, directions=directions),
        directions=directions,
        unknown=unknown,
    )
