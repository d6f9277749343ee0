"""Neighbour graph, clusters and map of gene vectors."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass

import anndata
import numpy as np
from scipy import sparse

from musegnn.border.compiled import failures_told
from musegnn.errors import InputError

N_NEIGHBOURS = 15
RESOLUTION = 1.0


@dataclass(frozen=True)
class MapLayout:
    """What is drawn of N vectors.

    Parameters
    ----------
    neighbour_graph
        `(N, N)` sparse UMAP connectivities in [0, 1] of the exact kNN graph by cosine distance.
    clusters
        `(N,)` strings, Leiden clusters numbered by falling size from "0".
    coordinates
        `(N, 2)` float32 UMAP coordinates, without unit.
    """

    neighbour_graph: sparse.csr_matrix
    clusters: np.ndarray
    coordinates: np.ndarray


def compute_map(vectors: np.ndarray, *, seed: int = 0) -> MapLayout:
    """Compute kNN graph, Leiden clusters (resolution 1.0) and UMAP.

    Parameters
    ----------
    vectors
        `(N, D)` gene vectors, N at least 4.
    seed
        Of Leiden and UMAP; the same seed gives the same map.

    Raises
    ------
    InputError
        If there are fewer than 4 vectors, or the libraries that cluster and draw them fail.

    References
    ----------
    Liu et al., NeurIPS 2023, section 3: kNN graph and Leiden at resolution 1.0 on the joint space,
    UMAP for display. The metric is the cosine, as everywhere in this product.
    """
    if len(vectors) < 4:
        msg = f"Expected at least 4 genes-in-context for a map, found {len(vectors)}."
        raise InputError(msg, "Train on larger graphs.")
    import scanpy  # noqa: PLC0415 - takes seconds to import; only a new map needs it
    from sklearn.neighbors import KNeighborsTransformer  # noqa: PLC0415

    keep_compiled()
    data = anndata.AnnData(X=np.ascontiguousarray(vectors, dtype=np.float32))
    n_neighbours = min(N_NEIGHBOURS, len(vectors) - 1)
    with warnings.catch_warnings(), failures_told(*map_failure(vectors, "Leiden or UMAP")):
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", UserWarning)
        scanpy.pp.neighbors(
            data,
            n_neighbors=n_neighbours,
            use_rep="X",
            # brute force is exact, so the graph depends on nothing but the vectors
            transformer=KNeighborsTransformer(
                n_neighbors=n_neighbours, metric="cosine", algorithm="brute"
            ),
        )
        scanpy.tl.leiden(
            data,
            resolution=RESOLUTION,
            flavor="igraph",
            n_iterations=2,
            directed=False,
            random_state=seed,
        )
        scanpy.tl.umap(data, random_state=seed)
    return MapLayout(
        sparse.csr_matrix(data.obsp["connectivities"]),
        number_by_size(data.obs["leiden"].to_numpy()),
        np.asarray(data.obsm["X_umap"], dtype=np.float32),
    )


def map_failure(vectors: np.ndarray, library: str) -> tuple[str, str]:
    """Return what is said, and what to do, where a library fails on vectors.

    Parameters
    ----------
    vectors
        `(N, D)` gene vectors.
    library
        What was asked.
    """
    number, size = vectors.shape
    odd = int((~np.isfinite(vectors)).any(axis=1).sum())
    found = f", {odd:,} of them not finite" if odd else ""
    return (
        f"Expected vectors of which a map can be made, found {number:,} of {size} numbers on which "
        f"{library} failed{found}.",
        "Train again with a smaller learning rate." if odd else "Try another seed.",
    )


def keep_compiled() -> None:
    """Let numba keep on disk what it compiles of UMAP: five seconds less in the next process."""
    from numba.extending import is_jitted  # noqa: PLC0415 - with scanpy
    from umap import layouts, umap_  # noqa: PLC0415

    compiled = [part for module in (umap_, layouts) for part in vars(module).values()]
    with suppress(RuntimeError):  # no folder of the machine can be written: compiled each time
        for function in filter(is_jitted, compiled):
            function.enable_caching()


def number_by_size(labels: np.ndarray) -> np.ndarray:
    """Rename clusters "0", "1", ... by falling size; ties by their first member."""
    _, first, codes, sizes = np.unique(
        labels.astype(str), return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[codes].astype(str)
