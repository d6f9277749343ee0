"""Activity of regulators and pathways: in every context, or along a ranking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from musegnn.analysis.enrichment.activity import (
    FEWEST_TARGETS,
    Activity,
    activity,
    context_activity,
    context_expression,
    strongest,
)
from musegnn.analysis.enrichment.gene_set_library import stamped
from musegnn.analysis.enrichment.over_representation import SIGNIFICANT
from musegnn.analysis.enrichment.ranking import Ranking
from musegnn.analysis.enrichment.source_network import Network
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet

DRAWN_SOURCES: Final = 25


@dataclass(frozen=True)
class ActivityView:
    """Activities of regulators or pathways.

    Parameters
    ----------
    title
        What was asked.
    sentence
        What came out.
    found
        Table in full.
    matrix, q, targets
        Contexts (by tissue) x the sources with the smallest p: activities, q, targets; empty
        along a ranking.
    caption
        Line below the picture.
    statement
        Test, background, correction and network: what is printed under the table.
    file
        The table with all that every row depends on.
    """

    title: str
    sentence: str
    found: Activity
    matrix: pd.DataFrame
    q: pd.DataFrame
    targets: pd.DataFrame
    caption: str
    statement: str
    file: pd.DataFrame


def build(network: Network, *, atlas: Atlas, ranking: Ranking | None = None) -> ActivityView:
    """Estimate activities in every context, or along a ranking.

    Parameters
    ----------
    network
        Who acts on whom.
    atlas
        The atlas.
    ranking
        A ranking, or None for every context.

    Raises
    ------
    InputError
        If too few targets were measured.
    """
    if ranking is None:
        found = context_activity(context_expression(atlas), network.table)
        title = f"{network.kind} in every context"
        matrix, q, targets = _picture(found, atlas.embedding)
    else:
        found = activity(ranking.scores, network.table, words=ranking.label)
        title = f"{network.kind} along {ranking.called(atlas.short_context_names)}"
        matrix = q = targets = pd.DataFrame()
    statement = f"{found.statement} {network.statement}"
    what = "pairs of context and source" if ranking is None else network.kind
    return ActivityView(
        title=f"{title[0].upper()}{title[1:]}",
        sentence=(
            f"**{found.n_active:,} of {found.n_tested:,} {what}** stand out (q < {SIGNIFICANT}): "
            "a positive t means that the targets are as high, or low, as the source would make "
            "them."
            if found.n_active
            else f"None of {found.n_tested:,} {what} stands out at q < {SIGNIFICANT}."
        ),
        found=found,
        matrix=matrix,
        q=q,
        targets=targets,
        caption=(
            f"Each cell is one of the {matrix.shape[1]} {network.kind} with the smallest p of any "
            f"context in one of {matrix.shape[0]} contexts, ordered by tissue: t of its targets; "
            f"a dot marks q < {SIGNIFICANT}; empty: fewer than {FEWEST_TARGETS} targets measured. "
            "Scores compare a context with the others, so that technique and tissue are mixed. "
            f"{atlas.embedding.origin}."
        ),
        statement=statement,
        file=stamped(found.table, {**found.facts, "network": network.statement}),
    )


def _picture(
    found: Activity, embedding: EmbeddingSet
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Matrices of the picture: contexts by tissue, sources by the order of their strongest."""
    sources = strongest(found, count=DRAWN_SOURCES)
    tissue = embedding.datasets["tissue"].astype(str)
    names = sorted(set(found.table["context"]), key=lambda name: (tissue[name], name))
    parts = [
        found.matrix(column).reindex(index=names, columns=sources)
        for column in ("activity", "q", "targets")
    ]
    return parts[0], parts[1], parts[2]
