"""Choice of a gene set as pages make it: from the selection, a saved one, or what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.analysis.choices import CELLS, CHOICE_KINDS
from musegnn.analysis.gene_set_choice import (
    GeneSetChoice,
    choose_cluster,
    choose_list,
    choose_neighbours,
    choose_rows,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.study_block import StudyBlock
from musegnn.screens.shell.named_selections import NamedSelections
from musegnn.screens.shell.selection import Selection
from musegnn.validation import check_choice

ALL_CONTEXTS: Final = "all contexts"
KIND_LABELS: Final = {
    "neighbours": "neighbours of a gene",
    "cluster": "a cluster",
    "selection": "the current selection",
    "saved selection": "a saved selection",
    "list": "a pasted list",
}


@dataclass(frozen=True)
class ChoiceRequest:
    """What a person chose.

    Parameters
    ----------
    kind
        One of `CHOICE_KINDS`.
    of
        Gene, cluster, name of a saved selection, or pasted list; nothing for the selection.
    dataset
        Context, or "" for all; needed for the neighbours of a gene.
    k
        Number of neighbours.
    blocks
        What neighbours are found by, one of `musegnn.analysis.choices.BLOCKS`.
    """

    kind: str
    of: str = ""
    dataset: str = ""
    k: int = 50
    blocks: str = CELLS


def build(
    request: ChoiceRequest,
    *,
    atlas: Atlas,
    selection: Selection,
    named: NamedSelections,
    studies: StudyBlock | None = None,
) -> GeneSetChoice:
    """Choose genes as a person asked.

    Parameters
    ----------
    request
        What was asked.
    atlas
        The atlas.
    selection
        The current selection.
    named
        The saved ones.
    studies
        What other studies say of the genes; needed where the request asks for them.

    Raises
    ------
    InputError
        If what was asked for does not exist or holds no gene.
    """
    check_choice(request.kind, CHOICE_KINDS, name="kind")
    makers: dict[str, Callable[[], GeneSetChoice]] = {
        "selection": lambda: choose_selection(selection, atlas=atlas),
        "saved selection": lambda: choose_saved(named, request.of, atlas=atlas),
        "cluster": lambda: choose_cluster(request.of, dataset=request.dataset, atlas=atlas),
        "neighbours": lambda: choose_neighbours(
            request.of,
            request.dataset,
            k=request.k,
            atlas=atlas,
            blocks=request.blocks,
            studies=studies,
        ),
        "list": lambda: choose_list(request.of, dataset=request.dataset, atlas=atlas),
    }
    return makers[request.kind]()


def choose_selection(selection: Selection, *, atlas: Atlas) -> GeneSetChoice:
    """Choose the genes of the current selection.

    Raises
    ------
    InputError
        If nothing is selected.
    """
    label = f"selection: {selection.label}" if selection.label else "selection"
    return choose_rows(selection.rows, label, atlas=atlas)


def choose_saved(named: NamedSelections, name: str, *, atlas: Atlas) -> GeneSetChoice:
    """Choose the genes of a saved selection.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    rows = named.get(name).rows
    return choose_rows(rows, name, kind="saved selection", atlas=atlas)


def cluster_labels(embedding: EmbeddingSet) -> dict[str, str]:
    """Return each cluster with a label that tells its size, in the order of their numbers."""
    names, counts = np.unique(
        embedding.genes[keys.CLUSTER].astype(str).to_numpy(dtype=str), return_counts=True
    )
    labels = {
        str(name): f"cluster {name} ({count:,} genes in context)"
        for name, count in zip(names, counts, strict=True)
    }
    return dict(sorted(labels.items(), key=lambda item: (len(item[0]), item[0])))
