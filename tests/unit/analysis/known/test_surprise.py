"""Surprising company: permuted genes give even p and no pair, planted pairs are found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, kstest

from musegnn.analysis.known import surprise
from musegnn.analysis.known.knowledge_space import read_shipped_space
from musegnn.analysis.known.known_genes import KnownGenes
from musegnn.analysis.known.surprise import (
    bins_of,
    pair_p_values,
    permute_genes,
    surprising_company,
)
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.settings import REPOSITORY


def unit_of(rng, n=240, width=32):
    vectors = rng.normal(size=(n, width)) * np.linspace(2, 0.2, width) + 0.3
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def known():
    atlas = read_embedding_set(REPOSITORY / "data" / "atlas")
    return KnownGenes(atlas, GeneSearch(atlas).ortholog_groups, read_shipped_space())


def test_bins_are_thirds_of_thirds():
    bins = bins_of(np.arange(90), np.tile(np.arange(30), 3))
    assert np.bincount(bins).tolist() == [10] * 9


def test_permuted_genes_keep_bins_and_lengths_and_lose_company():
    rng = np.random.default_rng(0)
    unit = np.repeat(unit_of(rng, 60), 4, axis=0)
    bins = np.arange(240) // 4 % 3
    permuted = permute_genes(unit, bins, rng)
    np.testing.assert_allclose(np.linalg.norm(permuted, axis=1), 1)
    np.testing.assert_allclose((unit[:4] @ unit[:4].T), 1, atol=1e-6)
    assert (permuted[:4] @ permuted[:4].T)[0, 1] < 0.95


def test_p_of_real_contexts_with_permuted_genes_are_even_and_no_pair_stands_out(known):
    atlas = known.embedding
    rng = np.random.default_rng(5)
    for context in ("human_pbmc4k_10x", "mouse_olfactory_bulb_rep11"):
        rows = atlas.rows_of_dataset(context)
        bins = np.arange(len(rows)) % 9
        permuted = permute_genes(atlas.unit_vectors[rows], bins, rng)
        p = pair_p_values(permuted, bins, seed=1, shuffles=2)
        assert kstest(p, "uniform").statistic < 0.05
        assert (p < 0.05).mean() < 0.06
        assert (false_discovery_control(p) < 0.05).sum() <= 2


def test_planted_twins_stand_out_and_the_same_seed_gives_the_same():
    rng = np.random.default_rng(1)
    unit = unit_of(rng)
    unit[1] = unit[0]
    bins = np.arange(len(unit)) % 3
    p = pair_p_values(unit, bins)
    assert p[0] == p.min() < 1e-4
    np.testing.assert_array_equal(p, pair_p_values(unit, bins))


def test_the_atlas_has_company_that_is_known_and_some_that_is_not(known):
    found = surprising_company(known, "human_pbmc4k_10x")
    table = found.table
    assert found.n_significant > 1_000
    assert found.n_known > 2 * 0.05 * found.n_asked  # chance, of the higher of two ways, is .1
    assert (table["q"] < 0.05).all()
    told = table[table["kind"] == surprise.LIKELY_NEW]
    assert len(told) == found.n_surprising
    assert (told["knowledge_percentile"] < 50).all()
    assert not (table["knowledge_percentile"] >= 95).any()
    ribosomal = table[table["gene"].str.match(r"RP[LS]\d") & table["other"].str.match(r"RP[LS]\d")]
    assert set(ribosomal["kind"]) <= {surprise.RIBOSOMAL}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        *(("KRT5", "KRT14", True), ("CD3D", "CD3E", True), ("HLA-DRA", "HLA-DRB1", True)),
        *(("INS", "GCG", False), ("IL2", "IL6", False), ("HBA1", "HBA2", True)),
        ("FCER1A", "FCER1G", True),
    ],
)
def test_families_are_told_by_name(first, second, expected):
    assert surprise._are_family(first, second) == expected


def test_contexts_of_knowledge_and_unknown_ones_are_refused(known):
    with pytest.raises(InputError, match="human_pbmc4k_10x"):
        surprising_company(known, "human_pbmc4k_10y")
    fused = read_embedding_set(REPOSITORY / "data" / "fused")
    knowledge = KnownGenes(fused, GeneSearch(fused).ortholog_groups, known.space)
    with pytest.raises(InputError, match="to 6,000 genes, found 16,715"):
        surprising_company(knowledge, "GO")
