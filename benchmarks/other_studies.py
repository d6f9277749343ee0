"""Vectors of other studies beside those of a method, for `benchmarks.quality`.

What the product does for pairs (`musegnn.embeddings.study_block`) is done with vectors here, since
a benchmark asks for cosines: a gene that no study knows gets their mean, so that a pair with it is
told what is usual, and fills up its length in directions of its own. Names are those of the
complete graphs, hidden ones too: what asks for names is left out of the scores.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from musegnn import keys
from musegnn.benchmarks.genes.metrics import EDGES, RELATIONS
from musegnn.benchmarks.metric import Measured
from musegnn.benchmarks.registry import find_metrics
from musegnn.embeddings.study_block import WEIGHT
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors
from musegnn.knowledge.studies.study_vectors import StudyVectors

Fit = Callable[[Sequence[GeneGraph], int], list[np.ndarray]]
NAMED = re.compile(r"(?:.*_)?studies(?:_shuffled)?")  # methods whose vectors are given by name
ASKED = (EDGES.name, RELATIONS.name)
NOT_ASKED = "its vectors are given by name, so that names, hidden or not, cannot be asked for"


def with_studies(fit: Fit, knowledge: Path, *, is_shuffled: bool = False) -> Fit:
    """Let a method stand beside other studies.

    Parameters
    ----------
    fit
        The method.
    knowledge
        Folder of annotation, which is read when the method is first asked.
    is_shuffled
        Give the vectors of other studies to the wrong genes, by the seed: a control.
    """

    def beside(graphs: Sequence[GeneGraph], seed: int) -> list[np.ndarray]:
        studies = read_study_vectors(open_store(knowledge))
        if is_shuffled:
            order = np.random.default_rng(seed).permutation(len(studies))
            studies = replace(studies, vectors=studies.vectors[order])
        return [
            np.hstack([unit_rows(rows), WEIGHT * of_graph(graph, studies)])
            for graph, rows in zip(graphs, fit(graphs, seed), strict=True)
        ]

    return beside


def studies_alone(knowledge: Path) -> Fit:
    """Return what other studies say, without any cell."""

    def alone(graphs: Sequence[GeneGraph], _: int) -> list[np.ndarray]:
        studies = read_study_vectors(open_store(knowledge))
        return [of_graph(graph, studies) for graph in graphs]

    return alone


def of_graph(graph: GeneGraph, studies: StudyVectors) -> np.ndarray:
    """Vectors of the genes of a graph, `(G, 2 D)` of length 1, and what stands for unknown ones.

    The second half is zero for known genes.
    """
    ortholog, own = (graph.genes[name].astype(str) for name in (keys.ORTHOLOG, keys.GENE))
    rows = studies.rows_of(ortholog.where(ortholog != "", own).tolist())
    is_known = rows >= 0
    found = np.zeros((len(rows), 2 * studies.width))
    found[is_known, : studies.width] = studies.vectors[rows[is_known]]
    mean = studies.vectors.mean(axis=0, dtype=np.float64)
    rest = np.random.default_rng(0).normal(size=((~is_known).sum(), studies.width))
    found[~is_known] = np.hstack(
        [np.tile(mean, (len(rest), 1)), unit_rows(rest) * np.sqrt(1 - mean @ mean)]
    )
    return found


def without_names(name: str, measured: Mapping[str, Measured]) -> dict[str, Measured]:
    """Leave out of the scores of a method what its vectors were given, if they were."""
    if not NAMED.fullmatch(name):
        return dict(measured)
    groups = {key: metric.group.name for key, metric in find_metrics().items()}
    return {
        key: one if groups[key] in ASKED else Measured(float("nan"), 0, one.counted, note=NOT_ASKED)
        for key, one in measured.items()
    }
