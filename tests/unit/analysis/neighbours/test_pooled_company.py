"""Pooled company: means over contexts, places, agreement, and the test between two pools."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn import keys
from musegnn.analysis.neighbours.pooled_company import (
    MOST_WAYS,
    POOLED_BY,
    pool_difference,
    pooled_company,
    pools_of,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.known_names import open_search
from musegnn.errors import InputError
from tests.toy_counts import real_genes
from tests.ui_fixtures import make_embedding

CONTEXTS = [
    *((f"liver_{i}", "human", "liver") for i in range(4)),
    *((f"skin_{i}", "human", "skin") for i in range(4)),
]


def make_atlas(n_genes=60, *, seed=0, left_out=(), same=False):
    """Genes on a line from the first one, in liver forwards and in skin backwards (or the same)."""
    rng = np.random.default_rng(seed)
    names = real_genes(n_genes)
    rows, vectors = [], []
    for context, species, tissue in CONTEXTS:
        for place, name in enumerate(names):
            if (context, place) in left_out:
                continue
            is_far = place if tissue == "liver" or same else (n_genes - place) % n_genes
            angle = 0.02 * is_far + rng.normal() * 0.002
            vectors.append([np.cos(angle), np.sin(angle)])
            rows.append(
                {
                    keys.GENE: name,
                    keys.GENE_ID: "",
                    keys.COMMON_GENE: name,
                    keys.ORTHOLOG: name,
                    keys.DATASET: context,
                    keys.SPECIES_COLUMN: species,
                    keys.TISSUE: tissue,
                    keys.MODALITY: "scrna",
                    keys.DEGREE: 1,
                    keys.MEAN: 1.0,
                    keys.CLUSTER: "0",
                }
            )
    table = pd.DataFrame(rows)
    datasets = pd.DataFrame(CONTEXTS, columns=["dataset", "species", "tissue"]).set_index("dataset")
    datasets = datasets.assign(modality="scrna", technique="10x", n_cells=100, n_genes=n_genes)
    embedding = EmbeddingSet(
        vectors=np.asarray(vectors, dtype=np.float32),
        table=table,
        layout=np.zeros((len(table), 2), dtype=np.float32),
        neighbour_graph=sparse.identity(len(table), dtype=np.float32, format="csr"),
        datasets=datasets,
        provenance=make_embedding().provenance,
    )
    return Atlas(embedding, open_search(embedding, None)), names


def test_places_and_closeness_are_those_of_a_hand_count():
    atlas, names = make_atlas()
    company = pooled_company(names[0], atlas=atlas, k=5)
    liver = company.partners[company.partners["pool"] == "liver"]
    assert liver["gene"].tolist()[:5] == list(names[1:6])
    assert liver["rank"].tolist()[:3] == [1, 2, 3]
    first = liver.iloc[0]
    assert (first["closeness"], first["low"], first["high"]) == (1.0, 1.0, 1.0)
    assert liver.iloc[-1]["closeness"] == 0.0
    assert (first["n_measured"], first["n_contexts"], first["n_nearest"]) == (4, 4, 4)
    skin = company.nearest("skin")
    assert skin["gene"].tolist() == list(names[:-6:-1])


def test_the_pool_asked_first_is_the_one_that_expresses_the_gene_most():
    atlas, names = make_atlas()
    for tissue in ("skin", "liver"):
        table = atlas.embedding.table
        means = np.where(table[keys.TISSUE] == tissue, 50.0, 0.5)
        told = replace(atlas.embedding, table=table.assign(**{keys.MEAN: means}))
        company = pooled_company(names[0], atlas=Atlas(told, atlas.search), k=5)
        assert company.pools["pool"].iloc[0] == tissue


def test_the_mean_is_over_the_contexts_that_have_both_genes():
    atlas, names = make_atlas(left_out={("liver_0", 1), ("liver_1", 1), ("liver_2", 1)})
    company = pooled_company(names[0], atlas=atlas, k=5)
    liver = company.partners[company.partners["pool"] == "liver"].set_index("gene")
    one = liver.loc[names[1]]
    assert (one["n_measured"], one["n_contexts"], one["n_nearest"]) == (1, 4, 1)
    assert np.isnan(one["rank"])  # fewer than half have it
    assert liver.loc[names[2], "rank"] == 1


def test_agreement_is_high_within_a_tissue_and_low_across():
    atlas, names = make_atlas()
    company = pooled_company(names[0], atlas=atlas, k=10)
    table = company.pools.set_index("pool")
    asked = company.pools["pool"].iloc[0]
    other = ({"liver", "skin"} - {asked}).pop()
    assert table.loc[asked, "within"] > 0.95
    assert table.loc[other, "to_asked"] < -0.5  # the order is turned round
    assert (table.loc[asked, "n_pairs"], table.loc[other, "n_pairs"]) == (6, 16)
    agreement = company.agreement.to_numpy()
    np.testing.assert_array_equal(agreement, agreement.T)


def test_a_turned_order_is_called_and_the_same_one_is_not():
    atlas, names = make_atlas()
    contexts = [name for name, *_ in CONTEXTS]
    company = pooled_company(names[0], atlas=atlas, k=10)
    found = pool_difference(company, contexts[:4], contexts[4:])
    assert found.p == pytest.approx(1 / 35)
    assert found.n_ways == 35
    assert found.effect > 1
    atlas, names = make_atlas(same=True)
    company = pooled_company(names[0], atlas=atlas, k=10)
    assert pool_difference(company, contexts[:4], contexts[4:]).p > 0.1


def test_p_of_contexts_that_do_not_differ_is_even():
    contexts = [name for name, *_ in CONTEXTS]
    atlas, names = make_atlas(25)
    company = pooled_company(names[0], atlas=atlas, k=5)
    p = []
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(size=(8, 8))
        agreement = pd.DataFrame(noise + noise.T, index=contexts, columns=contexts)
        own = replace(company, agreement=agreement)
        p.append(pool_difference(own, contexts[:4], contexts[4:]).p)
    assert 0.35 < np.mean(p) < 0.65
    assert np.mean(np.array(p) <= 0.1) < 0.25


def test_many_contexts_are_shared_out_by_draws():
    contexts = [f"c{number}" for number in range(18)]
    atlas, names = make_atlas(25)
    company = pooled_company(names[0], atlas=atlas, k=5)
    noise = np.random.default_rng(0).normal(size=(18, 18))
    apart = np.equal.outer(np.arange(18) < 9, np.arange(18) < 9)
    p = {}
    for gap in (0, 2):
        table = pd.DataFrame(noise + noise.T + gap * apart, index=contexts, columns=contexts)
        found = pool_difference(replace(company, agreement=table), contexts[:9], contexts[9:])
        assert found.n_ways == MOST_WAYS + 1  # comb(18, 9) is 48,620
        p[gap] = found.p
    assert p[0] > 0.05
    assert 1 / (MOST_WAYS + 1) <= p[2] <= 0.001


def test_too_few_contexts_are_told_with_what_it_takes():
    atlas, names = make_atlas()
    company = pooled_company(names[0], atlas=atlas)
    found = pool_difference(company, ["liver_0", "liver_1"], ["skin_0", "skin_1"])
    assert np.isnan(found.p)
    assert "3 ways" in found.note
    alone = pool_difference(company, ["liver_0"], ["skin_0"])
    assert np.isnan(alone.effect)
    assert "share enough genes" in alone.note


def test_contexts_with_hardly_a_gene_in_common_have_no_agreement():
    left_out = {("liver_0", place) for place in range(15, 60)}
    atlas, names = make_atlas(left_out=left_out)
    company = pooled_company(names[0], atlas=atlas)
    assert company.agreement.loc["liver_0"].isna().all()
    assert company.agreement.loc["liver_1", "liver_2"] > 0.9


@pytest.mark.parametrize("by", POOLED_BY)
def test_every_context_is_in_one_pool(by):
    embedding = make_embedding()
    pools = pools_of(embedding, by)
    listed = [name for names in pools.values() for name in names]
    assert sorted(listed) == sorted(map(str, embedding.datasets.index))
    company = pooled_company("CD3E", atlas=Atlas(embedding, open_search(embedding, None)), by=by)
    assert set(company.pools["pool"]) | set(company.absent) == set(pools)


def test_genes_of_two_species_are_one_in_a_pool():
    embedding = make_embedding()
    atlas = Atlas(embedding, open_search(embedding, None))
    company = pooled_company("CD3E", atlas=atlas, by="modality")
    assert not company.partners.duplicated(["pool", "gene"]).any()
    assert "CD3E" not in set(company.partners["gene"])
    (row,) = company.pools.itertuples()
    assert row.species == "human and mouse"


def test_what_is_not_there_is_said():
    atlas, names = make_atlas(30)
    with pytest.raises(InputError, match="found 'nothing', which no context has"):
        pooled_company("nothing", atlas=atlas)
    with pytest.raises(InputError, match=r"Expected a tissue that has .*, found 'bone'"):
        pooled_company(names[0], atlas=atlas, asked="bone")
    with pytest.raises(InputError, match="by"):
        pooled_company(names[0], atlas=atlas, by="colour")
    with pytest.raises(InputError, match="k"):
        pooled_company(names[0], atlas=atlas, k=0)
