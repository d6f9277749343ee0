"""Ranking: genes in order of a number, from the embedding, from a comparison, or pasted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.comparison.neighbourhood_change import (
    ChangeSettings,
    NeighbourhoodChange,
    neighbourhood_change,
)
from musegnn.analysis.gene_set_choice import LONGEST_LIST, check_context, find_row
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.context_names import as_called
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.validation import format_list

FEWEST_GENES: Final = 20  # a shorter list has no shape to speak of


@dataclass(frozen=True)
class Ranking:
    """Ortholog groups with a number each.

    Parameters
    ----------
    label
        What is ranked, in a few words.
    meaning
        What the number is, with its range.
    scores
        Finite float64, largest first, ties by name; the index is ortholog groups, each once.
    note
        What was left out, or "".
    said
        The label in parts, of which every second one is the name of a context; () for one part.
    """

    label: str
    meaning: str
    scores: pd.Series
    note: str = ""
    said: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of genes."""
        return len(self.scores)

    def called(self, names: Mapping[str, str]) -> str:
        """Return the label with contexts called as people call them, by their names."""
        return as_called(self.said or (self.label,), names)


def rank_by_cosine(gene: str, dataset: str, *, atlas: Atlas) -> Ranking:
    """Rank the genes of a context by their cosine to one of them, which is left out.

    Raises
    ------
    InputError
        If the gene or the context is not known, or the context lacks the gene.
    """
    embedding, ortholog_groups = atlas.embedding, atlas.search.ortholog_groups
    check_context(embedding, dataset)
    row = find_row(gene, dataset, atlas=atlas)
    rows = embedding.rows_of_dataset(dataset)
    rows = rows[ortholog_groups[rows] != ortholog_groups[row]]
    cosine = embedding.unit_vectors[rows].astype(np.float64) @ embedding.unit_vectors[row]
    symbol = str(embedding.genes[keys.GENE].iloc[row])
    said = (f"cosine to {symbol} in ", dataset)
    return Ranking(
        "".join(said),
        "cosine in the embedding, -1 to 1",
        _in_order(ortholog_groups[rows], cosine),
        said=said,
    )


def rank_by_change(
    first: str, second: str, *, atlas: Atlas, settings: ChangeSettings | None = None
) -> Ranking:
    """Rank the genes that two contexts share by how much their neighbourhood changes.

    Raises
    ------
    InputError
        If a context is not there, or the two are one, or share too few genes.
    """
    if first == second:
        msg = f"Expected two different contexts, found {first} twice."
        raise InputError(msg, "Choose another context.")
    change = neighbourhood_change(atlas.embedding, first, second, settings)
    return ranking_of_change(change, search=atlas.search)


def ranking_of_change(change: NeighbourhoodChange, *, search: GeneSearch) -> Ranking:
    """Rank the genes of a comparison that was made already.

    Parameters
    ----------
    change
        The comparison.
    search
        Index over the gene names of its atlas.
    """
    rows = change.table["first_row"].to_numpy(dtype=np.int64)
    measure = {"rbo": "rank-biased overlap", "jaccard": f"Jaccard at k = {change.settings.k}"}[
        change.settings.measure
    ]
    values = change.table["change"].to_numpy(dtype=np.float64)
    # ranks around zero: a change itself is positive everywhere, so that both ends of the list
    # would not weigh the same
    said = ("neighbourhood change from ", change.common.first, " to ", change.common.second)
    return Ranking(
        "".join(said),
        f"change (1 minus {measure}) minus its median, -1 to 1",
        _in_order(search.ortholog_groups[rows], values - np.median(values)),
        said=said,
    )


def rank_list(text: str, *, search: GeneSearch) -> Ranking:
    """Read a pasted list of two columns, gene and number.

    Parameters
    ----------
    text
        One gene a line, its number behind it after a tab, comma, semicolon or blanks. A gene named
        twice gets the mean of its numbers. A first line of words is a header.
    search
        Index over the gene names of the atlas; a name that it does not know is kept as it is, so
        that genes outside the atlas count as well.

    Raises
    ------
    InputError
        If fewer than `FEWEST_GENES` lines have a gene and a finite number, all numbers are equal,
        or the list is longer than `LONGEST_LIST` letters.
    """
    if len(text) > LONGEST_LIST:
        msg = f"Expected a list of at most {LONGEST_LIST:,} letters, found {len(text):,}."
        raise InputError(msg, "Keep the genes and their numbers only.")
    symbols, values, odd, ambiguous = [], [], [], []
    for number, line in enumerate(text.splitlines()):
        fields = [field for field in re.split(r"[\t,; ]+", line.strip()) if field]
        value = _number(fields[1]) if len(fields) == 2 else math.nan
        if math.isfinite(value):
            match = search.find(fields[0], suggest=False)
            if match.status == "ambiguous":
                ambiguous.append(fields[0])
                continue
            symbols.append(match.gene if match.status == "found" else fields[0].strip("\"'`"))
            values.append(value)
        elif fields and number:
            odd.append(line.strip()[:40])
    if len(set(symbols)) < FEWEST_GENES:
        msg = (
            f"Expected at least {FEWEST_GENES} lines of a gene and a number, found "
            f"{len(set(symbols))}."
        )
        raise InputError(msg, "Put each gene on a line of its own, and its number behind it.")
    scores = _in_order(np.asarray(symbols, dtype=object), np.asarray(values))
    if scores.iloc[0] == scores.iloc[-1]:
        msg = f"Expected different numbers, found {scores.iloc[0]:g} for every gene."
        raise InputError(msg, "Give each gene its own number.")
    return Ranking(
        f"pasted list of {len(scores):,} genes",
        "the pasted number",
        scores,
        _left_out("without a gene and a finite number", odd)
        + _left_out("with a name that several genes carry", ambiguous),
    )


def _left_out(why: str, names: list[str]) -> str:
    """Say which lines were left out."""
    return f"{len(names):,} lines {why} left out: {format_list(names)}. " if names else ""


def _number(text: str) -> float:
    """Read a number; NaN when it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _in_order(symbols: np.ndarray, values: np.ndarray) -> pd.Series:
    """Mean of each symbol, largest first, ties by name."""
    means = pd.Series(values.astype(np.float64), index=symbols.astype(str)).groupby(level=0).mean()
    order = np.lexsort((means.index.to_numpy(dtype=str), -means.to_numpy()))
    return means.iloc[order].rename("score")
