"""Surprising company: what the page says of pairs that stand out and are not known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.known.known_genes import KnownGenes, is_of_cells
from musegnn.analysis.known.surprise import (
    DEFINITION,
    FEWEST_GENES,
    LIKELY_NEW,
    MOST_GENES,
    SIGNIFICANT,
    StandingOut,
    company_of,
    stand_out,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.gene import COMPANY

NOT_ASKED, OF_GENE, OF_CONTEXT = COMPANY
LEAD: Final = (
    "Pairs of genes that keep company in these cells, more than permuted genes do, though no table "
    "of knowledge says why: what to look at first when you look for something new."
)


@dataclass(frozen=True)
class SurprisingView:
    """Pairs that stand out in the data and not in knowledge.

    Parameters
    ----------
    sentence
        What was found, in words and numbers.
    pairs
        Surprising ones first: `gene, other, cosine, p, q, knowledge_percentile, kind, context`, and
        `row` of the gene a mark opens: `other` of the pairs of one gene, else `gene`.
    rows
        Rows of the genes of surprising pairs, ascending.
    title
        Whose company it is.
    caption
        How it was found.
    """

    sentence: str
    pairs: pd.DataFrame
    rows: np.ndarray
    title: str
    caption: str = DEFINITION


def can_be_asked(embedding: EmbeddingSet, row: int, dataset: str) -> str:
    """Say why surprising company cannot be asked of a context; "" where it can."""
    n_genes = len(embedding.rows_of_dataset(dataset))
    if not is_of_cells(embedding, row):
        return "This context is knowledge itself: choose a context of cells."
    if not FEWEST_GENES <= n_genes <= MOST_GENES:
        return (
            f"All pairs of a context are compared, of {FEWEST_GENES} to {MOST_GENES:,} genes; "
            f"{embedding.context_names[dataset]} has {n_genes:,}."
        )
    return ""


def find_standing(known: KnownGenes, dataset: str) -> StandingOut:
    """Find the pairs of a context that stand out, see `stand_out`."""
    return stand_out(known, dataset)


def build_surprising(
    known: KnownGenes, standing: StandingOut, row: int | None = None
) -> SurprisingView:
    """Hold what stands out against what is known.

    Parameters
    ----------
    known
        The set with what is known of its genes.
    standing
        Pairs of the context that stand out.
    row
        Row of a gene, whose pairs alone are asked for; None asks for all.
    """
    found = company_of(known, standing, row)
    dataset = standing.dataset
    genes = known.embedding.genes[keys.GENE].astype(str)
    called = known.embedding.context_names[dataset]
    whose = called if row is None else f"{genes.iloc[row]} in {called}"
    table = found.table.assign(context=dataset)
    is_surprising = (table["kind"] == LIKELY_NEW).to_numpy()
    sentence = (
        f"**{found.n_surprising:,} surprising pairs of {whose}.** Of {found.n_pairs:,} pairs "
        f"{found.n_significant:,} stand out in the data (q < {SIGNIFICANT}). Knowledge tells of "
        f"{found.n_asked:,} of them, and {found.n_known:,} are known."
    )
    if not len(standing.pairs):
        sentence = (
            f"**No pair of {called} stands out.** Its genes are no nearer to each other than "
            "permuted genes are: these data do not tell who keeps company here. It does not mean "
            "that nothing is new."
        )
    elif not found.n_significant:
        sentence = (
            f"**No company of {whose} stands out**, though {len(standing.pairs):,} pairs of other "
            "genes here do. Ask for all genes of the context, or for another gene."
        )
    opened = table["row"] if row is None else table["other_row"]
    lit = table.loc[is_surprising, ["row", "other_row"]].to_numpy()
    return SurprisingView(
        sentence=sentence,
        pairs=table.drop(columns=["row", "other_row"]).assign(row=opened),
        rows=np.unique(lit).astype(np.int64),
        title=whose,
    )
