"""What pairs of datasets of one tissue say is kept, and does not hang on what was asked before."""

import dataclasses

import numpy as np
import pytest

from musegnn.analysis.comparison import same_tissue_null as null
from musegnn.analysis.comparison.context_alignment import common_genes
from musegnn.analysis.comparison.sampling_null import MOST_FRACTION
from tests.toy_contexts import Context, gene_names, make_set

NAMES = [f"liver_{i}" for i in range(4)] + [f"skin_{i}" for i in range(3)]


@pytest.fixture
def embedding():
    rng = np.random.default_rng(0)
    base = rng.normal(size=(130, 8))
    contexts = [
        Context(
            name,
            gene_names(130),
            (base + 0.3 * rng.normal(size=base.shape)).astype(np.float32),
            tissue=name[:-2],
        )
        for name in NAMES
    ]
    return make_set(*contexts)


def test_a_second_comparison_computes_no_pair_again(embedding, monkeypatch):
    asked = []
    compute = null._pairing
    monkeypatch.setattr(
        null, "_pairing", lambda *args: (asked.append(args[1].names[0]), compute(*args))[1]
    )
    ask = lambda pair: null.same_tissue_null(embedding, common_genes(embedding, *pair), k=10)  # noqa: E731
    first = ask(("liver_0", "skin_0"))
    assert len(first.pairs) == len(asked) == 6 + 3
    second = ask(("liver_1", "skin_2"))
    assert len(asked) == 9
    np.testing.assert_array_equal(first.values, second.values)
    third = ask(("liver_0", "liver_1"))  # without itself
    assert len(asked) == 9
    assert set(first.pairs) - set(third.pairs) == {("liver_0", "liver_1")}


def test_the_answer_does_not_hang_on_the_order_of_questions(embedding):
    pairs = [("liver_0", "skin_0"), ("liver_2", "liver_3"), ("skin_1", "skin_2")]

    def answers(order):
        fresh = dataclasses.replace(embedding)
        return {
            pair: null.same_tissue_null(fresh, common_genes(fresh, *pair), k=10, seed=4)
            for pair in order
        }

    forward, backward = answers(pairs), answers(pairs[::-1])
    for pair in pairs:
        assert forward[pair].pairs == backward[pair].pairs
        np.testing.assert_array_equal(forward[pair].values, backward[pair].values)
        np.testing.assert_array_equal(forward[pair].mean, backward[pair].mean)


def test_kept_pairs_never_grow_without_end(embedding, monkeypatch):
    monkeypatch.setattr(null, "_MOST_KEPT", 5)
    common = common_genes(embedding, "liver_0", "skin_0")
    whole = null.same_tissue_null(embedding, common, k=10)
    assert len(embedding.kept("same_tissue_null")) <= 5
    assert len(whole.pairs) == 9


@pytest.mark.parametrize("k", [1, 5, 20, 60])
def test_so_many_genes_are_drawn_as_all_of_like_size_share(k):
    sizes = {n: null._n_drawn(n, k) for n in range(10, 3000)}
    for n, drawn in sizes.items():
        assert drawn <= min(n, null.MOST_GENES)
        assert drawn * null._STEP >= min(n, null.MOST_GENES) - 2 or drawn == n
        if k <= MOST_FRACTION * (min(n, null.MOST_GENES) - 1):
            assert k <= MOST_FRACTION * (drawn - 1)  # who can be tested stays so
    assert len({drawn for n, drawn in sizes.items() if n > 250}) < 20


def test_two_of_one_tissue_are_compared_with_mostly_the_same_pairs(embedding, monkeypatch):
    monkeypatch.setattr(null, "MOST_PAIRS", 5)
    usual = null.same_tissue_null(embedding, common_genes(embedding, "liver_0", "skin_0"), k=10)
    before = set(embedding.kept("same_tissue_null"))
    pairs = [*usual.pairs, ("liver_2", "liver_3")]
    for pair in pairs:
        found = null.same_tissue_null(embedding, common_genes(embedding, *pair), k=10)
        assert pair not in found.pairs
        assert len(found.pairs) == 5
    # nine pairs there are, and none is looked at twice
    assert len(set(embedding.kept("same_tissue_null")) | before) <= 9


@pytest.mark.parametrize("n_tissues", [1, 2, 3])
@pytest.mark.parametrize("is_measured", [True, False])
def test_each_tissue_is_standardised_by_the_others(n_tissues, is_measured):
    rng = np.random.default_rng(n_tissues)
    pairings = []
    for i in range(6):
        both = rng.random(40 + i) if is_measured else np.zeros(40 + i)
        told = [np.ones_like(both), np.sqrt(both), both, both / 2]
        described = np.column_stack([*told, *rng.normal(size=(4, len(both)))])
        nearness = both + (0.2 + both) * rng.normal(size=len(both))
        pairings.append(
            null.Pairing((f"a{i}", f"b{i}"), (f"{i % n_tissues}",), nearness, described)
        )

    def fit(chosen):
        x = np.vstack([one.described for one in chosen])
        y = np.concatenate([one.nearness for one in chosen])
        ridge = np.sqrt(null._RIDGE * len(x)) * np.eye(8)
        mean = np.linalg.lstsq(np.vstack([x, ridge]), np.append(y, np.zeros(8)))[0]
        spread = np.linalg.lstsq(x[:, :3], np.log((y - x @ mean) ** 2 + 1e-3))[0]
        spread[0] += np.log(np.mean((y - x @ mean) ** 2 / np.exp(x[:, :3] @ spread)))
        return mean, spread

    expected = []
    for one in pairings:
        others = [p for p in pairings if (p.kind != one.kind if n_tissues > 1 else p is not one)]
        mean, spread = fit(others)
        left = one.nearness - one.described @ mean
        expected += [left / np.exp(one.described[:, :3] @ spread / 2)]
    values, fitted = null._standardise(pairings)
    np.testing.assert_allclose(values, np.sort(np.concatenate(expected)), rtol=1e-8, atol=1e-8)
    for own, wanted in zip(fitted, fit(pairings), strict=True):
        np.testing.assert_allclose(own, wanted, rtol=1e-8, atol=1e-8)
