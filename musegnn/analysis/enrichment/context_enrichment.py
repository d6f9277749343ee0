"""Enrichment across contexts: the same question asked in every context of the atlas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from musegnn import keys
from musegnn.analysis.choices import SET_MODES
from musegnn.analysis.enrichment.enrichment import EnrichmentSettings
from musegnn.analysis.enrichment.matched_sets import (
    MATCHED_TEST,
    by_matched_sets,
    gene_traits,
)
from musegnn.analysis.enrichment.over_representation import SIGNIFICANT, TEST, over_representation
from musegnn.analysis.enrichment.redundancy import represented_by
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.analysis.gene_set_choice import (
    GeneSetChoice,
    choose_neighbours,
    ortholog_groups_of,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.validation import check_choice, check_positive

CORRECTION: Final = "Benjamini-Hochberg over all pairs of term and context tested"
COLUMNS: Final = (
    *("context", "tissue", "species", "term", "hits", "size", "set_size", "background"),
    *("expected", "matched_hits", "fold", "odds_ratio", "odds_low", "odds_high"),
    *("p", "q", "plain_p", "plain_q", "genes"),
)


@dataclass(frozen=True)
class ContextEnrichment:
    """Terms of a library in a choice of genes, in each context by itself.

    Parameters
    ----------
    table
        One row a term and context with at least one gene, smallest p first; columns `COLUMNS`,
        as in `musegnn.analysis.enrichment.over_representation.OverRepresentation`; p and q are
        those of the matched test in that context, `plain_p` and `plain_q` of the plain one, q over
        all contexts.
    contexts
        Contexts that could be tested, sorted.
    left_out
        Contexts that have none of the genes, sorted.
    n_tested
        Pairs of term and context tested: the family of q.
    best_terms
        Terms that stand for themselves over all contexts, the one with the smallest p first.
    mode
        One of `SET_MODES`.
    choice
        The genes.
    settings
        How they were tested.
    """

    table: pd.DataFrame
    contexts: tuple[str, ...]
    left_out: tuple[str, ...]
    n_tested: int
    best_terms: tuple[str, ...]
    mode: str
    choice: GeneSetChoice
    settings: EnrichmentSettings

    @property
    def n_enriched(self) -> int:
        """Pairs of term and context with q below `SIGNIFICANT`."""
        return int((self.table["q"] < SIGNIFICANT).sum())

    @property
    def statement(self) -> str:
        """Test, backgrounds, sizes and correction, as they are printed under the table."""
        genes = {
            "the same genes": "those of the choice that the context has",
            "its own genes there": "asked again in each context",
        }[self.mode]
        centre = f" {self.choice.centre} itself is not counted." * bool(self.choice.centre)
        plain = int((self.table["plain_q"] < SIGNIFICANT).sum())
        without = f" {len(self.left_out)} contexts have none of them." * bool(self.left_out)
        return (
            f"Test: {MATCHED_TEST}, in each of {len(self.contexts)} contexts. Genes: {genes}."
            f"{centre}{without} Background: genes of this model in that context. Terms with "
            f"{self.settings.minimum_size} to {self.settings.maximum_size} of them: "
            f"{self.n_tested:,} pairs of term and context tested. q: {CORRECTION}. The plain "
            f"test ({TEST}) calls {plain:,}."
        )

    @property
    def facts(self) -> dict[str, Any]:
        """What every row depends on, as columns of a file."""
        return {
            "set": self.choice.label,
            "genes_taken": self.mode,
            "pairs_tested": self.n_tested,
            "minimum_size": self.settings.minimum_size,
            "maximum_size": self.settings.maximum_size,
            "test": MATCHED_TEST,
            "plain_test": TEST,
            "correction": CORRECTION,
            **({} if self.choice.studies is None else self.choice.studies.facts),
        }


def enrich_contexts(
    choice: GeneSetChoice,
    *,
    index: TermIndex,
    atlas: Atlas,
    settings: EnrichmentSettings | None = None,
    mode: str = "the same genes",
) -> ContextEnrichment:
    """Ask in every context which terms a choice of genes holds too often.

    Parameters
    ----------
    choice
        The genes.
    index
        The library.
    atlas
        The atlas.
    settings
        Sizes of terms and overlap; the background is the genes of each context.
    mode
        "the same genes" takes those of the choice that the context has; "its own genes there"
        asks again: the neighbours of the gene in that context, or the points of the cluster or
        selection that lie in it.

    Raises
    ------
    InputError
        If no context has any of the genes, or a setting cannot be used.
    """
    check_choice(mode, SET_MODES, name="mode")
    if choice.studies is not None and mode != SET_MODES[0]:
        msg = f"Expected genes found by your cells to ask for {mode}, found {choice.label}."
        raise InputError(
            msg, f"Contexts are compared by cells alone: take these, or {SET_MODES[0]}."
        )
    settings = settings or EnrichmentSettings()
    parts, left_out, n_untested, backgrounds = [], [], 0, set()
    names = sorted(map(str, atlas.embedding.datasets.index))
    for dataset in names:
        background = set(ortholog_groups_of(atlas.embedding.rows_of_dataset(dataset), atlas.search))
        own = _genes_in(choice, dataset, mode, atlas=atlas) & background
        own, background = own - {choice.centre}, background - {choice.centre}
        if not own:
            left_out.append(dataset)
            continue
        result = over_representation(
            own,
            background=background,
            index=index,
            minimum_size=settings.minimum_size,
            maximum_size=settings.maximum_size,
        )
        traits = gene_traits(background, [dataset], atlas=atlas)
        result = by_matched_sets(result, own, index=index, traits=traits)
        backgrounds |= background
        n_untested += result.n_tested - len(result.table)
        entry = atlas.embedding.datasets.loc[dataset]
        parts.append(
            result.table.assign(
                context=dataset, tissue=str(entry["tissue"]), species=str(entry["species"])
            )
        )
    if not parts:
        msg = f"Expected genes of {choice.label} in some context, found them in none."
        raise InputError(msg, "Choose other genes.")
    table = pd.concat(parts, ignore_index=True)
    # terms without a hit have p = 1 and no row, and count all the same
    for p, q in (("p", "q"), ("plain_p", "plain_q")):
        every_p = np.concatenate([table[p].to_numpy(dtype=np.float64), np.ones(n_untested)])
        table[q] = false_discovery_control(every_p)[: len(table)] if len(every_p) else []
    table = table.sort_values(["p", "fold", "term", "context"], ascending=[True, False, True, True])
    terms = table["term"].drop_duplicates().tolist()
    behind = represented_by(
        terms, index=index, background=index.mask(backgrounds), overlap=settings.overlap
    )
    return ContextEnrichment(
        table=table.loc[:, list(COLUMNS)].reset_index(drop=True),
        contexts=tuple(name for name in names if name not in left_out),
        left_out=tuple(left_out),
        n_tested=len(every_p),
        best_terms=tuple(dict.fromkeys(behind)),
        mode=mode,
        choice=choice,
        settings=settings,
    )


def _genes_in(choice: GeneSetChoice, dataset: str, mode: str, *, atlas: Atlas) -> set[str]:
    """Ortholog groups to test in one context."""
    if mode == "the same genes" or dataset == choice.dataset:
        return set(choice.symbols)
    if choice.kind == "neighbours":
        rows = atlas.search.rows(choice.centre)
        if dataset not in set(atlas.embedding.genes[keys.DATASET].iloc[rows].astype(str)):
            return set()
        there = choose_neighbours(choice.centre, dataset, k=len(choice.rows) - 1, atlas=atlas)
        return set(there.symbols)
    here = atlas.embedding.genes[keys.DATASET].iloc[choice.rows].astype(str).to_numpy() == dataset
    return set(ortholog_groups_of(choice.rows[here], atlas.search))


def bubble_table(
    result: ContextEnrichment, *, n_terms: int = 15, fewest_hits: int = 1
) -> pd.DataFrame:
    """Take the rows that a picture of terms and contexts shows.

    Parameters
    ----------
    result
        All rows.
    n_terms
        Terms shown, those with the smallest p of any context.
    fewest_hits
        Genes a pair must have to get a bubble.

    Returns
    -------
    Rows of `result.table`, terms in the order of `best_terms`, then by context.

    Raises
    ------
    InputError
        If `n_terms` is not positive.
    """
    check_positive(n_terms, name="n_terms")
    shown = list(result.best_terms[:n_terms])
    rows = result.table[
        result.table["term"].isin(shown) & (result.table["hits"] >= fewest_hits)
    ].copy()
    rows["order"] = rows["term"].map({term: place for place, term in enumerate(shown)})
    return (
        rows.sort_values(["order", "tissue", "context"])
        .drop(columns="order")
        .reset_index(drop=True)
    )
