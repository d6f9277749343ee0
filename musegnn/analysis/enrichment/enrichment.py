"""Enrichment of a choice of genes: the terms it holds too often, which repeat, and by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.analysis.choices import BACKGROUNDS
from musegnn.analysis.enrichment.matched_sets import (
    MATCHED_TEST,
    by_matched_sets,
    gene_traits,
)
from musegnn.analysis.enrichment.over_representation import (
    CORRECTION,
    MAXIMUM_SIZE,
    MINIMUM_SIZE,
    SIGNIFICANT,
    TEST,
    OverRepresentation,
    over_representation,
)
from musegnn.analysis.enrichment.redundancy import OVERLAP, represented_by
from musegnn.analysis.enrichment.term_index import TermIndex
from musegnn.analysis.gene_set_choice import GeneSetChoice, choose_list
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.context_names import as_called
from musegnn.errors import InputError
from musegnn.validation import check_choice

# backgrounds whose genes all have a degree and an expression in this atlas
MATCHED: Final = ("context", "atlas", "list")


@dataclass(frozen=True)
class EnrichmentSettings:
    """How a choice is tested.

    Parameters
    ----------
    background
        One of `BACKGROUNDS`: genes of the contexts of the choice, of the whole atlas, of the
        library, or of `background_list`.
    background_list
        Names of genes, for the background "list".
    minimum_size, maximum_size
        Limits on the genes of a term inside the background.
    overlap
        Jaccard from which a term stands behind a better one.
    """

    background: str = "context"
    background_list: str = ""
    minimum_size: int = MINIMUM_SIZE
    maximum_size: int = MAXIMUM_SIZE
    overlap: float = OVERLAP


@dataclass(frozen=True)
class Enrichment:
    """Terms of a library in a choice of genes.

    Parameters
    ----------
    choice
        The genes.
    settings
        How they were tested.
    result
        Counts and test, see `musegnn.analysis.enrichment.over_representation.OverRepresentation`.
    table
        The table of `result` and `represented_by` (the kept term that names nearly the same
        genes, its own name when it is kept). `p`, `q` and the order are those of the matched test,
        `plain_p` and `plain_q` those of the plain one, `matched_hits` what matched sets have in the
        mean; against the background "annotated", whose genes have no degree, p and q are the
        plain ones and `matched_hits` is NaN.
    said
        The background in words, in parts of which every second one is the name of a context.
    """

    choice: GeneSetChoice
    settings: EnrichmentSettings
    result: OverRepresentation
    table: pd.DataFrame
    said: tuple[str, ...]

    @property
    def background(self) -> str:
        """The background in words, a context by its name."""
        return "".join(self.said)

    @property
    def facts(self) -> dict[str, Any]:
        """What every row depends on, as columns of a file."""
        return {
            "set": self.choice.label,
            "background_genes": self.background,
            "terms_tested": self.result.n_tested,
            "minimum_size": self.result.minimum_size,
            "maximum_size": self.result.maximum_size,
            "overlap": self.settings.overlap,
            "test": self.test,
            "plain_test": TEST,
            "correction": CORRECTION,
            **({} if self.choice.studies is None else self.choice.studies.facts),
        }

    @property
    def is_matched(self) -> bool:
        """True where p and q are those of the matched test."""
        return self.settings.background in MATCHED

    @property
    def test(self) -> str:
        """The test that order, q and the number of enriched terms go by, in words."""
        return MATCHED_TEST if self.is_matched else TEST

    @property
    def n_plain(self) -> int:
        """Terms that the plain test would call enriched."""
        return int((self.table["plain_q"] < SIGNIFICANT).sum())

    @property
    def kept(self) -> pd.DataFrame:
        """The terms that stand for themselves, with the number of those behind each, `stands`."""
        behind = self.table["represented_by"].value_counts() - 1
        kept = self.table[self.table["represented_by"] == self.table["term"]]
        return kept.assign(stands=kept["term"].map(behind)).reset_index(drop=True)

    @property
    def n_redundant(self) -> int:
        """Terms that stand behind a better one."""
        return int((self.table["represented_by"] != self.table["term"]).sum())

    @property
    def statement(self) -> str:
        """Test, background, sizes and correction, as they are printed under the table."""
        return self.stated({})

    def stated(self, names: Mapping[str, str]) -> str:
        """Return the statement with a context called as people call it, by its name."""
        result = self.result
        left_out = result.n_small + result.n_large
        outside = f" {len(result.outside):,} genes of the set are outside it." * bool(
            result.outside
        )
        centre = f" {self.choice.centre} itself is not counted." * bool(self.choice.centre)
        plain = (
            f" The plain test ({TEST}), which takes all genes as alike, calls {self.n_plain:,}."
            if self.is_matched
            else " Not matched for degree and expression: genes outside of the atlas have none."
        )
        return (
            f"Test: {self.test}. Background: {as_called(self.said, names)}, "
            f"N = {result.background:,}; set n = {result.n:,}.{outside}{centre} Terms with "
            f"{result.minimum_size} to {result.maximum_size} genes of the background: "
            f"{result.n_tested:,} tested, {left_out:,} left out. q: {CORRECTION}.{plain}"
        )


def background_symbols(
    choice: GeneSetChoice, settings: EnrichmentSettings, *, index: TermIndex, atlas: Atlas
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ortholog groups a choice is tested against, and what they are in words.

    The words come in parts, of which every second one is the name of a context.

    Raises
    ------
    InputError
        If the kind of background is unknown, or a list names no gene.
    """
    check_choice(settings.background, BACKGROUNDS, name="background")
    if settings.background == "atlas":
        groups = tuple(sorted(set(map(str, atlas.search.ortholog_groups))))
        return groups, ("all genes of the atlas",)
    if settings.background == "annotated":
        return index.genes, ("all genes of the library",)
    if settings.background == "list":
        listed = choose_list(settings.background_list, atlas=atlas)
        if not len(listed):
            msg = "Expected genes of a background, found none in the list."
            raise InputError(msg, "Paste the genes that could have been in the set.")
        return listed.symbols, ("the genes of a pasted list that this atlas has",)
    contexts = choice.contexts(atlas.embedding)
    words = "genes of this model in "
    if len(contexts) == 1:
        return choice.background_symbols(atlas), (words, contexts[0])
    return choice.background_symbols(atlas), (f"{words}the {len(contexts)} contexts of the choice",)


