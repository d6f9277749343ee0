"""Genes of a graph: those that lead in the dataset itself, and those that many datasets share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from musegnn.graphs.batches import choose_within
from musegnn.io.expression import Expression

WELL_MEASURED: Final = 0.02  # share of the cells in which a gene is counted
FEWEST_CELLS = 10  # and so many cells at least
BEST_DATASETS = 4  # that take a gene somebody wants
FEWEST_OF_WANTED, FEWEST_OF_SHARED = 5, 3  # cells in which such a gene must be counted


@dataclass(frozen=True)
class MeasuredGenes:
    """In how many cells of a dataset each gene is counted, after quality control.

    Parameters
    ----------
    tissue
        Tissue of the dataset.
    n_cells
        Number of cells.
    names
        Common names of the genes, see `GeneNames.common_name`.
    cells
        Cells with at least one count of each.
    """

    tissue: str
    n_cells: int
    names: list[str] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, expression: Expression, names: Sequence[str], *, tissue: str) -> MeasuredGenes:
        """Count cells."""
        return cls(tissue, expression.n_cells, list(names), _cells_of(expression).tolist())


def preferred_genes(
    measured: Mapping[str, MeasuredGenes], wanted: Sequence[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Order the genes that each dataset is to have beside its own.

    First the wanted genes, in the four datasets that count them in the largest share of the cells;
    then the genes that are measured well in most tissues. A tissue counts once however many
    datasets it has, in shares of these; genes that stand in as many tissues are ordered by the sum
    of their shares of cells, then by name.

    Parameters
    ----------
    measured
        Name of each dataset -> its genes.
    wanted
        Common names, the most wanted first.

    Returns
    -------
    Name of each dataset -> common names, those to be taken first in front.
    """
    n_of_tissue = Counter(own.tissue for own in measured.values())
    in_tissues: dict[str, float] = {}
    of_cells: dict[str, float] = {}
    places: dict[str, list[tuple[float, str]]] = {name: [] for name in wanted}
    for dataset in sorted(measured):
        own = measured[dataset]
        for name, cells in zip(own.names, own.cells, strict=True):
            share = cells / own.n_cells
            of_cells[name] = of_cells.get(name, 0.0) + share
            if share >= WELL_MEASURED and cells >= FEWEST_CELLS:
                in_tissues[name] = in_tissues.get(name, 0.0) + 1 / n_of_tissue[own.tissue]
            if name in places and cells >= FEWEST_OF_WANTED:
                places[name].append((-share, dataset))
    shared = sorted(in_tissues, key=lambda name: (-in_tissues[name], -of_cells[name], name))
    taken: dict[str, list[str]] = {dataset: [] for dataset in measured}
    for name in places:
        for _, dataset in sorted(places[name])[:BEST_DATASETS]:
            taken[dataset].append(name)
    return {dataset: tuple(dict.fromkeys([*own, *shared])) for dataset, own in taken.items()}


def choose_genes(
    choose: Callable[[Expression, int], np.ndarray],
    expression: Expression,
    n_genes: int,
    *,
    n_own: int | None = None,
    preferred: Sequence[str] = (),
    names: Sequence[str] = (),
) -> np.ndarray:
    """Choose the genes of a graph.

    Parameters
    ----------
    choose
        Takes counts and a number of genes, returns the columns of so many, best first.
    expression
        Counts; of several batches, those that lead in most.
    n_genes
        Number of genes wanted.
    n_own
        How many of them `choose` says; the others are preferred ones, as long as there are any.
        None takes all as `choose` says.
    preferred
        Common names, those to be taken first in front.
    names
        Common name of each column, where any are preferred.

    Returns
    -------
    Columns, those to be kept first in front.
    """
    order = (
        choose_within(choose, expression, n_genes)
        if expression.batches
        else choose(expression, n_genes)
    )
    if n_own is None or len(expression.genes) <= n_genes:
        return order
    cells = _cells_of(expression)
    column = {name: place for place, name in enumerate(names)}
    found = (column[name] for name in preferred if name in column)
    others = [place for place in found if cells[place] >= FEWEST_OF_SHARED]
    return np.array(list(dict.fromkeys([*order[:n_own], *others, *order]))[:n_genes])


def _cells_of(expression: Expression) -> np.ndarray:
    """Number of cells with a count of each gene, `(G,)`."""
    counts = expression.counts
    return np.bincount(counts.indices[counts.data > 0], minlength=counts.shape[1])
