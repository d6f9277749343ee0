"""All metrics of one embedding in one table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.benchmarks.dosage import DosageLabels, classify_dosage, read_dosage_labels
from musegnn.benchmarks.edge_prediction import PairScores, hidden_edges, score_pairs
from musegnn.benchmarks.metric_list import METRICS, RELATION_KEYS
from musegnn.benchmarks.published_metrics import Measured, published_metrics
from musegnn.benchmarks.relation_prediction import related_pairs
from musegnn.benchmarks.retrieval import KINDS, retrieve
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.graphs.edge_enrichment import is_ribosomal, truth_from_sets
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.hold_out import HoldOut
from musegnn.graphs.known_relations import KnownRelations, read_known_relations
from musegnn.io.gene_names import GeneNames
from musegnn.knowledge.gene_sets import REACTOME_FILE, read_gene_sets
from musegnn.validation import format_list

REACTOME = "Reactome pathway"
REPORT_COLUMNS = (
    *("metric", "label", "group", "value", "n", "counted", "range", "better", "note"),
    "by_dataset",
)

# relation key, with or without "_no_ribosomal" -> positive and negative pairs of one graph
RelationPairs = Mapping[str, tuple[np.ndarray, np.ndarray]]


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


def read_knowledge(folder: Path | None, names: GeneNames) -> Knowledge:
    """Read what is there of a knowledge folder; None gives empty knowledge.

    Raises
    ------
    DataFileError
        If a table is there but cannot be read.
    """
    if folder is None:
        return Knowledge()
    library = Path(folder) / REACTOME_FILE
    pathways = read_gene_sets(library) if library.is_file() else {}
    return Knowledge(read_known_relations(folder, names), pathways, read_dosage_labels(folder))


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
        self.graphs = tuple(graphs)
        self.hold_out = hold_out
        self.knowledge = knowledge or Knowledge()
        self.seed = seed
        self._pairs = [self._relation_pairs(graph) for graph in self.graphs]

    def score(self, vectors: Sequence[np.ndarray]) -> pd.DataFrame:
        """Ask all questions about the vectors of one method.

        Parameters
        ----------
        vectors
            `(G, D)` of each graph, in the order of the graphs.

        Returns
        -------
        One row a metric, in the order of `METRICS`, columns `REPORT_COLUMNS`. A metric whose truth
        was not given is left out; one that had nothing to count has the value NaN and a note.

        Raises
        ------
        InputError
            If the vectors do not fit the graphs.
        """
        check_vectors(vectors, self.graphs)
        found = dict(self._measure(vectors))
        rows = [
            {
                "metric": metric.key,
                "label": metric.label,
                "group": metric.group,
                "value": found[metric.key].value,
                "n": found[metric.key].n,
                "counted": found[metric.key].counted,
                "range": metric.range_text,
                "better": metric.better,
                "note": found[metric.key].note,
                "by_dataset": dict(found[metric.key].by_dataset),
            }
            for metric in METRICS.values()
            if metric.key in found
        ]
        return pd.DataFrame(rows, columns=list(REPORT_COLUMNS))

    def _measure(self, vectors: Sequence[np.ndarray]) -> Iterator[tuple[str, Measured]]:
        """Yield all metrics."""
        yield from self._edges(vectors)
        yield from self._relations(vectors)
        yield from self._retrieval(vectors)
        if self.knowledge.dosage is not None:
            joint = np.concatenate(list(vectors))
            genes = [name for graph in self.graphs for name in graph.genes[keys.ORTHOLOG]]
            yield (
                "dosage_auroc",
                classify_dosage(joint, genes, self.knowledge.dosage, seed=self.seed),
            )
        yield from published_metrics(vectors, self.graphs, seed=self.seed).items()

    def _edges(self, vectors: Sequence[np.ndarray]) -> Iterator[tuple[str, Measured]]:
        """Yield metrics of hidden edges."""
        if self.hold_out is None:
            return
        scores = {
            graph.name: hidden_edges(rows, pairs)
            for graph, rows, pairs in zip(self.graphs, vectors, self.hold_out.pairs, strict=True)
        }
        for kind in ("uniform", "matched"):
            of_kind = {name: score[kind] for name, score in scores.items()}
            yield from _pooled(f"edges_{kind}", of_kind, "hidden edges")

    def _relations(self, vectors: Sequence[np.ndarray]) -> Iterator[tuple[str, Measured]]:
        """Yield AUROC of relations known from elsewhere."""
        for key in dict.fromkeys(key for pairs in self._pairs for key in pairs):
            scores = {
                graph.name: score_pairs(rows, *pairs[key])
                for graph, rows, pairs in zip(self.graphs, vectors, self._pairs, strict=True)
                if key in pairs
            }
            pooled = dict(_pooled(key, scores, "related pairs"))
            yield f"{key}_auroc", pooled[f"{key}_auroc"]

    def _retrieval(self, vectors: Sequence[np.ndarray]) -> Iterator[tuple[str, Measured]]:
        """Yield ranks of the same gene, by hidden names if there are any."""
        prefix, names = "", frozenset[str]()
        if self.hold_out is not None:
            names = self.hold_out.names
        else:
            prefix = "seen_"
            names = frozenset(name for g in self.graphs for name in g.genes[keys.COMMON_GENE])
        found = retrieve(vectors, self.graphs, names)
        for kind in KINDS:
            slug, ranks = kind.replace(" ", "_"), found[kind]
            n = len(ranks.ranks)
            note = "" if n else f"no two datasets make this step ({kind})"
            counted = "pairs of a gene in two datasets"
            yield f"{prefix}{slug}_rank", Measured(ranks.median_rank, n, counted, note)
            yield f"{prefix}{slug}_mrr", Measured(ranks.mean_reciprocal_rank, n, counted, note)

    def _relation_pairs(self, graph: GeneGraph) -> RelationPairs:
        """Draw related and matched pairs of one graph."""
        genes = graph.genes[keys.ORTHOLOG].tolist()
        known = self.knowledge
        truths = known.relations.truths(genes) if known.relations else {}
        if known.pathways:
            truths[REACTOME] = truth_from_sets(genes, known.pathways)
        ribosomal = is_ribosomal(genes)
        pairs = {}
        for name in (name for name in RELATION_KEYS if name in truths):
            key, truth = RELATION_KEYS[name], truths[name]
            pairs[key] = related_pairs(truth, seed=self.seed)
            pairs[f"{key}_no_ribosomal"] = related_pairs(truth.without(ribosomal), seed=self.seed)
        return pairs


def _pooled(
    key: str, scores: Mapping[str, PairScores], counted: str
) -> Iterator[tuple[str, Measured]]:
    """Yield means over the datasets that have pairs of both kinds."""
    known = {name: score for name, score in scores.items() if not math.isnan(score.auroc)}
    n = sum(score.n_positive for score in known.values())
    note = f"mean over {len(known)} datasets" if known else "no such pair in any dataset"
    for area in ("auroc", "auprc"):
        values = {name: float(getattr(score, area)) for name, score in known.items()}
        mean = float(np.mean(list(values.values()))) if values else math.nan
        yield f"{key}_{area}", Measured(mean, n, counted, note, values)


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