def enrich(
    choice: GeneSetChoice,
    *,
    index: TermIndex,
    atlas: Atlas,
    settings: EnrichmentSettings | None = None,
) -> Enrichment:
    """Test which terms of a library a choice of genes holds too often.

    The gene whose neighbourhood was chosen is left out of the set and of the background: it was
    given, not found.

    Parameters
    ----------
    choice
        The genes.
    index
        The library, in the names of the ortholog groups (see
        `musegnn.analysis.enrichment.gene_set_library.index_for_atlas`).
    atlas
        The atlas.
    settings
        How to test.

    Raises
    ------
    InputError
        If a setting cannot be used, or no gene of the choice is in the background.
    """
    settings = settings or EnrichmentSettings()
    background, words = background_symbols(choice, settings, index=index, atlas=atlas)
    centre = {choice.centre} - {""}
    genes, others = set(choice.symbols) - centre, set(background) - centre
    result = over_representation(
        genes,
        background=others,
        index=index,
        minimum_size=settings.minimum_size,
        maximum_size=settings.maximum_size,
    )
    if settings.background in MATCHED:
        is_here = settings.background == "context"
        datasets = choice.contexts(atlas.embedding) if is_here else _all_contexts(atlas)
        traits = gene_traits(others, datasets, atlas=atlas)
        result = by_matched_sets(result, genes, index=index, traits=traits)
    else:
        plain = {"plain_p": result.table["p"], "plain_q": result.table["q"]}
        result = replace(result, table=result.table.assign(**plain, matched_hits=np.nan))
    behind = represented_by(
        result.table["term"].tolist(),
        index=index,
        background=index.mask(others),
        overlap=settings.overlap,
    )
    return Enrichment(choice, settings, result, result.table.assign(represented_by=behind), words)


def _all_contexts(atlas: Atlas) -> tuple[str, ...]:
    """Names of all contexts."""
    return tuple(map(str, atlas.embedding.datasets.index))
