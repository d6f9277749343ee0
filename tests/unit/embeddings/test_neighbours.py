"""Neighbours against a search that compares everything."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.neighbours import (
    BACKGROUND_PAIRS,
    compare_rows,
    nearest_first,
    nearest_neighbours,
)
from musegnn.errors import InputError

DATASETS = ("blood", "lung", "spleen")


def make_set(vectors: np.ndarray, datasets: list[str]) -> EmbeddingSet:
    """Wrap vectors as genes of some datasets."""
    n = len(vectors)
    genes = pd.DataFrame({keys.GENE: [f"G{i}" for i in range(n)], keys.DATASET: datasets})
    return EmbeddingSet(
        vectors=vectors.astype(np.float32),
        table=genes,
        layout=np.zeros((n, 2), dtype=np.float32),
        neighbour_graph=sparse.csr_matrix((n, n)),
        datasets=pd.DataFrame(index=sorted(set(datasets))),
    )


@pytest.fixture(scope="module")
def embedding() -> EmbeddingSet:
    """Twelve hundred vectors of three contexts in clusters of unequal size."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(15, 32))
    vectors = centres[rng.integers(0, 15, 1200)] + 0.7 * rng.normal(size=(1200, 32))
    vectors *= rng.uniform(0.1, 9, (1200, 1))  # length must not count
    return make_set(vectors, [DATASETS[i % 3] for i in range(1200)])


def brute_force(embedding: EmbeddingSet, row: int, candidates: np.ndarray) -> list[tuple]:
    """All candidates but the query with their cosine in double precision, best first."""
    vectors = embedding.vectors.astype(float)
    query = vectors[row]
    scored = []
    for other in candidates:
        if other != row:
            lengths = np.sqrt((query**2).sum()) * np.sqrt((vectors[other] ** 2).sum())
            scored.append((float((query * vectors[other]).sum() / lengths), int(other)))
    return sorted(scored, key=lambda pair: (-pair[0], pair[1]))


