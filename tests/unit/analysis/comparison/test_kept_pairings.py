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
