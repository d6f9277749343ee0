"""Causal regulators: which regulators explain a set, directly and from further up."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from musegnn.analysis.causal.causal_question import ContextGenes
from musegnn.analysis.causal.master_regulators import METHOD as MASTER_METHOD
from musegnn.analysis.causal.master_regulators import Downstream
from musegnn.analysis.causal.regulation import Regulation
from musegnn.analysis.causal.regulators import Regulators, find_regulators
from musegnn.analysis.causal.upstream_regulators import METHOD as UPSTREAM_METHOD
from musegnn.validation import format_list


@dataclass(frozen=True)
class RegulatorsView:
    """What the page shows of regulators.

    Parameters
    ----------
    upstream
        See `musegnn.analysis.causal.upstream_regulators.upstream_regulators`.
    masters
        See `musegnn.analysis.causal.master_regulators.master_regulators`.
    upstream_caption, masters_caption
        Test and background, printed under the tables.
    notice
        What became of the directions that were typed, or "".
    has_directions
        True when activation scores exist.
    """

    upstream: pd.DataFrame
    masters: pd.DataFrame
    upstream_caption: str
    masters_caption: str
    notice: str
    has_directions: bool


def build(
    context: ContextGenes,
    regulation: Regulation,
    downstream: Downstream,
    *,
    directions_text: str = "",
) -> RegulatorsView:
    """Rank direct and distant regulators of a set.

    Parameters
    ----------
    context
        The set; the gene whose neighbourhood was taken is left out of the tests.
    regulation
        Curated pairs.
    downstream
        What each regulator reaches among the genes of the context.
    directions_text
        Lines of a gene and its direction, see
        `musegnn.analysis.causal.causal_question.read_directions`.

    Raises
    ------
    InputError
        If no gene is left to test.
    """
    regulators = find_regulators(
        context, regulation, downstream=downstream, directions_text=directions_text
    )
    counted = (
        f" Set: {len(context.tested):,} genes; background: the {len(context.background):,} genes "
        f"of this context in this model; {len(regulation.regulators):,} regulators, "
        f"confidence {regulation.least} or better."
    )
    return RegulatorsView(
        upstream=regulators.upstream,
        masters=regulators.masters,
        upstream_caption=UPSTREAM_METHOD + counted,
        masters_caption=MASTER_METHOD + counted,
        notice=_notice(regulators, context) if directions_text.strip() else "",
        has_directions=bool(set(regulators.directions) & set(context.tested)),
    )


def _notice(regulators: Regulators, context: ContextGenes) -> str:
    """Say what became of the typed directions."""
    used = set(regulators.directions) & set(context.tested)
    line = f"Directions: {len(used):,} of {len(context.tested):,} genes of the set have one."
    if regulators.unknown:
        line += f" Not in this context: {format_list(regulators.unknown)}."
    return line
