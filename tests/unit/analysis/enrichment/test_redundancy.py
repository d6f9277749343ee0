import numpy as np
import pytest

from musegnn.analysis.enrichment.redundancy import represented_by
from musegnn.analysis.enrichment.term_index import build_term_index
from musegnn.errors import InputError


def naive(terms, sets, background, overlap):
    kept, answer = [], []
    for term in terms:
        own = sets[term] & background
        scores = [
            (len(own & (sets[k] & background)) / len(own | (sets[k] & background)), k) for k in kept
        ]
        near = [(score, k) for score, k in scores if score >= overlap and score > 0]
        if near:
            answer.append(max(near, key=lambda pair: (pair[0], -kept.index(pair[1])))[1])
        else:
            kept.append(term)
            answer.append(term)
    return answer


@pytest.mark.parametrize("overlap", [0.1, 0.3, 0.5, 0.9, 1.0])
def test_equal_to_a_plain_loop_over_sets(overlap):
    rng = np.random.default_rng(5)
    genes = [f"G{number}" for number in range(40)]
    sets = {f"t{i}": set(rng.choice(genes, rng.integers(1, 25), replace=False)) for i in range(60)}
    sets["copy"] = set(sets["t3"])
    index = build_term_index(sets)
    background = set(genes[:30])
    terms = [term for term in rng.permutation(list(sets)) if sets[term] & background]
    found = represented_by(terms, index=index, background=index.mask(background), overlap=overlap)
    assert found == naive(terms, sets, background, overlap)


def test_the_best_of_equal_terms_is_kept():
    index = build_term_index({"a": ["X", "Y"], "b": ["X", "Y"], "c": ["Z"]})
    found = represented_by(["b", "a", "c"], index=index, background=index.mask({"X", "Y", "Z"}))
    assert found == ["b", "b", "c"]


def test_no_terms_and_a_wrong_overlap():
    index = build_term_index({"a": ["X"]})
    assert represented_by([], index=index, background=index.mask({"X"})) == []
    with pytest.raises(InputError, match="between 0 and 1"):
        represented_by(["a"], index=index, background=index.mask({"X"}), overlap=1.5)
