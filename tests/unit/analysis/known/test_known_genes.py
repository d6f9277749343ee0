"""Known or new: percentiles are those of a loop, even by chance, and what is not known is said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from musegnn import keys
from musegnn.analysis.known.knowledge_space import KnowledgeSpace, make_space, read_shipped_space
from musegnn.analysis.known.known_genes import (
    HARDLY,
    KNOWN,
    NEW,
    NO_ORTHOLOG,
    NOT_KNOWN,
    OPEN,
    SAME,
    KnownGenes,
    is_of_cells,
)
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.settings import REPOSITORY

N, M, D = 300, 3, 12


def made(seed: int = 0) -> KnowledgeSpace:
    """Genes of random vectors, some missing in a modality, some of them hardly studied."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(N, M, D))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    present = rng.random((N, M)) < 0.7
    present[:, 0] |= ~present.any(axis=1)
    vectors *= present[:, :, None]
    return KnowledgeSpace(
        tuple(f"G{i:03d}" for i in range(N)),
        ("a", "b", "c"),
        vectors.reshape(N, -1).astype(np.float32),
        present,
        rng.poisson(8, N).astype(np.int64),
        rng.poisson(5, N).astype(np.int64),
        "made",
    )


def test_similarity_and_percentile_are_those_of_a_loop():
    space = made()
    cut = space.vectors.reshape(N, M, D)

    def cosine(a: int, b: int) -> float:
        both = [m for m in range(M) if space.present[a, m] and space.present[b, m]]
        return float(np.mean([cut[a, m] @ cut[b, m] for m in both])) if both else np.nan

    others = np.arange(1, 40)
    found, percent = space.percentiles(0, others)
    for number, other in enumerate(others):
        expected = cosine(0, other)
        np.testing.assert_allclose(found[number], expected, atol=1e-6)
        pool = [cosine(0, g) for g in range(1, N) if space.bins[g] == space.bins[other]]
        pool = [value for value in pool if not np.isnan(value)]
        if np.isnan(expected):
            assert np.isnan(percent[number])
        else:
            below = sum(value < expected - 1e-6 for value in pool) + 0.5
            assert percent[number] == pytest.approx(100 * below / len(pool))


def test_bins_are_of_one_size_and_like_by_like():
    space = made()
    assert np.bincount(space.bins).tolist() == [12] * 25
    highest = [space.annotation[space.bins // 5 == group].max() for group in range(5)]
    assert highest == sorted(highest)


def test_percentiles_of_random_pairs_are_even():
    space = made(1)
    percent = np.concatenate([space.percentiles(g, np.arange(g + 1, N))[1] for g in range(60)])
    half_a_step = 0.5 / 12  # bins are of 12 genes here
    assert kstest(percent[~np.isnan(percent)] / 100, "uniform").statistic < half_a_step + 0.02


@pytest.fixture(scope="module")
def shipped():
    return read_shipped_space()


@pytest.fixture(scope="module")
def atlas_of_cells():
    return read_embedding_set(REPOSITORY / "data" / "atlas")


@pytest.fixture(scope="module")
def known(atlas_of_cells, shipped):
    return KnownGenes(atlas_of_cells, GeneSearch(atlas_of_cells).ortholog_groups, shipped)


def test_textbook_company_is_known_and_strangers_are_not(shipped):
    pairs = [("CD3E", "CD3D"), ("PSMA1", "PSMB5"), ("INS", "GCG"), ("KRT5", "KRT14")]
    for first, second in pairs:
        row, other = shipped.rows_of([first, second])
        assert shipped.percentiles(int(row), np.array([other]))[1][0] > 95
    row, other = shipped.rows_of(["INS", "PSMA1"])
    assert shipped.percentiles(int(row), np.array([other]))[1][0] < 90


def test_co_expression_of_the_atlas_is_no_knowledge(shipped):
    assert "co-expression" not in shipped.modalities
    assert len(shipped.modalities) == 7


def test_each_pair_gets_a_word_and_numbers_only_where_both_are_known(known, atlas_of_cells):
    genes = atlas_of_cells.genes
    seen = set()
    for species in ("human", "mouse"):
        rows = np.flatnonzero((genes[keys.SPECIES_COLUMN].astype(str) == species).to_numpy())
        row = int(rows[np.flatnonzero(known.places[rows] >= 0)[0]])
        others = rows[genes[keys.DATASET].iloc[rows] == genes[keys.DATASET].iloc[row]]
        told = known.of_pairs(row, others)
        has = told["knowledge_percentile"].notna()
        assert set(told["known"][has]) <= {KNOWN, OPEN, NEW, HARDLY}
        assert set(told["known"][~has]) <= {NO_ORTHOLOG, NOT_KNOWN, SAME}
        assert told["knowledge_percentile"][has].between(0, 100).all()
        if species == "human":
            assert NO_ORTHOLOG not in set(told["known"])
        assert told["known"][others == row].tolist() == [SAME]
        lacks = known.lacks_ortholog[others] & (others != row)
        assert (told["known"][lacks] == NO_ORTHOLOG).all()
        seen |= set(told["known"])
    assert {KNOWN, OPEN, NEW, SAME, NO_ORTHOLOG} <= seen


def test_knowledge_is_not_held_against_knowledge(atlas_of_cells):
    assert is_of_cells(atlas_of_cells, 0)
    fused = read_embedding_set(REPOSITORY / "data" / "fused")
    assert not is_of_cells(fused, 0)


def test_a_set_that_is_not_fused_is_refused(atlas_of_cells):
    with pytest.raises(InputError, match="a context `fused` and modalities"):
        make_space(atlas_of_cells)
