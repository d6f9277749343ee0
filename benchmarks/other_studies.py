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
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.study_block import WEIGHT
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors
from musegnn.knowledge.studies.study_vectors import StudyVectors

Fit = Callable[[Sequence[GeneGraph], int], list[np.ndarray]]
Read = Callable[[], StudyVectors]
FUSED = Path(__file__).resolve().parent.parent / "data" / "fused"
WHOLE = ("fused",)
# contexts of the fused set that hold no pathway, process or interaction, which would be judged on
# themselves
APART = ("expression", "dependency", "lineages", "regulons")
# methods whose vectors are given by name
NAMED = re.compile(r"(?:.*_)?(?:studies|fused|apart)(?:_shuffled)?")
ASKED = (EDGES.name, RELATIONS.name)
NOT_ASKED = "its vectors are given by name, so that names, hidden or not, cannot be asked for"


def read_sets(knowledge: Path) -> Read:
    """Return what reads the vectors of gene sets, as the product does."""
    return lambda: read_study_vectors(open_store(knowledge))


def read_fused(contexts: Sequence[str]) -> Read:
    """Return what reads some contexts of the fused vectors that ship, side by side.

    A gene that one of several contexts does not know has zeros there.
    """

    def read() -> StudyVectors:
        embedding = read_embedding_set(FUSED)
        rows = [embedding.rows_of_dataset(name) for name in contexts]
        names = embedding.genes[keys.GENE].astype(str).to_numpy()
        genes = sorted(set(names[np.concatenate(rows)]))
        place = {gene: row for row, gene in enumerate(genes)}
        parts = []
        for own in rows:
            part = np.zeros((len(genes), embedding.vectors.shape[1]))
            part[[place[gene] for gene in names[own]]] = embedding.unit_vectors[own]
            parts.append(part)
        vectors = unit_rows(np.hstack(parts))
        is_known = vectors.any(axis=1)
        known = tuple(gene for gene, told in zip(genes, is_known, strict=True) if told)
        title = f"fused vectors that ship: {', '.join(contexts)}"
        return StudyVectors("fused", title, known, vectors[is_known], (), {})

    return read


def with_studies(fit: Fit, read: Read, *, is_shuffled: bool = False) -> Fit:
    """Let a method stand beside other studies.

    Parameters
    ----------
    fit
        The method.
    read
        Reads the vectors, when the method is asked.
    is_shuffled
        Give the vectors of other studies to the wrong genes, by the seed: a control.
    """

    def beside(graphs: Sequence[GeneGraph], seed: int) -> list[np.ndarray]:
        studies = read()
        if is_shuffled:
            order = np.random.default_rng(seed).permutation(len(studies))
            studies = replace(studies, vectors=studies.vectors[order])
        return [
            np.hstack([unit_rows(rows), WEIGHT * of_graph(graph, studies)])
            for graph, rows in zip(graphs, fit(graphs, seed), strict=True)
        ]

    return beside


def studies_alone(read: Read) -> Fit:
    """Return what other studies say, without any cell."""

    def alone(graphs: Sequence[GeneGraph], _: int) -> list[np.ndarray]:
        studies = read()
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
