"""All baselines behind one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

import numpy as np

from musegnn.baselines.controls import (
    fit_collapsed,
    fit_degree,
    fit_name_clusters,
    fit_name_vector,
    fit_random,
)
from musegnn.baselines.inputs import Fit, FitSettings, hide_unknown
from musegnn.baselines.pca import fit_joint_pca, fit_pca
from musegnn.baselines.procrustes import fit_procrustes_pca, fit_shrunken_pca
from musegnn.baselines.skip_gram import fit_gene2vec
from musegnn.baselines.smoothing import fit_smoothed_pca
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph, check_graphs
from musegnn.progress import Progress, Silent
from musegnn.validation import check_choice, check_positive

Kind = Literal["method", "control"]


@dataclass(frozen=True)
class Baseline:
    """One way to make vectors that a model is compared with.

    Parameters
    ----------
    name
        By which it is called.
    summary
        What it does, in one line.
    kind
        "method" for a serious way to embed genes, "control" for one that shows what a measure
        gives for nothing.
    reference
        Publication; empty when it is defined here.
    fit
        Computes the vectors; call `fit_baseline` instead, which checks and hides.
    is_trained
        True when `epochs` means something to it.
    task
        What it embeds, as `musegnn.benchmarks.metric.Group.task`; "genes" for genes of graphs.
    """

    name: str
    summary: str
    kind: Kind
    reference: str
    fit: Fit
    is_trained: bool = False
    task: str = "genes"


def fit_baseline(
    name: str,
    graphs: Sequence[GeneGraph],
    *,
    width: int = 32,
    seed: int = 0,
    epochs: int | None = None,
    progress: Progress | None = None,
) -> list[np.ndarray]:
    """Embed the genes of all graphs by one baseline.

    Only adjacency, features, common names and what follows from them are used. Pairs that a graph
    marks as unknown count as neither edge nor non-edge.

    Parameters
    ----------
    name
        Key of `BASELINES`.
    graphs
        At least one, with distinct names and one gene or more each.
    width
        Columns D of the vectors, at least 1.
    seed
        Of all draws, 0 or more: same graphs and seed, same bytes on the CPU.
    epochs
        Rounds of training, at least 1; None takes the default of the baseline. Baselines that are
        not trained pay no attention to it.
    progress
        Told about epochs.

    Returns
    -------
    `(G, D)` float32 of each graph, in the order of the graphs.

    Raises
    ------
    InputError
        If there is no such baseline, a value is out of range, or a library is missing.
    TrainingError
        If a loss is not finite.
    """
    choices = [entry.name for entry in BASELINES.values() if entry.task == "genes"]
    check_choice(name, choices, name="baseline")
    check_positive(width, name="width")
    if epochs is not None:
        check_positive(epochs, name="epochs")
    if seed < 0:
        msg = f"Expected `seed` to be 0 or more, found {seed}."
        raise InputError(msg, "Choose a whole number such as 0.")
    _check_graphs(graphs)
    settings = FitSettings(width, seed, epochs, progress or Silent())
    found = BASELINES[name].fit([hide_unknown(graph) for graph in graphs], settings)
    return [np.ascontiguousarray(vectors, dtype=np.float32) for vectors in found]


def _check_graphs(graphs: Sequence[GeneGraph]) -> None:
    """Raise `InputError` unless there are graphs with genes and distinct names."""
    check_graphs(graphs)
    empty = [graph.name for graph in graphs if graph.n_genes == 0]
    if empty:
        msg = f"Expected graphs with genes, found none in {empty[0]!r}."
        raise InputError(msg, "Leave it out, or build it again from the counts.")


def _late(module: str, function: str) -> Fit:
    """Import a fit when it is called: torch takes seconds, which only those that use it pay."""

    def fit(graphs: Sequence[GeneGraph], settings: FitSettings) -> list[np.ndarray]:
        return getattr(import_module(f"musegnn.baselines.{module}"), function)(graphs, settings)

    return fit


_PCA = "Hotelling, Journal of Educational Psychology 24, 417 (1933)"
_GOWER = "Gower, Psychometrika 40, 33 (1975)"
_GENE2VEC = "Du et al., BMC Genomics 20 (suppl. 1), 82 (2019)"
_KIPF = "Kipf & Welling, NeurIPS workshop 2016, arXiv 1611.07308"
_HOU = "Hou et al., KDD 2022, arXiv 2205.10803"
_LIU = "Liu et al., NeurIPS 2023, arXiv 2310.02275"
_NONE = ""
_ALL = (
    Baseline("pca", "leading principal components of each dataset alone", "method", _PCA, fit_pca),
    Baseline(
        "joint_pca",
        "one decomposition of all datasets side by side, genes in context",
        "method",
        _PCA,
        fit_joint_pca,
    ),
    Baseline(
        "procrustes_pca",
        "principal components rotated onto each other by shared names",
        "method",
        _GOWER,
        fit_procrustes_pca,
    ),
    Baseline(
        "shrunken_pca",
        "procrustes_pca, each component times the root of its singular value before",
        "method",
        _NONE,
        fit_shrunken_pca,
    ),
    Baseline(
        "smoothed_pca",
        "procrustes_pca, then mixed with equal names (.5) and neighbours elsewhere (.3)",
        "method",
        _NONE,
        fit_smoothed_pca,
    ),
    Baseline(
        "gene2vec",
        "skip-gram on the edges of all datasets, one vector per name",
        "method",
        _GENE2VEC,
        fit_gene2vec,
        is_trained=True,
    ),
    Baseline(
        "gae",
        "graph autoencoder of each dataset alone",
        "method",
        _KIPF,
        _late("graph_autoencoders", "fit_gae"),
        is_trained=True,
    ),
    Baseline(
        "vgae",
        "variational graph autoencoder of each dataset alone",
        "method",
        _KIPF,
        _late("graph_autoencoders", "fit_vgae"),
        is_trained=True,
    ),
    Baseline(
        "mae",
        "masked feature autoencoder of each dataset alone",
        "method",
        _HOU,
        _late("masked_autoencoders", "fit_mae"),
        is_trained=True,
    ),
    Baseline(
        "wsmae",
        "masked feature autoencoders tied by the weighted similarity term",
        "method",
        _LIU,
        _late("masked_autoencoders", "fit_wsmae"),
        is_trained=True,
    ),
    Baseline("random", "a random vector for each gene-in-context", "control", _NONE, fit_random),
    Baseline("name_vector", "a random vector for each name", "control", _NONE, fit_name_vector),
    Baseline(
        "collapsed", "all genes on one point, with a little noise", "control", _NONE, fit_collapsed
    ),
    Baseline("degree", "number of edges alone", "control", _NONE, fit_degree),
    Baseline(
        "name_clusters", "20 random clusters, keyed by name", "control", _NONE, fit_name_clusters
    ),
    Baseline(
        "untrained",
        "the MuSe-GNN network before training",
        "control",
        _LIU,
        _late("untrained_network", "fit_untrained"),
    ),
)
BASELINES: dict[str, Baseline] = {baseline.name: baseline for baseline in _ALL}
