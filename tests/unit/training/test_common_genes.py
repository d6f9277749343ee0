"""Common genes of many graphs against a loop over names."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from musegnn.training.common_genes import FEWEST, CommonGenes


def test_rows_and_pairs_equal_a_loop_over_names():
    rng = np.random.default_rng(0)
    names = [[f"G{i}" for i in rng.permutation(60)[: 10 + 8 * n]] for n in range(5)]
    common = CommonGenes(names)
    expected = set()
    for first, second in combinations(range(5), 2):
        rows, other = common.rows(first, second)
        pairs = [
            (i, names[second].index(name))
            for i, name in enumerate(names[first])
            if name in names[second]
        ]
        assert list(zip(rows.tolist(), other.tolist(), strict=True)) == pairs
        if len(pairs) >= FEWEST:
            expected.add((first, second))
    assert common.pairs == expected
    assert expected
    assert len(expected) < 10
