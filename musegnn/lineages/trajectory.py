"""Trajectories of cells: neighbours, clusters, graph of groups, pseudotime, map."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import anndata
import numpy as np
from scipy import sparse

from musegnn.embeddings.map_layout import keep_compiled, number_by_size
from musegnn.errors import InputError
from musegnn.graphs.thread_limit import limited_threads

if TYPE_CHECKING:
    import pandas as pd

N_NEIGHBOURS: Final = 15
RESOLUTION: Final = 1.0
N_DIFFUSION: Final = 15
LEAST_REACHED: Final = 10  # cells of the component of the root


@dataclass(frozen=True)
class Neighbourhood:
    """Cells with their nearest ones.

    Parameters
    ----------
    data
        Holds the neighbour graph, as scanpy keeps it.
    clusters
        `(C,)` Leiden clusters, numbered by falling size from "0".
    """

    data: anndata.AnnData
    clusters: np.ndarray

    @property
    def graph(self) -> sparse.csr_matrix:
        """`(C, C)` connectivities in [0, 1]."""
        return sparse.csr_matrix(self.data.obsp["connectivities"])


@dataclass(frozen=True)
class Root:
    """Where pseudotime begins.

    Parameters
    ----------
    cell
        Row of the cell.
    words
        How it was chosen.
    """

    cell: int
    words: str


@dataclass(frozen=True)
class Groups:
    """Groups of cells, how strongly they hang together, and their tree.

    Parameters
    ----------
    names
        The K groups.
    sizes
        `(K,)` cells of each.
    connectivity
        `(K, K)` PAGA connectivities in [0, 1], symmetric.
    tree
        Edges `(earlier, later)` of the tree of strongest connections, away from the group of the
        root; groups that nothing connects are in none.
    """

    names: tuple[str, ...]
    sizes: np.ndarray
    connectivity: np.ndarray
    tree: tuple[tuple[str, str], ...] = field(default=())


def find_neighbours(places: np.ndarray) -> anndata.AnnData:
    """Connect each cell to its 15 nearest by exact Euclidean distance.

    Parameters
    ----------
    places
        `(C, D)`.
    """
    import scanpy  # noqa: PLC0415 - takes seconds to import
    from sklearn.neighbors import KNeighborsTransformer  # noqa: PLC0415 - with scanpy

    keep_compiled()
    data = anndata.AnnData(X=np.ascontiguousarray(places, dtype=np.float32))
    n_neighbours = min(N_NEIGHBOURS, len(places) - 1)
    with quiet():
        scanpy.pp.neighbors(
            data,
            n_neighbors=n_neighbours,
            use_rep="X",
            transformer=KNeighborsTransformer(n_neighbors=n_neighbours, algorithm="brute"),
        )
    return data


def find_clusters(
    data: anndata.AnnData, *, resolution: float = RESOLUTION, seed: int = 0
) -> np.ndarray:
    """Return Leiden clusters by igraph, `(C,)` texts numbered by falling size from "0"."""
    import scanpy  # noqa: PLC0415 - takes seconds to import

    with quiet():
        scanpy.tl.leiden(
            data,
            resolution=resolution,
            flavor="igraph",
            n_iterations=2,
            directed=False,
            random_state=seed,
        )
    return number_by_size(data.obs["leiden"].to_numpy())


def find_neighbourhood(
    places: np.ndarray, *, resolution: float = RESOLUTION, seed: int = 0
) -> Neighbourhood:
    """Connect cells and cluster them; one thread, so that the same seed gives the same."""
    with limited_threads(1):
        data = find_neighbours(places)
        return Neighbourhood(data, find_clusters(data, resolution=resolution, seed=seed))


def draw_cells(near: Neighbourhood, *, seed: int = 0) -> np.ndarray:
    """Return the UMAP of cells, `(C, 2)` float32."""
    import scanpy  # noqa: PLC0415 - takes seconds to import

    with quiet(), limited_threads(1):
        scanpy.tl.umap(near.data, random_state=seed)
    return np.asarray(near.data.obsm["X_umap"], dtype=np.float32)


def components_of(near: Neighbourhood) -> np.ndarray:
    """Number the parts of the neighbour graph that nothing connects, `(C,)`."""
    return np.asarray(sparse.csgraph.connected_components(near.graph, directed=False)[1])


def diffusion_time(near: Neighbourhood, root: int) -> np.ndarray:
    """Return diffusion pseudotime, `(C,)` float64 in [0, 1]; NaN where no way leads to the root.

    Parameters
    ----------
    near
        Neighbour graph.
    root
        Row of the first cell.

    Raises
    ------
    InputError
        If hardly a cell is connected to the root.

    References
    ----------
    Haghverdi et al., Nat Methods 2016; as scanpy computes it.
    """
    inside, part = _part_of(near, root)
    time = _pseudotime(part, int(np.searchsorted(inside, root)))
    found = np.full(near.data.n_obs, np.nan)
    found[inside] = time
    return found


def _part_of(near: Neighbourhood, root: int) -> tuple[np.ndarray, anndata.AnnData]:
    """Return the rows that are connected to a cell, with their diffusion map."""
    import scanpy  # noqa: PLC0415 - takes seconds to import

    parts = components_of(near)
    inside = np.flatnonzero(parts == parts[root])
    if len(inside) < LEAST_REACHED:
        msg = (
            f"Expected a root that other cells are connected to, found one with {len(inside) - 1} "
            f"of {near.data.n_obs - 1:,} cells."
        )
        raise InputError(msg, "Choose another root: this one stands apart from the lineage.")
    part = anndata.AnnData(X=np.zeros((len(inside), 1), dtype=np.float32))
    for name in ("connectivities", "distances"):
        part.obsp[name] = sparse.csr_matrix(near.data.obsp[name])[inside][:, inside]
    part.uns["neighbors"] = near.data.uns["neighbors"]
    with quiet(), limited_threads(1):
        scanpy.tl.diffmap(part, n_comps=min(N_DIFFUSION, len(inside) - 2), random_state=0)
    return inside, part


def _pseudotime(part: anndata.AnnData, root: int) -> np.ndarray:
    """Return the distance of each cell of a part from its root, the largest being 1."""
    import scanpy  # noqa: PLC0415 - takes seconds to import

    part.uns["iroot"] = root
    width = part.obsm["X_diffmap"].shape[1]
    with quiet(), limited_threads(1):
        scanpy.tl.dpt(part, n_dcs=min(10, width))
    time = part.obs["dpt_pseudotime"].to_numpy(dtype=np.float64)
    return np.where(np.isfinite(time), time, np.nan)


def root_of_label(near: Neighbourhood, labels: np.ndarray, label: str) -> Root:
    """Choose the cell of a label that lies furthest from all other cells.

    Of the part of the graph with most cells of the label, it is the one at the end of the first
    diffusion component on whose side the label lies.

    Raises
    ------
    InputError
        If no cell has the label, or hardly a cell is connected to those that have.
    """
    own = np.flatnonzero(labels == label)
    if not len(own):
        known = sorted({str(name) for name in labels} - {""})
        msg = f"Expected a root among the labels {', '.join(known)}; found {label!r}."
        raise InputError(msg, "Name one of them, or a gene.")
    parts = components_of(near)
    numbers, sizes = np.unique(parts[own], return_counts=True)
    own = own[parts[own] == numbers[np.argmax(sizes)]]
    inside, part = _part_of(near, int(own[0]))
    first = np.asarray(part.obsm["X_diffmap"])[:, 1]
    rows = np.searchsorted(inside, own)
    side = np.sign(first[rows].mean() - first.mean()) or 1.0
    cell = int(own[np.argmax(side * first[rows])])
    return Root(cell, f"the cell of {label} that lies furthest from all others")


def root_of_values(near: Neighbourhood, values: np.ndarray, what: str) -> Root:
    """Choose the cell around which a value is largest.

    Parameters
    ----------
    near
        Neighbour graph.
    values
        `(C,)` of each cell.
    what
        What they are, for the words.
    """
    smooth = smoothed(near, values[:, None])[:, 0]
    parts = components_of(near)
    largest = np.argmax(np.bincount(parts))
    cell = int(np.argmax(np.where(parts == largest, smooth, -np.inf)))
    return Root(cell, f"the cell with most {what}, mean over its nearest cells")


def smoothed(near: Neighbourhood, values: Any) -> np.ndarray:
    """Return means over each cell and its nearest ones, weighed by the graph, `(C, K)` float64."""
    graph = near.graph + sparse.identity(near.data.n_obs, format="csr")
    total = np.asarray(graph.sum(axis=1)).ravel()
    means = sparse.diags(1 / total) @ (graph @ values)
    return np.asarray(means.todense() if sparse.issparse(means) else means)


def connect_groups(near: Neighbourhood, groups: np.ndarray, root: str) -> Groups:
    """Connect groups of cells by PAGA, and take the tree of their strongest connections.

    Parameters
    ----------
    near
        Neighbour graph.
    groups
        `(C,)` texts; cells with "" stay out.
    root
        Group that the tree starts from.

    Raises
    ------
    InputError
        If there is one group alone.

    References
    ----------
    Wolf et al., Genome Biol 2019.
    """
    import pandas as pd  # noqa: PLC0415 - with scanpy
    import scanpy  # noqa: PLC0415 - takes seconds to import

    inside = np.flatnonzero(groups != "")
    names, sizes = np.unique(groups[inside].astype(str), return_counts=True)
    if len(names) < 2:
        msg = f"Expected at least two groups of cells, found {', '.join(names) or 'none'}."
        raise InputError(msg, "A lineage has stages: give labels that differ, or none.")
    data = anndata.AnnData(X=np.zeros((len(inside), 1), dtype=np.float32))
    for name in ("connectivities", "distances"):
        data.obsp[name] = sparse.csr_matrix(near.data.obsp[name])[inside][:, inside]
    data.uns["neighbors"] = near.data.uns["neighbors"]
    data.obs["group"] = pd.Categorical(groups[inside].astype(str), categories=names)
    with quiet():
        scanpy.tl.paga(data, groups="group")
    connectivity = np.asarray(data.uns["paga"]["connectivities"].todense(), dtype=np.float64)
    connectivity = np.maximum(connectivity, connectivity.T)
    tree = strongest_tree(connectivity, tuple(names), root)
    return Groups(tuple(map(str, names)), sizes, connectivity, tree)


def strongest_tree(
    connectivity: np.ndarray, names: tuple[str, ...], root: str
) -> tuple[tuple[str, str], ...]:
    """Return the spanning tree of strongest connections, its edges leading away from the root.

    Ties are decided by the order of the names. A part that the root is not in starts at its first
    name.
    """
    import networkx as nx  # noqa: PLC0415 - small, and only for this

    graph = nx.Graph()
    graph.add_nodes_from(names)
    for i, j in zip(*np.nonzero(np.triu(connectivity, 1)), strict=True):
        graph.add_edge(names[i], names[j], weight=float(connectivity[i, j]))
    tree = nx.maximum_spanning_tree(graph, algorithm="kruskal")
    edges: list[tuple[str, str]] = []
    waiting = [*([root] if root in graph else []), *(name for name in names if name != root)]
    seen: set[str] = set()
    for start in waiting:
        if start not in seen:
            ways = list(nx.bfs_edges(tree, start, sort_neighbors=sorted))
            edges += ways
            seen |= {start, *(node for way in ways for node in way)}
    return tuple((str(first), str(second)) for first, second in edges)


def layout_groups(groups: Groups, places: np.ndarray, of_cells: np.ndarray) -> pd.DataFrame:
    """Return where groups are drawn, the median place of their cells: group, x, y, cells."""
    import pandas as pd  # noqa: PLC0415 - with scanpy

    middle = [np.median(places[of_cells == name], axis=0) for name in groups.names]
    x, y = np.array(middle).T
    return pd.DataFrame({"group": groups.names, "x": x, "y": y, "cells": groups.sizes})


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what scanpy and its libraries warn of to themselves: it is about their own future."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
