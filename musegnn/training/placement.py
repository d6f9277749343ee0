"""Place a new context into vectors that stay as they are: no training, no old vector moves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from musegnn import keys
from musegnn.errors import InputError
from musegnn.graphs.abundance import abundance_features
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.unit_rows import unit_rows
from musegnn.runs.kinds.aligned import AlignedSettings
from musegnn.training.starting_features import cut_to_leading, starting_features

LEAST_ANCHORS = 100  # shared names: with half of them hidden, more than the 32 directions
_POWER = 4  # by which contexts count more that lie near
_LEAST_COSINE = 0.01  # of a context that has nothing in common


@dataclass(frozen=True)
class FrozenContext:
    """A context of the atlas, whose vectors stay.

    Parameters
    ----------
    name
        Of the context.
    genes
        Common name of each gene.
    vectors
        `(G, D)` of each gene.
    """

    name: str
    genes: tuple[str, ...]
    vectors: np.ndarray


class FrozenAtlas:
    """What new contexts are placed into.

    Parameters
    ----------
    contexts
        At least one, vectors of one width.
    graphs
        Gene graphs of the same contexts. With them a new context gets the starting vector that a
        joint training would have given it; without them it is mapped onto the frozen vectors.
    settings
        How starting vectors are made; the width is that of the vectors.
    """

    def __init__(
        self,
        contexts: Sequence[FrozenContext],
        graphs: Sequence[GeneGraph],
        settings: AlignedSettings,
    ) -> None:
        if not contexts:
            msg = "Expected an atlas with at least one context, found none."
            raise InputError(msg, "Give the result of a training.")
        width = contexts[0].vectors.shape[1]
        self.contexts = tuple(contexts)
        self.graphs = tuple(graphs)
        network = settings.network.model_copy(update={"embedding_width": width})
        self.settings = settings.model_copy(update={"network": network})
        self.width = width
        self.unit = [unit_rows(np.asarray(c.vectors, dtype=np.float64)) for c in contexts]
        names = sorted({gene for context in contexts for gene in context.genes})
        self.position = {name: i for i, name in enumerate(names)}
        self.slots = [
            np.array([self.position[gene] for gene in context.genes], dtype=np.int64)
            for context in contexts
        ]
        lengths = np.concatenate([np.linalg.norm(c.vectors, axis=1) for c in contexts])
        self.length = float(np.median(lengths)) or 1.0

    def means(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Mean direction of every name over the contexts, `(N, D)` float64."""
        weights = np.ones(len(self.contexts)) if weights is None else weights
        total, count = np.zeros((len(self.position), self.width)), np.zeros(len(self.position))
        for unit, slots, weight in zip(self.unit, self.slots, weights, strict=True):
            np.add.at(total, slots, weight * unit)
            np.add.at(count, slots, weight)
        return total / count[:, None]

    def anchors(self, graph: GeneGraph) -> tuple[np.ndarray, np.ndarray]:
        """Rows of a graph whose name is in the atlas, and where; each name counts once."""
        first: dict[int, int] = {}
        for row, name in enumerate(graph.genes[keys.COMMON_GENE].astype(str)):
            if name in self.position:
                first.setdefault(self.position[name], row)
        slots = np.array(list(first), dtype=np.int64)
        return np.array(list(first.values()), dtype=np.int64), slots


def place_graph(graph: GeneGraph, atlas: FrozenAtlas) -> np.ndarray:
    r"""Compute vectors of the genes of a new context in the space of an atlas.

    1. Where the gene graphs of the atlas are at hand, the starting recipe of the preset `default`
       is followed for them and the new graph together (`musegnn.training.starting_features`), and
       the rows of the new one are taken. Without them its leading features, the company its genes
       keep (mean frozen direction of the partners) and their abundance are mapped by ridge
       regression onto the mean frozen direction of each shared name; features and prediction
       together are cut to the leading directions of the new context.
    2. These rows are turned, not stretched, onto the frozen directions of the shared names:
       :math:`R = UV^T` with :math:`X^T Y = U S V^T`. Contexts count by the fourth power of the mean
       cosine that they have with the new one after a first turn in which all count alike.

    Parameters
    ----------
    graph
        The new context. Other new contexts have no influence.
    atlas
        Where it is placed.

    Returns
    -------
    `(G, D)` float32, of the median length of the frozen vectors.

    Raises
    ------
    InputError
        If the context shares fewer than `LEAST_ANCHORS` names with the atlas.
    """
    rows, _ = atlas.anchors(graph)
    if len(rows) < LEAST_ANCHORS:
        msg = (
            f"Expected at least {LEAST_ANCHORS} genes of {graph.name} that the atlas has as well, "
            f"by name or one-to-one ortholog, found {len(rows)} of {graph.n_genes}."
        )
        hint = "Give a table of orthologs when the graph is built, or check species and names."
        raise InputError(msg, hint)
    return _place(graph, atlas)


