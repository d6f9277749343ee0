"""An atlas as benchmarks read it: its graphs, its vectors, and the cells behind them.

Benchmarks of an atlas share three options. `--atlas FOLDER` says which: a result with the graphs
it came from, the shipped one where nothing is said. `--shared FOLDER` says where the public counts
lie (`MUSEGNN_SHARED`), by the files that `data/datasets.tsv` names. `--datasets NAME ...` takes
some of its datasets, and the figures say how many these are.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from scipy import sparse

from data.atlas_inputs import ATLAS, REPOSITORY, list_datasets, read_names
from musegnn import keys
from musegnn.analysis.causal.gene_sample import call_as
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.graphs.build import read_gene_counts, significance_of, split_loops
from musegnn.graphs.cscore_estimator import CoExpression
from musegnn.graphs.edge_rules import choose_edges
from musegnn.graphs.estimators import ESTIMATORS, USUAL
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.presets import GRAPH_PRESETS
from musegnn.graphs.quality import apply_quality_control
from musegnn.graphs.residuals import pearson_residuals, principal_components
from musegnn.io.gene_names import GeneNames, harmonise

MOST_CELLS: Final = 4000  # of a dataset; more make no figure here firmer, and every one slower


@dataclass(frozen=True)
class Entry:
    """A dataset of the atlas: its file, and what is said of it."""

    file: str
    species: str
    tissue: str
    modality: str
    annotation: str = ""

    @property
    def name(self) -> str:
        """By which the atlas knows it."""
        return Path(self.file).stem


@dataclass(frozen=True)
class Cells:
    """Counts of one dataset of the atlas, columns as the genes of its graph."""

    graph: GeneGraph
    counts: sparse.csr_matrix
    depth: np.ndarray


def list_entries() -> list[Entry]:
    """Datasets of the shipped atlas, in the order of their table."""
    return [Entry(**row) for row in list_datasets()]


@dataclass(frozen=True)
class Atlas:
    """Graphs and vectors of an atlas, and where its counts lie.

    Parameters
    ----------
    folder
        With an embedding and `graphs`.
    shared
        Public counts and knowledge.
    """

    folder: Path
    shared: Path

    @cached_property
    def entries(self) -> list[Entry]:
        """Its datasets, by name."""
        there = {path.stem for path in self._paths}
        found = [entry for entry in list_entries() if entry.name in there]
        return sorted(found, key=lambda entry: entry.name)

    @cached_property
    def graphs(self) -> dict[str, GeneGraph]:
        """Its graphs by name, in the order of names."""
        return {path.stem: read_gene_graph(path) for path in self._paths}

    @property
    def _paths(self) -> list[Path]:
        return sorted((self.folder / keys.GRAPHS_FOLDER).glob("*.h5ad"))

    @cached_property
    def embedding(self) -> EmbeddingSet:
        """Its vectors."""
        return read_embedding_set(self.folder)

    @cached_property
    def names(self) -> GeneNames:
        """What names of genes mean."""
        return read_names(self.shared)

    @property
    def in_words(self) -> str:
        """Say how large it is: "33 datasets, up to 1,000 genes each"."""
        most = max(graph.n_genes for graph in self.graphs.values())
        return f"{len(self.graphs)} datasets, up to {most:,} genes each"

    def chosen(self, names: Sequence[str] | None) -> list[Entry]:
        """Take the datasets of some names, or all."""
        known = {entry.name: entry for entry in self.entries}
        if unknown := sorted(set(names or ()) - set(known)):
            msg = f"{', '.join(unknown)}: no dataset of {self.folder}"
            raise SystemExit(msg)
        return [known[name] for name in names] if names else self.entries

    def read_cells(self, entry: Entry, *, most: int = MOST_CELLS) -> Cells:
        """Read the cells of a dataset, at most so many of them, as its graph was built of them."""
        graph = self.graphs[entry.name]
        annotation = self.shared / entry.annotation if entry.annotation else None
        path = self.shared / entry.file
        expression = read_gene_counts(path, layer=None, annotation=annotation)
        expression, _, _ = harmonise(expression, entry.species, self.names)
        modality = find_modality(entry.modality)
        kept, depth, _ = apply_quality_control(
            expression, modality.quality("default"), needs_place=modality.needs_positions
        )
        # the graph may call a gene by an older symbol
        symbols = graph.genes[keys.GENE].astype(str).tolist()
        kept = call_as(kept, symbols, entry.species, self.names)
        place = {name: column for column, name in enumerate(kept.genes)}
        genes = graph.genes[graph.genes[keys.GENE].isin(place)].reset_index(drop=True)
        counts = sparse.csr_matrix(kept.counts[:, [place[name] for name in genes[keys.GENE]]])
        rows = np.sort(np.random.default_rng(0).permutation(len(depth))[:most])
        return Cells(replace(graph, genes=genes), sparse.csr_matrix(counts[rows]), depth[rows])


def edges_of(
    counts: sparse.csr_matrix, depth: np.ndarray, *, estimator: str = "cscore"
) -> sparse.csr_matrix:
    """Edges of some cells by the rule of the preset `default`, without loops."""
    return edges_by_rule(estimate_of(counts, depth, estimator=estimator))


def estimate_of(counts: sparse.csr_matrix, depth: np.ndarray, *, estimator: str) -> CoExpression:
    """Estimate the co-expression of some cells."""
    return ESTIMATORS[estimator].run(counts, depth, pearson_residuals(counts), USUAL)


def edges_by_rule(estimate: CoExpression) -> sparse.csr_matrix:
    """Apply the rule of the preset `default`."""
    return split_loops(choose_edges(estimate, GRAPH_PRESETS["default"].rules))[0]


def build_part(cells: Cells, rows: np.ndarray, name: str) -> GeneGraph:
    """Build the graph of some cells of a dataset, as `musegnn graph` does, on the same genes."""
    counts, depth = sparse.csr_matrix(cells.counts[rows]), cells.depth[rows]
    per_10k = counts.multiply(1e4 / depth[:, None])
    about = {
        keys.MEAN: np.asarray(per_10k.mean(axis=0)).ravel(),
        keys.DETECTED: np.bincount(counts.indices, minlength=counts.shape[1]) / len(depth),
    }
    width = cells.graph.features.shape[1]
    found = estimate_of(counts, depth, estimator="cscore")
    return replace(
        cells.graph,
        name=name,
        genes=cells.graph.genes.assign(**about),
        features=principal_components(pearson_residuals(counts), n_components=width).values,
        adjacency=edges_by_rule(found),
        estimate=found.estimate,
        statistic=found.statistic,
        significance=significance_of(found),
        resampled=None,
    )


def add_options(parser: argparse.ArgumentParser, *, writes: bool = True) -> None:
    """Add the options that benchmarks of an atlas share."""
    shared = Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))
    parser.add_argument("--shared", type=Path, default=shared, help="public counts and knowledge")
    parser.add_argument("--atlas", type=Path, default=ATLAS, help="instead of the shipped one")
    parser.add_argument("--datasets", nargs="+", metavar="NAME", help="some of its datasets")
    if writes:
        parser.add_argument(
            "--write", action="store_true", help="keep the figures for page Benchmarks and the docs"
        )


def atlas_of(options: argparse.Namespace) -> Atlas:
    """Return the atlas that is asked about."""
    return Atlas(options.atlas, options.shared)
