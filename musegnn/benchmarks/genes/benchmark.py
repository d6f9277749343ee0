"""The benchmark of gene vectors: graphs, what was hidden, what is known from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy import sparse

from musegnn import keys
from musegnn.benchmarks.genes.dosage import DosageLabels, read_dosage_labels
from musegnn.benchmarks.genes.relation_prediction import RelationPairs, draw_pairs
from musegnn.benchmarks.metric import Measured
from musegnn.benchmarks.registry import measure_all
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.hold_out import HoldOut
from musegnn.graphs.known_relations import KnownRelations, read_known_relations
from musegnn.knowledge.gene_sets import bounded
from musegnn.knowledge.store import REACTOME_LIBRARIES, open_store
from musegnn.validation import format_list


@dataclass(frozen=True)
class Knowledge:
    """What embeddings are held against that comes from elsewhere.

    Parameters
    ----------
    relations
        Processes and interactions, or None.
    pathways
        Reactome pathway -> human symbols; empty when there is no such table.
    dosage
        Dosage-sensitive transcription factors, or None.
    """

    relations: KnownRelations | None = None
    pathways: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dosage: DosageLabels | None = None


def read_knowledge(folder: Path | None) -> Knowledge:
    """Take what the knowledge store of a folder has; None gives empty knowledge.

    Raises
    ------
    DataFileError
        If a table is there but cannot be read.
    """
    store = open_store(folder)
    if store is None:
        return Knowledge()
    reactome = store.first_library(REACTOME_LIBRARIES)
    pathways = bounded(store.gene_sets(reactome).terms) if reactome else {}
    return Knowledge(read_known_relations(store), pathways, read_dosage_labels(store))


@dataclass(frozen=True)
class GeneInputs:
    """What the functions of the metrics of gene vectors get.

    Parameters
    ----------
    graphs
        Complete graphs with their true names.
    vectors
        `(G, D)` of each graph, in the order of the graphs.
    hold_out
        What was hidden from training, or None when nothing was.
    knowledge
        External truth.
    pairs
        Of each graph: related and matched pairs, see `relation_prediction.draw_pairs`.
    unseen
        For each graph, when its cells were cut in halves: `(G, D)` vectors fitted to one half, and
        the `(G, G)` graph of the other; else empty.
    seed
        Of what is drawn.
    by_depth
        For each of `unseen`, the graph of the other half with counts exchanged among cells of like
        depth; else empty.
    """

    graphs: tuple[GeneGraph, ...]
    vectors: Sequence[np.ndarray]
    hold_out: HoldOut | None
    knowledge: Knowledge
    pairs: Sequence[RelationPairs]
    unseen: Sequence[tuple[np.ndarray, sparse.csr_matrix]]
    seed: int
    by_depth: Sequence[sparse.csr_matrix] = ()


class Benchmark:
    """The questions put to every embedding of the same graphs; drawn once, asked many times.

    Parameters
    ----------
    graphs
        Complete graphs with their true names.
    hold_out
        What was hidden from training, or None when nothing was.
    knowledge
        External truth, or None.
    seed
        Of the pairs without a relation, of the clustering and of the folds.
    """

    def __init__(
        self,
        graphs: Sequence[GeneGraph],
        hold_out: HoldOut | None = None,
        knowledge: Knowledge | None = None,
        *,
        seed: int = 0,
    ) -> None:
        if not graphs:
            msg = "Expected at least one gene graph, found none."
            raise InputError(msg, "Give the graphs the embedding was trained on.")
        if hold_out is not None and len(hold_out.pairs) != len(graphs):
            msg = (
                f"Expected hidden pairs of each of {len(graphs)} graphs, found them for "
                f"{len(hold_out.pairs)}."
            )
            raise InputError(msg, "Draw the hold-out for the same graphs.")
        known = knowledge or Knowledge()
        pairs = [draw_pairs(graph, known.relations, known.pathways, seed=seed) for graph in graphs]
        self._inputs = GeneInputs(tuple(graphs), (), hold_out, known, pairs, (), seed)

    def score(
        self,
        vectors: Sequence[np.ndarray],
        unseen: Sequence[tuple[np.ndarray, sparse.csr_matrix]] = (),
        by_depth: Sequence[sparse.csr_matrix] = (),
    ) -> dict[str, Measured]:
        """Ask all questions about the vectors of one method.

        Parameters
        ----------
        vectors
            `(G, D)` of each graph, in the order of the graphs.
        unseen
            For each graph vectors fitted to half of the cells and the graph of the other half.
        by_depth
            For each of these, the graph of the other half by depth alone.

        Returns
        -------
        Key -> number, in the order of the metrics. A metric whose truth was not given, or that had
        nothing to count, has the value NaN and a note.

        Raises
        ------
        InputError
            If the vectors do not fit the graphs.
        """
        check_vectors(vectors, self._inputs.graphs)
        return measure_all(
            "genes", replace(self._inputs, vectors=vectors, unseen=unseen, by_depth=by_depth)
        )


def check_vectors(vectors: Sequence[np.ndarray], graphs: Sequence[GeneGraph]) -> None:
    """Raise `InputError` unless there is one finite row for each gene, of one width."""
    if len(vectors) != len(graphs):
        msg = f"Expected vectors of {len(graphs)} graphs, found them for {len(vectors)}."
        raise InputError(msg, "Give the vectors of each graph, in the order of the graphs.")
    widths = {rows.shape[1] if rows.ndim == 2 else 0 for rows in vectors}
    if len(widths) > 1 or 0 in widths:
        msg = f"Expected vectors of one width, found {sorted(widths)}."
        raise InputError(msg, "Give vectors of one joint space.")
    for rows, graph in zip(vectors, graphs, strict=True):
        if len(rows) != graph.n_genes:
            msg = f"Expected {graph.n_genes} vectors for {graph.name}, found {len(rows)}."
            raise InputError(msg, "Give one vector for each gene of the graph.")
        if not np.isfinite(rows).all():
            msg = f"Expected finite vectors, found NaN or infinity in {graph.name}."
            raise InputError(msg, "Train again.")


def vectors_by_graph(embedding: EmbeddingSet, graphs: Sequence[GeneGraph]) -> list[np.ndarray]:
    """Take the vectors of each graph out of an embedding set, by dataset and gene.

    Raises
    ------
    InputError
        If a dataset or a gene of a graph has no vector, or has two.
    """
    found = []
    held = [str(name) for name in embedding.datasets.index]
    for graph in graphs:
        if graph.name not in held:
            msg = f"Expected vectors of {graph.name}, found those of {format_list(held)}."
            raise InputError(msg, "Give the graphs that the embedding was trained on.")
        rows = embedding.rows_of_dataset(graph.name)
        own = embedding.genes[keys.GENE].to_numpy(dtype=str)[rows].tolist()
        position = dict(zip(own, rows.tolist(), strict=True))
        genes = graph.genes[keys.GENE].tolist()
        missing = [gene for gene in genes if gene not in position]
        if missing:
            msg = (
                f"Expected a vector for each of {len(genes)} genes of {graph.name}, found none for "
                f"{len(missing)}: {format_list(missing)}."
            )
            raise InputError(msg, "Give the graph that the embedding was trained on.")
        if len(position) < len(own) or len(set(genes)) < len(genes):
            msg = f"Expected each gene of {graph.name} once, found one of them twice."
            raise InputError(msg, "Build the graph and the embedding again.")
        found.append(embedding.vectors[[position[gene] for gene in genes]])
    return found