def _place(graph: GeneGraph, atlas: FrozenAtlas) -> np.ndarray:
    """Compute the vectors of a context that has anchors."""
    rows, slots = atlas.anchors(graph)
    placed = _start(graph, atlas) if atlas.graphs else _map(graph, atlas, rows, slots)
    first = placed @ _turn(placed[rows], atlas.means()[slots])
    nearness = np.maximum(_nearness(first, rows, slots, atlas), _LEAST_COSINE)
    target = unit_rows(atlas.means((nearness / nearness.max()) ** _POWER))
    return (atlas.length * placed @ _turn(placed[rows], target[slots])).astype(np.float32)


def place_held_out(
    graph: GeneGraph, atlas: FrozenAtlas, *, folds: int, seed: int, tell: Callable[[], object]
) -> np.ndarray:
    """Place a context as often as there are folds, each time without the names of one of them.

    Parameters
    ----------
    graph, atlas
        As in `place_graph`.
    folds
        Parts that the shared names are dealt into, 2 or more.
    seed
        Of the deal.
    tell
        Called after each fold.

    Returns
    -------
    `(G, D)` float32: a gene whose name is shared has the vector that it got while its name was
    hidden; rows of zeros for all others.
    """
    rows, _ = atlas.anchors(graph)
    order = np.random.default_rng(seed).permutation(len(rows))
    found = np.zeros((graph.n_genes, atlas.width), dtype=np.float32)
    for part in np.array_split(order, folds):
        hidden = rows[part]
        found[hidden] = _place(_without_names(graph, hidden), atlas)[hidden]
        tell()
    return found


def shuffled(graph: GeneGraph, *, seed: int) -> GeneGraph:
    """Exchange what the genes do, keeping their names and their abundance: a control."""
    order = np.random.default_rng(seed).permutation(graph.n_genes)
    adjacency = sparse.csr_matrix(graph.adjacency[order][:, order])
    adjacency.sort_indices()
    return replace(graph, features=graph.features[order], adjacency=adjacency)


def _without_names(graph: GeneGraph, rows: np.ndarray) -> GeneGraph:
    """Give the genes of some rows names that nobody else has."""
    genes = graph.genes.copy()
    names = genes[keys.COMMON_GENE].astype(str).to_numpy(dtype=object)
    hidden = set(names[rows].tolist())
    genes[keys.COMMON_GENE] = [f"{n}@{graph.name}" if n in hidden else n for n in names]
    return replace(graph, genes=genes)


def _start(graph: GeneGraph, atlas: FrozenAtlas) -> np.ndarray:
    """Starting vectors of a graph among those of the atlas, unit rows."""
    return unit_rows(starting_features([*atlas.graphs, graph], atlas.settings)[-1].astype(float))


def _map(graph: GeneGraph, atlas: FrozenAtlas, rows: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """Own features beside what they predict of the frozen vectors, cut to the width; unit rows."""
    settings, means = atlas.settings, atlas.means()
    leading = unit_rows(graph.features[:, : settings.n_components].astype(np.float64))
    known = np.zeros((graph.n_genes, atlas.width))
    known[rows] = unit_rows(means[slots])
    company = unit_rows(sparse.csr_matrix(graph.adjacency, dtype=np.float64) @ known)
    (abundance,) = abundance_features([graph])
    parts = [leading, settings.company_weight * company, settings.abundance_weight * abundance]
    described = unit_rows(np.hstack(parts))
    seen = described[rows]
    square = seen.T @ seen
    penalty = settings.consensus_ridge * np.trace(square) / len(square)
    weights = np.linalg.solve(square + penalty * np.eye(len(square)), seen.T @ means[slots])
    agreed = unit_rows(described @ weights)
    return cut_to_leading(np.hstack([leading, settings.consensus_weight * agreed]), atlas.width)


def _turn(values: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rotation or reflection that brings rows nearest to their targets."""
    left, _, right = np.linalg.svd(values.T @ target)
    return left @ right


def _nearness(
    placed: np.ndarray, rows: np.ndarray, slots: np.ndarray, atlas: FrozenAtlas
) -> np.ndarray:
    """Mean cosine of shared genes with each context, `(C,)`; 0 where none is shared."""
    own = np.full(len(atlas.position), -1, dtype=np.int64)
    own[slots] = rows
    found = np.zeros(len(atlas.contexts))
    for i, (unit, places) in enumerate(zip(atlas.unit, atlas.slots, strict=True)):
        is_shared = own[places] >= 0
        if is_shared.any():
            mine = unit_rows(placed[own[places[is_shared]]])
            found[i] = float((mine * unit[is_shared]).sum(axis=1).mean())
    return found
