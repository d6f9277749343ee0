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
    company_of,
    known_bins,
    pair_p_values,
    permute_genes,
    stand_out,
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


def test_bins_are_finer_among_hubs_and_halved_by_annotation():
    bins = bins_of(np.arange(1000), np.tile(np.arange(10), 100))
    assert np.bincount(bins).tolist() == [
        *(167, 166, 167, 167, 67, 66, 50, 50, 25, 25, 15, 15, 10, 10)
    ]
    assert set(bins[-20:]) == {12, 13}
    few = np.bincount(bins_of(np.arange(60), np.zeros(60)))
    assert few.tolist() == [10] * 6


def ranked(values, n):
    """Which of n equal parts each value is in."""
    place = np.empty(len(values), dtype=int)
    place[np.argsort(values, kind="stable")] = np.arange(len(values))
    return place * n // len(values)


def test_permuted_genes_keep_bins_and_lengths_and_lose_company():
    rng = np.random.default_rng(0)
    unit = np.repeat(unit_of(rng, 60), 4, axis=0)
    bins = np.arange(240) // 4 % 3
    permuted = permute_genes(unit, bins, rng)
    np.testing.assert_allclose(np.linalg.norm(permuted, axis=1), 1)
    np.testing.assert_allclose((unit[:4] @ unit[:4].T), 1, atol=1e-6)
    assert (permuted[:4] @ permuted[:4].T)[0, 1] < 0.95


@pytest.mark.parametrize("parts", [14, 50])
@pytest.mark.parametrize("context", ["human_pbmc4k_10x", "mouse_liver_ST_CN16_E2"])
def test_p_of_permuted_genes_are_even_with_the_bins_that_ship(known, context, parts):
    # 50 parts by edges: the null has hubs that are alike within any bin, as real contexts have
    atlas = known.embedding
    rows = atlas.rows_of_dataset(context)
    degree = atlas.genes["degree"].to_numpy()[rows]
    shipped = known_bins(known, rows)
    within = shipped if parts == 14 else ranked(degree, parts)
    permuted = permute_genes(atlas.unit_vectors[rows], within, np.random.default_rng(5))
    p = pair_p_values(permuted, shipped, seed=1)
    first, second = np.triu_indices(len(rows), 1)
    hubs = ranked(degree, 10) == 9
    of_hubs = hubs[first] & hubs[second]
    assert kstest(p, "uniform").statistic < 0.05
    assert (p < 0.05).mean() < 0.06
    assert (p < 0.001).mean() < 0.002
    assert (p[of_hubs] < 0.05).mean() < 0.08
    assert (false_discovery_control(p) < 0.05).sum() == 0
    if parts == 50:  # thirds by edges are told apart by it
        coarse = pair_p_values(permuted, ranked(degree, 3), seed=1)
        assert (coarse[of_hubs] < 0.05).mean() > (p[of_hubs] < 0.05).mean() + 0.03


def test_planted_twins_stand_out_and_the_same_seed_gives_the_same():
    rng = np.random.default_rng(1)
    unit = unit_of(rng)
    unit[1] = unit[0]
    bins = np.arange(len(unit)) % 3
    p = pair_p_values(unit, bins)
    assert p[0] == p.min() < 1e-4
    np.testing.assert_array_equal(p, pair_p_values(unit, bins))


@pytest.fixture(scope="module")
def standing(known):
    return stand_out(known, "human_fetal_heart_ST")


def test_the_atlas_has_company_that_is_known_and_some_that_is_not(known, standing):
    found = company_of(known, standing)
    table = found.table
    assert found.n_significant == len(standing.pairs) > 1_000
    assert found.n_known > 2 * 0.05 * found.n_asked  # chance, of the higher of two ways, is .1
    assert (table["q"] < 0.05).all()
    told = table[table["kind"] == surprise.LIKELY_NEW]
    assert len(told) == found.n_surprising
    assert (told["knowledge_percentile"] < 50).all()
    assert not (table["knowledge_percentile"] >= 95).any()
    ribosomal = table[table["gene"].str.match(r"RP[LS]\d") & table["other"].str.match(r"RP[LS]\d")]
    assert set(ribosomal["kind"]) <= {surprise.RIBOSOMAL}


def test_the_company_of_a_gene_is_its_part_of_the_company_of_all(known, standing):
    every = company_of(known, standing).table
    gene = every["gene"].iloc[0]
    row = int(every["row"].iloc[0])
    found = company_of(known, standing, row)
    own = every[(every["row"] == row) | (every["other_row"] == row)]
    assert set(found.table["gene"]) == {gene}
    others = np.where(own["row"] == row, own["other_row"], own["row"])
    assert sorted(found.table["other_row"]) == sorted(others)
    np.testing.assert_allclose(
        found.table.sort_values("other_row")["q"],
        own.assign(far=others).sort_values("far")["q"],
    )
    assert found.n_pairs == standing.n_genes - 1


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