def test_a_thousand_random_queries_find_every_true_neighbour(
    embedding: EmbeddingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # percentiles take most of the time and are not looked at here
    monkeypatch.setattr("musegnn.embeddings.neighbours.BACKGROUND_PAIRS", 10)
    vectors = embedding.vectors.astype(float)
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    datasets = embedding.genes[keys.DATASET].to_numpy()
    rng = np.random.default_rng(1)
    found = 0
    for row in rng.choice(1200, 1000, replace=False):
        others = np.flatnonzero((datasets == datasets[row]) & (np.arange(1200) != row))
        true = others[np.argsort(-(unit[others] @ unit[row]))[:50]]
        table = nearest_neighbours(embedding, int(row), k=50)
        found += len(set(table["row"]) & set(true))
    assert found / (1000 * 50) == 1.000


@pytest.mark.parametrize("row", [0, 1, 2, 700, 1199])
def test_order_and_cosines_equal_brute_force(embedding: EmbeddingSet, row: int) -> None:
    candidates = embedding.rows_of_dataset(DATASETS[row % 3])
    expected = brute_force(embedding, row, candidates)[:20]
    table = nearest_neighbours(embedding, row)
    assert list(table.columns) == ["row", "cosine", "rank", "percentile", "mutual"]
    assert table["row"].tolist() == [other for _, other in expected]
    np.testing.assert_allclose(table["cosine"], [cosine for cosine, _ in expected], atol=1e-6)
    assert table["rank"].tolist() == list(range(1, 21))


@pytest.mark.parametrize("k", [1, 5, 30])
def test_mutual_means_that_the_query_is_among_the_best_of_its_neighbour(
    embedding: EmbeddingSet, k: int
) -> None:
    for row in (3, 4, 5):
        candidates = embedding.rows_of_dataset(DATASETS[row % 3])
        table = nearest_neighbours(embedding, row, k=k)
        expected = [
            row in [other for _, other in brute_force(embedding, neighbour, candidates)[:k]]
            for neighbour in table["row"]
        ]
        assert table["mutual"].tolist() == expected
    if k == 5:
        assert len(set(expected)) == 2  # or the case proves nothing


def test_mutual_counts_the_candidates_when_those_are_given(embedding: EmbeddingSet) -> None:
    candidates = np.arange(100, 160)
    row = 7  # not among them
    table = nearest_neighbours(embedding, row, k=4, candidates=candidates)
    expected = [
        row in [other for _, other in brute_force(embedding, neighbour, [*candidates, row])[:4]]
        for neighbour in table["row"]
    ]
    assert table["mutual"].tolist() == expected


def test_the_percentile_is_the_share_of_random_pairs_that_are_less_alike(
    embedding: EmbeddingSet,
) -> None:
    candidates = embedding.rows_of_dataset("blood")
    vectors = embedding.vectors[candidates].astype(float)
    unit = vectors / np.linalg.norm(vectors, axis=1)[:, None]
    pairs = (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    table = nearest_neighbours(embedding, 0, k=len(candidates))
    exact = np.array([100 * (pairs < cosine).mean() for cosine in table["cosine"]])
    # standard error of a share of 20,000 draws: at most 0.35 %
    assert np.abs(table["percentile"] - exact).max() < 4 * 50 / np.sqrt(BACKGROUND_PAIRS)
    assert table["percentile"].is_monotonic_decreasing
    assert table["percentile"].between(0, 100).all()
    assert table["percentile"].iloc[0] > 90
    assert table["percentile"].iloc[-1] < 10


def test_the_same_seed_gives_the_same_percentiles_and_another_seed_does_not(
    embedding: EmbeddingSet,
) -> None:
    one, two, other = (
        nearest_neighbours(embedding, 9, k=200, seed=seed)["percentile"] for seed in (0, 0, 1)
    )
    assert one.equals(two)
    assert not one.equals(other)


def test_only_the_own_context_is_searched_unless_told_otherwise(embedding: EmbeddingSet) -> None:
    datasets = embedding.genes[keys.DATASET]
    own = nearest_neighbours(embedding, 10, k=500)
    assert len(own) == 399
    assert set(datasets.iloc[own["row"]]) == {"lung"}
    everything = nearest_neighbours(embedding, 10, k=5000, candidates=np.arange(1200))
    assert sorted(everything["row"]) == [i for i in range(1200) if i != 10]


def test_the_order_of_the_candidates_does_not_matter(embedding: EmbeddingSet) -> None:
    candidates = np.random.default_rng(0).permutation(300)
    one = nearest_neighbours(embedding, 500, candidates=candidates)
    two = nearest_neighbours(embedding, 500, candidates=np.sort(candidates))
    assert one.equals(two)


def test_ties_go_by_row_and_count_as_equally_close() -> None:
    vectors = np.tile([1.0, 2.0], (6, 1))
    table = nearest_neighbours(make_set(vectors, ["blood"] * 6), 3, k=4)
    assert table["row"].tolist() == [0, 1, 2, 4]
    assert table["mutual"].all()
    assert table["cosine"].tolist() == pytest.approx([1] * 4)


def test_a_vector_of_zeros_is_alike_to_nothing_and_stays_finite() -> None:
    vectors = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    table = nearest_neighbours(make_set(vectors, ["blood"] * 4), 0, k=3)
    assert table["cosine"].tolist() == [0, 0, 0]
    assert table["row"].tolist() == [1, 2, 3]


def test_a_gene_alone_in_its_context_has_no_neighbours() -> None:
    embedding = make_set(np.eye(3), ["blood", "lung", "lung"])
    table = nearest_neighbours(embedding, 0)
    assert table.empty
    assert list(table.columns) == ["row", "cosine", "rank", "percentile", "mutual"]
    assert nearest_neighbours(embedding, 0, candidates=np.array([], dtype=int)).empty


@pytest.mark.parametrize("k", [0, -1])
def test_a_number_of_neighbours_that_is_not_positive_is_refused(
    embedding: EmbeddingSet, k: int
) -> None:
    with pytest.raises(InputError, match=f"Expected `k` to be greater than 0, found {k}"):
        nearest_neighbours(embedding, 0, k=k)


@pytest.mark.parametrize("row", [-1, 1200])
def test_a_row_that_does_not_exist_is_refused(embedding: EmbeddingSet, row: int) -> None:
    with pytest.raises(InputError, match=f"Expected a row between 0 and 1199, found {row}"):
        nearest_neighbours(embedding, row)


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5]), max_size=30), st.integers(1, 12))
def test_nearest_first_is_the_head_of_a_full_sort(values: list[float], k: int) -> None:
    cosine, rows = np.array(values, dtype=np.float32), np.arange(len(values))[::-1].copy()
    expected = sorted(range(len(values)), key=lambda i: (-cosine[i], rows[i]))[:k]
    assert nearest_first(cosine, rows, k=k).tolist() == expected


def test_one_comparison_answers_all_that_is_asked_of_it(embedding: EmbeddingSet) -> None:
    row = 10
    compared = compare_rows(embedding, row)
    expected = brute_force(embedding, row, embedding.rows_of_dataset("lung"))
    by_row = {other: cosine for cosine, other in expected}
    assert compared.rows.tolist() == sorted(by_row)
    assert compared.cosines.tolist() == pytest.approx([by_row[i] for i in compared.rows], abs=1e-5)
    assert compared.rows[compared.nearest(9)].tolist() == [other for _, other in expected[:9]]
    fits = compared.rows % 2 == 1
    listed = compared.table(5, fits=fits)
    odd = [(rank, other) for rank, (_, other) in enumerate(expected, 1) if other % 2]
    assert list(zip(listed["rank"], listed["row"], strict=True)) == odd[:5]
