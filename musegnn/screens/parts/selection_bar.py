"""Selection bar: the sets of genes that stand on the map, and what can be taken of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from musegnn.analysis.choices import ChoiceKind
from musegnn.embeddings.vector_set import VectorSet
from musegnn.screens.shell.named_selections import NamedSelections, gmt_bytes
from musegnn.screens.shell.selection import Selection

Source = Literal["selection", "list", "lit"]
MOST_COPIED: Final = 5_000  # names that go to the clipboard; they travel with the page
# what the chooser of genes of another page is told, see `gene_set_fields`
KIND_OF: Final[dict[Source, ChoiceKind]] = {
    "selection": "selection",
    "list": "list",
    "lit": "neighbours",
}


@dataclass(frozen=True)
class BarSet:
    """Genes in context that stand out on the map.

    Parameters
    ----------
    source
        Why they do.
    label
        What they are, in a few words.
    rows
        Their rows of the atlas, ascending int64.
    """

    source: Source
    label: str
    rows: np.ndarray

    @property
    def selection(self) -> Selection:
        """The same points as a selection that can be kept."""
        return Selection(self.rows, self.label)


def bar_sets(
    selection: Selection, *, list_rows: np.ndarray, gene: str, lit: np.ndarray
) -> tuple[BarSet, ...]:
    """Return the sets that are not empty: selected, listed, lit.

    Parameters
    ----------
    selection
        The current selection.
    list_rows
        Rows of the genes of the pasted list.
    gene, lit
        The searched gene, and its rows.
    """
    sets = (
        BarSet("selection", selection.label or "selection", selection.rows),
        BarSet("list", "my gene list", list_rows),
        BarSet("lit", gene, lit),
    )
    return tuple(one for one in sets if len(one.rows))


def names_of(one: BarSet, vectors: VectorSet) -> tuple[str, ...]:
    """Return the genes of a set under the names they have on the map, each once, sorted."""
    labels = vectors.table[vectors.label].to_numpy(dtype=str)
    return tuple(np.unique(labels[one.rows]).tolist())


def gmt_of(one: BarSet, vectors: VectorSet) -> bytes:
    """Write a set as one line of GMT."""
    return gmt_bytes(NamedSelections((one.selection,)), vectors)
