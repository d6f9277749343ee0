"""New rows on a map that stays as it is: UMAP's transform, from vectors and map alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from musegnn.border.compiled import failures_told
from musegnn.embeddings.map_layout import N_NEIGHBOURS, keep_compiled, map_failure
from musegnn.embeddings.panel_layout import fuzzy_graph, nearest_by_cosine

# as scanpy draws the maps of results
MIN_DISTANCE, SPREAD, NEGATIVES, STEP = 0.5, 1.0, 5, 1.0
_FEW = 10_000  # rows up to which UMAP takes more steps
_STEPS, _FEWER_STEPS = 100, 30
_LARGEST_BLOCK = 1 << 24  # numbers of one block of cosines


@dataclass(frozen=True)
class PlacedRows:
    """Where M new rows lie beside N old ones.

    Parameters
    ----------
    coordinates
        `(M, 2)` float32 on the map of the old rows.
    clusters
        `(M,)` cluster of the old rows that a new one is joined to most.
    neighbour_graph
        `(N + M, N + M)` weights in [0, 1]; between old rows as they were.
    """

    coordinates: np.ndarray
    clusters: np.ndarray
    neighbour_graph: sparse.csr_matrix


def place_on_map(
    new: np.ndarray,
    old: np.ndarray,
    layout: np.ndarray,
    graph: sparse.csr_matrix,
    clusters: np.ndarray,
    *,
    seed: int = 0,
) -> PlacedRows:
    """Lay new rows onto a map by what UMAP does for points that it was not fitted to.

    A new row is joined to its 15 nearest old rows by cosine with UMAP's weights, starts at their
    weighted mean, and is moved by UMAP's forces (min_dist 0.5, spread 1) while old rows stand
    still. The fitted UMAP is not needed: vectors and map of the old rows are all that its transform
    takes.

    Parameters
    ----------
    new, old
        `(M, D)` and `(N, D)` unit rows, N at least 2.
    layout
        `(N, 2)` map of the old rows.
    graph
        `(N, N)` neighbour graph of the old rows.
    clusters
        `(N,)` clusters of the old rows.
    seed
        Of the draws of the layout.

    References
    ----------
    McInnes et al., arXiv 1802.03426; `umap.UMAP.transform`.
    """
    from umap.umap_ import (  # noqa: PLC0415 - compiles for seconds
        compute_membership_strengths,
        smooth_knn_dist,
    )

    keep_compiled()
    count = min(N_NEIGHBOURS, len(old))
    places, distances = nearest_rows(new, old, count)
    # no neighbour of a new row is itself: the nearest one is not sure to be joined by 1
    with failures_told(*map_failure(new, "UMAP")):
        widths, offsets = smooth_knn_dist(distances, float(count), local_connectivity=0.0)
        rows, columns, weights, _ = compute_membership_strengths(
            places, distances, widths, offsets, bipartite=True
        )
    pulls = sparse.coo_matrix((weights, (rows, columns)), shape=(len(new), len(old)))
    joined = sparse.csr_matrix(pulls)
    joined.eliminate_zeros()
    inner = _among_new(new)
    with failures_told(*map_failure(new, "UMAP")):
        placed = _lay_out(pulls, joined, layout, seed=seed)
    return PlacedRows(
        placed,
        _most_joined(joined, clusters),
        sparse.csr_matrix(sparse.bmat([[graph, joined.T], [joined, inner]])).astype(np.float32),
    )


def nearest_rows(new: np.ndarray, old: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest old rows of each new one by cosine; ties go to the first row.

    Returns
    -------
    `(M, count)` int32 rows, nearest first, and float32 cosine distances 0 to 2.
    """
    places = np.empty((len(new), count), dtype=np.int32)
    distances = np.empty((len(new), count), dtype=np.float32)
    size = max(1, _LARGEST_BLOCK // max(len(old), 1))
    for start in range(0, len(new), size):
        cosines = new[start : start + size] @ old.T
        best = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
        places[start : start + size] = best
        distances[start : start + size] = 1 - np.take_along_axis(cosines, best, axis=1)
    return places, np.clip(distances, 0, 2)


def _among_new(new: np.ndarray) -> sparse.csr_matrix:
    """Join new rows to each other as those of a map of their own would be."""
    count = min(N_NEIGHBOURS, len(new) - 1)
    if count < 1:
        return sparse.csr_matrix((len(new), len(new)))
    return sparse.csr_matrix(fuzzy_graph(*nearest_by_cosine(new, count)))


def _most_joined(joined: sparse.csr_matrix, clusters: np.ndarray) -> np.ndarray:
    """Cluster with the largest sum of weights; ties go to the first name."""
    names, codes = np.unique(clusters.astype(str), return_inverse=True)
    members = sparse.csr_matrix(
        (np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), len(names))
    )
    return names[np.asarray((joined @ members).todense()).argmax(axis=1)]


def _lay_out(
    pulls: sparse.coo_matrix, joined: sparse.csr_matrix, layout: np.ndarray, *, seed: int
) -> np.ndarray:
    """Move new rows by UMAP's forces from the weighted mean of the old rows they are joined to.

    The order of the edges decides what each draws: `pulls` has them as UMAP does, nearest first.
    """
    from umap.layouts import optimize_layout_euclidean  # noqa: PLC0415 - as above
    from umap.umap_ import (  # noqa: PLC0415 - as above
        find_ab_params,
        init_graph_transform,
        make_epochs_per_sample,
    )

    start = init_graph_transform(joined, layout)
    n_steps = _STEPS if joined.shape[0] <= _FEW else _FEWER_STEPS
    pulls.data[pulls.data < pulls.data.max() / n_steps] = 0
    pulls.eliminate_zeros()
    a, b = find_ab_params(SPREAD, MIN_DISTANCE)
    draws = np.random.RandomState(seed).randint(-(2**31) + 1, 2**31 - 2, 3).astype(np.int64)
    placed = optimize_layout_euclidean(
        np.array(start, dtype=np.float32, order="C"),
        np.array(layout, dtype=np.float32, order="C"),
        pulls.row.astype(np.int32),
        pulls.col.astype(np.int32),
        n_steps,
        joined.shape[1],
        make_epochs_per_sample(pulls.data, n_steps),
        a,
        b,
        draws,
        1.0,
        STEP / 4.0,
        NEGATIVES,
        parallel=False,
    )
    return np.asarray(placed, dtype=np.float32)
