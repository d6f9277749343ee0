"""Clusters and map of vectors whose groups are known."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.embeddings.map_layout import N_NEIGHBOURS, MapLayout, compute_map
from musegnn.errors import InputError

SIZES = (60, 45, 30)


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    """Three groups of unequal size in different directions, rows shuffled by a fixed order."""
    rng = np.random.default_rng(0)
    centres = 5 * np.eye(3, 16)
    return np.concatenate(
        [centres[i] + 0.4 * rng.normal(size=(n, 16)) for i, n in enumerate(SIZES)]
    ).astype(np.float32)


@pytest.fixture(scope="module")
def groups() -> np.ndarray:
    return np.repeat([0, 1, 2], SIZES)


@pytest.fixture(scope="module")
def layout(blobs: np.ndarray) -> MapLayout:
    return compute_map(blobs, seed=0)


def test_shapes_and_types_are_as_promised(layout: MapLayout) -> None:
    n = sum(SIZES)
    assert layout.neighbour_graph.shape == (n, n)
    assert 0 < layout.neighbour_graph.data.min() <= layout.neighbour_graph.data.max() <= 1
    assert abs(layout.neighbour_graph - layout.neighbour_graph.T).max() < 1e-6
    assert layout.coordinates.shape == (n, 2)
    assert layout.coordinates.dtype == np.float32
    assert np.isfinite(layout.coordinates).all()


def test_separated_groups_share_no_cluster(layout: MapLayout, groups: np.ndarray) -> None:
    for cluster in np.unique(layout.clusters):
        assert len(np.unique(groups[layout.clusters == cluster])) == 1


def test_separated_groups_lie_apart_on_the_map(layout: MapLayout, groups: np.ndarray) -> None:
    centres = np.array([layout.coordinates[groups == i].mean(axis=0) for i in range(3)])
    distance = np.linalg.norm(layout.coordinates[:, None] - centres[None], axis=2)
    assert (distance.argmin(axis=1) == groups).all()


def test_clusters_are_numbered_by_falling_size(layout: MapLayout) -> None:
    names, sizes = np.unique(layout.clusters, return_counts=True)
    by_number = sizes[np.argsort(names.astype(int))]
    assert sorted(names.astype(int)) == list(range(len(names)))
    assert (np.diff(by_number) <= 0).all()


def test_the_graph_joins_exactly_the_nearest_vectors_by_cosine(
    layout: MapLayout, blobs: np.ndarray
) -> None:
    unit = blobs.astype(float) / np.linalg.norm(blobs.astype(float), axis=1)[:, None]
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    expected = np.zeros(cosine.shape, dtype=bool)
    for row in range(len(blobs)):
        # a vector is the first of its own neighbours
        expected[row, np.argsort(-cosine[row])[: N_NEIGHBOURS - 1]] = True
    found = layout.neighbour_graph.toarray() > 0
    assert np.array_equal(found, expected | expected.T)


def test_the_length_of_a_vector_does_not_matter(blobs: np.ndarray, layout: MapLayout) -> None:
    scaled = compute_map(blobs * np.linspace(0.5, 8, len(blobs))[:, None], seed=0)
    assert np.array_equal(
        scaled.neighbour_graph.toarray() > 0, layout.neighbour_graph.toarray() > 0
    )


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_map(
    blobs: np.ndarray, layout: MapLayout
) -> None:
    again, other = compute_map(blobs, seed=0), compute_map(blobs, seed=1)
    assert again.coordinates.tobytes() == layout.coordinates.tobytes()
    assert again.clusters.tolist() == layout.clusters.tolist()
    assert other.coordinates.tobytes() != layout.coordinates.tobytes()


def test_the_vectors_are_left_as_they_were(blobs: np.ndarray) -> None:
    before = blobs.copy()
    compute_map(blobs[:20])
    assert np.array_equal(blobs, before)


@pytest.mark.parametrize("n", [4, 8, 16])
def test_few_vectors_get_a_map_too(n: int) -> None:
    layout = compute_map(np.random.default_rng(0).normal(size=(n, 8)))
    assert layout.coordinates.shape == (n, 2)
    assert np.isfinite(layout.coordinates).all()
    assert len(layout.clusters) == n


def test_too_few_vectors_are_refused() -> None:
    with pytest.raises(InputError, match="Expected at least 4 genes-in-context for a map, found 3"):
        compute_map(np.ones((3, 8)))


@pytest.mark.parametrize("part", ["neighbors", "leiden", "umap"])
def test_a_library_that_fails_is_one_sentence(part, blobs, monkeypatch):
    import scanpy

    def fail(*_, **__):
        msg = "Error at src/core/graph.c:123: Invalid value, igraph"
        raise RuntimeError(msg)

    monkeypatch.setattr(scanpy.pp if part == "neighbors" else scanpy.tl, part, fail)
    with pytest.raises(InputError, match=r"135 of 16 numbers on which Leiden or UMAP failed\."):
        compute_map(blobs)


def test_vectors_that_are_not_finite_are_counted(blobs):
    broken = blobs.copy()
    broken[3:7, 2] = np.nan
    with pytest.raises(InputError, match=r"failed, 4 of them not finite\. Train again"):
        compute_map(broken)


def test_what_is_compiled_is_kept_for_the_next_process():
    from umap import layouts, umap_

    compute_map(np.random.default_rng(0).normal(size=(40, 4)))
    for function in (
        umap_.smooth_knn_dist,
        umap_.compute_membership_strengths,
        layouts._nb_optimize_layout_euclidean_single_epoch,
    ):
        kept = function.stats.cache_hits + function.stats.cache_misses
        assert sum(kept.values()) > 0


def test_without_a_folder_to_keep_it_in_it_is_compiled_each_time(monkeypatch):
    from numba.core.dispatcher import Dispatcher

    def refuse(_):
        message = "cannot cache function: no locator available"
        raise RuntimeError(message)

    vectors = np.random.default_rng(0).normal(size=(40, 4))
    usual = compute_map(vectors)
    monkeypatch.setattr(Dispatcher, "enable_caching", refuse)
    assert compute_map(vectors).coordinates.tobytes() == usual.coordinates.tobytes()
