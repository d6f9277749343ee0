"""Two tissues with contexts as replicates: naive loops, planted and shuffled tissues, words."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from musegnn.analysis.comparison.context_alignment import common_genes
from musegnn.analysis.comparison.nearness_null import mutual_nearness
from musegnn.analysis.comparison.ranked_lists import neighbour_ranks
from musegnn.analysis.comparison.tissue_change import tissue_change, tissue_sentences
from musegnn.errors import InputError
from tests.toy_contexts import gene_names, make_set, noisy_contexts

N_GENES, K = 90, 10


def two_tissues(sizes=(4, 4), planted=12, seed=0, noise=0.3):
    """Contexts of two tissues, and the names of the genes that are elsewhere in the second."""
    rng = np.random.default_rng(seed)
    contexts = noisy_contexts(rng, sum(sizes), N_GENES, noise=noise)
    chosen = rng.permutation(N_GENES)[:planted]
    elsewhere = rng.normal(size=(planted, contexts[0].vectors.shape[1]))
    for number in range(sizes[0], sum(sizes)):
        vectors = contexts[number].vectors.copy()
        vectors[chosen] = elsewhere + noise * rng.normal(size=elsewhere.shape)
        contexts[number] = replace(contexts[number], vectors=vectors, tissue="heart")
    return contexts, {gene_names(N_GENES)[i] for i in chosen}


def nearness_in(embedding, first, second):
    common = common_genes(embedding, first, second)
    ranks = [
        neighbour_ranks(embedding.unit_vectors[r]) for r in (common.first_rows, common.second_rows)
    ]
    return dict(zip(common.names, mutual_nearness(ranks[0], ranks[1], K), strict=True))


def test_effect_and_p_equal_loops_over_all_ways():
    contexts, _ = two_tissues((3, 4))
    # a gene that one context lacks
    last = contexts[-1]
    contexts[-1] = replace(last, names=last.names[1:], vectors=last.vectors[1:], degrees=None)
    embedding = make_set(*contexts)
    change = tissue_change(embedding, "liver", "heart", k=K)
    names = [context.name for context in contexts]
    near = {pair: nearness_in(embedding, *pair) for pair in combinations(names, 2)}

    def effect(gene, second):
        within, across = [], []
        for (a, b), found in near.items():
            if gene in found:
                (within if (a in second) == (b in second) else across).append(found[gene])
        return np.mean(within) - np.mean(across)

    ways = list(combinations(names, 4))
    assert change.n_ways == len(ways) == 35
    for row in change.table.iloc[::11].itertuples():
        effects = [effect(row.gene, way) for way in ways]
        own = effect(row.gene, tuple(names[3:]))
        assert row.effect == pytest.approx(own)
        assert row.p == pytest.approx(np.mean([e >= own - 1e-12 for e in effects]))
        assert row.effect == pytest.approx(
            np.mean(
                [
                    found[row.gene]
                    for (a, b), found in near.items()
                    if row.gene in found and (a in names[3:]) == (b in names[3:])
                ]
            )
            - row.across
        )
    missing = change.table.set_index("gene").loc[last.names[0]]
    assert (missing["n_first"], missing["n_second"]) == (3, 3)


def test_planted_genes_are_called_with_intervals_above_zero():
    contexts, planted = two_tissues((5, 5))
    change = tissue_change(make_set(*contexts), "liver", "heart", k=K)
    called = change.table[change.table["call"] == "differs"]
    assert len(planted & set(called["gene"])) >= 10
    assert (called["effect"] > 0).all()
    top = change.table[change.table["gene"].isin(planted)]
    assert (top["effect_low"] > 0).mean() > 0.8
    assert change.overall_p <= 0.05
    assert set(change.table["gene"].head(8)) <= planted


def test_shuffled_tissues_are_called_as_often_as_chance_allows():
    shares = []
    for seed in range(8):
        contexts, _ = two_tissues((4, 4), planted=0, seed=seed)
        change = tissue_change(make_set(*contexts), "liver", "heart", k=K)
        shares.append((change.table["p"] <= 0.05).mean())
        assert change.n_differing == 0
    assert np.mean(shares) < 0.08


def test_what_cannot_be_tested_is_said_with_what_it_would_take():
    contexts, _ = two_tissues((3, 1))
    change = tissue_change(make_set(*contexts), "liver", "heart", k=K)
    assert change.note.startswith("3 datasets of liver and 1 dataset of heart can be shared out")
    assert "3 more of heart would do" in change.note
    assert change.n_differing == 0
    contexts, _ = two_tissues((3, 3))
    change = tissue_change(make_set(*contexts), "liver", "heart", k=K)
    assert "1 more of heart would do" in change.note
    assert change.table["p"].isna().all()
    assert (change.table["call"] == "not tested").all()
    assert change.table["effect"].notna().all()
    assert any("cannot be tested" in line for line in tissue_sentences(change))


def test_technique_that_goes_with_the_tissue_is_told():
    contexts, _ = two_tissues((3, 4))
    contexts = [replace(c, modality="spatial") if c.tissue == "heart" else c for c in contexts]
    change = tissue_change(make_set(*contexts), "liver", "heart", k=K)
    assert change.confounded == "technique (scrna against spatial)"
    assert "may be that" in tissue_sentences(change)[-1]


def test_contexts_of_the_same_cells_are_not_compared():
    contexts, _ = two_tissues((4, 4))
    embedding = make_set(*contexts)
    change = tissue_change(embedding, "liver", "heart", k=K, share_cells=[("c0", "c1")])
    whole = tissue_change(embedding, "liver", "heart", k=K)
    near = [nearness_in(embedding, a, b) for a, b in combinations(["c0", "c1", "c2", "c3"], 2)][1:]
    row = change.table.iloc[0]
    assert row["within_first"] == pytest.approx(np.mean([found[row["gene"]] for found in near]))
    assert not np.allclose(whole.table["within_first"], change.table["within_first"])


@pytest.mark.parametrize(
    ("tissues", "message"),
    [(("liver", "liver"), "Expected two tissues"), (("liver", "hart"), "Did you mean 'heart'")],
)
def test_tissues_that_cannot_be_compared_are_refused(tissues, message):
    contexts, _ = two_tissues((2, 2))
    with pytest.raises(InputError, match=message):
        tissue_change(make_set(*contexts), *tissues, k=K)
