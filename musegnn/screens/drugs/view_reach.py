"""Do drugs reach a gene: what the page says, and which tractable genes are most like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import open_store
from musegnn.targets.gene_vectors import GeneVectors
from musegnn.targets.opening import open_spaces
from musegnn.targets.tables import Pharmacology
from musegnn.targets.tractable import (
    HOW_ALIKE,
    MEANING,
    find_gene,
    read_stages,
    tell_stage,
    tractable_neighbours,
)

NOTES = (MEANING, HOW_ALIKE)
Spaces = tuple[Mapping[str, GeneVectors], Mapping[str, GeneVectors]]


@dataclass(frozen=True)
class ReachView:
    """A gene and the tractable genes most like it.

    Parameters
    ----------
    gene
        Its symbol.
    sentence
        How far drugs came with it, and who is nearest.
    table
        Tractable neighbours, with commas where values stood between bars.
    """

    gene: str
    sentence: str
    table: pd.DataFrame


def open_gene_spaces(folder: Path | None) -> Spaces:
    """Open the vectors by which genes are alike."""
    return open_spaces(open_store(folder))


def look_within_reach(
    folder: Path | None, data: Pharmacology, spaces: Spaces, text: str
) -> ReachView:
    """Tell how far drugs came with a gene, and which tractable genes are like it.

    Raises
    ------
    InputError
        If it is no human gene of which something is known, or no gene is tractable.
    """
    gene = find_gene(text, spaces[0], read_gene_names(folder))
    stages = read_stages(data)
    table = tractable_neighbours(gene, stages, *spaces)
    for name in ("molecules", "agree"):
        table[name] = table[name].str.replace("|", ", ", regex=False)
    nearest = ", ".join(table["gene"].head(5))
    sentence = f"{tell_stage(gene, stages)} Most like it among tractable genes: {nearest}."
    return ReachView(gene, sentence, table)
