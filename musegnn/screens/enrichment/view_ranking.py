"""Enrichment along a ranking: terms that gather at one end of it, and where their genes lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from musegnn.analysis.enrichment.gene_set_library import Library, stamped
from musegnn.analysis.enrichment.over_representation import SIGNIFICANT
from musegnn.analysis.enrichment.ranked_enrichment import (
    RankedEnrichment,
    ranked_enrichment,
    running_score,
)
from musegnn.analysis.enrichment.ranking import Ranking, rank_by_change, rank_by_cosine, rank_list
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.screens.enrichment import CHANGE, COSINE, RANKINGS
from musegnn.validation import check_choice


@dataclass(frozen=True)
class RankingRequest:
    """What a person wants ranked.

    Parameters
    ----------
    kind
        One of `musegnn.screens.enrichment.RANKINGS`.
    chosen
        Gene and context, two contexts, or the pasted text.
    """

    kind: str
    chosen: tuple[str, ...]


@dataclass(frozen=True)
class RankedView:
    """Terms along a ranking.

    Parameters
    ----------
    title
        What is ranked.
    sentence
        What came out.
    found
        Ranking and table in full.
    shown
        Terms that stand for themselves, smallest p first.
    caption
        Line below the picture.
    statement
        Test, background, sizes, correction and library: what is printed under the table.
    file
        The table with all that every row depends on.
    library
        Where the terms come from.
    """

    title: str
    sentence: str
    found: RankedEnrichment
    shown: pd.DataFrame
    caption: str
    statement: str
    file: pd.DataFrame
    library: Library

    def running(self, term: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the running score of a term and which genes belong to it, `(n,)` each.

        Raises
        ------
        InputError
            If the term was not tested.
        """
        index = self.library.index
        if term not in set(self.found.table["term"]):
            msg = f"Expected a term that was tested, found {term!r}."
            raise InputError(msg, "Choose one from the table.")
        scores = self.found.ranking.scores
        members = index.members(index.rows[term], index.mask(set(scores.index)))
        is_member = scores.index.isin(members)
        return running_score(scores.to_numpy(), is_member), is_member


def rank(request: RankingRequest, *, atlas: Atlas) -> Ranking:
    """Rank genes as a person asked.

    Raises
    ------
    InputError
        If what was asked for does not exist, or gives no ranking.
    """
    check_choice(request.kind, RANKINGS, name="ranking")
    if request.kind == COSINE:
        gene, dataset = request.chosen
        return rank_by_cosine(gene, dataset, atlas=atlas)
    if request.kind == CHANGE:
        first, second = request.chosen
        return rank_by_change(first, second, atlas=atlas)
    return rank_list(request.chosen[0], search=atlas.search)


def build(
    ranking: Ranking,
    *,
    library: Library,
    minimum_size: int,
    maximum_size: int,
    overlap: float,
    embedding: EmbeddingSet,
) -> RankedView:
    """Test the terms along a ranking; takes seconds for a large library.

    Parameters
    ----------
    ranking
        What `rank` made of the request.
    library
        Where the terms come from.
    minimum_size, maximum_size, overlap
        As for `musegnn.analysis.enrichment.ranked_enrichment.ranked_enrichment`.
    embedding
        The atlas.

    Raises
    ------
    InputError
        If the ranking is too short or no term has a suitable size.
    """
    found = ranked_enrichment(
        ranking,
        index=library.index,
        minimum_size=minimum_size,
        maximum_size=maximum_size,
        overlap=overlap,
    )
    table = found.table
    statement = f"{found.stated(embedding.context_names)} {library.statement}"
    return RankedView(
        title=ranking.called(embedding.short_context_names),
        sentence=(
            f"**{found.n_enriched:,} of {found.n_tested:,} terms** gather at one end "
            f"(q < {SIGNIFICANT}): positive NES at the top of the ranking, negative at its bottom."
            if found.n_enriched
            else f"None of {found.n_tested:,} terms gathers at one end at q < {SIGNIFICANT}."
        ),
        found=found,
        shown=table[table["represented_by"] == table["term"]].reset_index(drop=True),
        caption=(
            f"Upper strip: running score along the {len(ranking):,} genes, highest number first; "
            "its largest deviation (dotted) is ES. Ticks: genes of the term. Lower strip: "
            f"{ranking.meaning}. {embedding.origin}."
        ),
        statement=statement,
        file=stamped(table, {**found.facts, **library.facts}),
        library=library,
    )
