"""The fast layout keeps neighbours as well as umap-learn, and follows UMAP's formulas."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.neighbors import NearestNeighbors

from musegnn.embeddings.panel_layout import (
    fuzzy_graph,
    lay_out,
    nearest_by_cosine,
    principal_plane,
    turn_onto,
)


@pytest.fixture(scope="module")
def vectors():
    """Vectors around a curve and in clusters, `(600, 12)`."""
    rng = np.random.default_rng(0)
    centres = 4 * rng.normal(size=(15, 12))
    return (centres[rng.integers(0, 15, 600)] + rng.normal(size=(600, 12))).astype(np.float32)


def neighbours_on_map(points, count):
    return NearestNeighbors(n_neighbors=count).fit(points).kneighbors()[1]


def recall(places, points):
    found = neighbours_on_map(points, places.shape[1])
    shared = [len(set(a) & set(b)) for a, b in zip(places.tolist(), found.tolist(), strict=True)]
    return np.mean(shared) / places.shape[1]


def test_neighbours_and_distances_are_those_of_sklearn(vectors):
    places, distances = nearest_by_cosine(vectors, 15)
    expected, found = NearestNeighbors(n_neighbors=15, metric="cosine").fit(vectors).kneighbors()
    assert np.allclose(distances, expected, atol=1e-5)
    assert (places == found).mean() > 0.999


def test_weights_are_those_of_umap(vectors):
    from umap.umap_ import fuzzy_simplicial_set

    places, distances = nearest_by_cosine(vectors, 15)
    own = np.arange(len(places))[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected, _, _ = fuzzy_simplicial_set(
            vectors,
            16,
            np.random.RandomState(0),
            "cosine",
            knn_indices=np.hstack([own, places]).astype(np.int32),
            knn_dists=np.hstack([0 * own, distances]).astype(np.float32),
        )
    ours = fuzzy_graph(places, distances)
    difference = abs(ours.tocsr() - expected)
    assert difference.max() < 1e-4  # umap-learn stops its search at 1e-5
    assert abs(ours - ours.T).max() < 1e-12


def test_as_many_neighbours_stay_near_as_with_umap_learn(vectors):
    import umap

    places, distances = nearest_by_cosine(vectors, 15)
    start = principal_plane(vectors)
    ours = lay_out(fuzzy_graph(places, distances), start, n_steps=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = umap.UMAP(
            n_neighbors=16, metric="cosine", init=start.astype(np.float32), random_state=0
        ).fit_transform(vectors)
    assert recall(places, ours) > recall(places, theirs) - 0.03
    assert recall(places, ours) > recall(places, start) + 0.05


def test_the_same_seed_gives_the_same_points(vectors):
    places, distances = nearest_by_cosine(vectors[:100], 15)
    graph = fuzzy_graph(places, distances)
    start = principal_plane(vectors[:100])
    first, again = (lay_out(graph, start, n_steps=5, seed=3) for _ in range(2))
    assert first.tobytes() == again.tobytes()


def test_equal_vectors_make_no_nan():
    vectors = np.ones((20, 4), dtype=np.float32)
    places, distances = nearest_by_cosine(vectors, 15)
    points = lay_out(fuzzy_graph(places, distances), principal_plane(vectors), n_steps=20)
    assert np.isfinite(points).all()


def test_turning_undoes_a_rotation_reflection_and_shift():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(30, 2))
    angle = 1.1
    turned = points @ np.array(
        [[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]]
    ) + [5, -2]
    assert np.allclose(turn_onto(turned, points), points, atol=1e-5)
    noisy = turned + rng.normal(size=turned.shape)
    moved = turn_onto(noisy, points)
    turn, _ = orthogonal_procrustes(noisy - noisy.mean(axis=0), points - points.mean(axis=0))
    assert np.allclose(moved, (noisy - noisy.mean(axis=0)) @ turn + points.mean(axis=0), atol=1e-5)
