import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.regulation import COLUMNS, read_regulation
from musegnn.errors import InputError


def table(*rows):
    return pd.DataFrame([(*row, source, "1", "") for *row, source in rows], columns=list(COLUMNS))


def random_table(n=400, seed=0):
    rng = np.random.default_rng(seed)
    names = [f"G{i}" for i in range(25)]
    rows = {
        (str(a), str(b), str(s)): (str(a), str(b), int(v), str(g), str(s))
        for a, b, v, g, s in zip(
            rng.choice(names[:8], n),
            rng.choice(names, n),
            rng.choice([-1, 0, 1], n),
            rng.choice(["A", "B", "C", "D", "E", ""], n),
            rng.choice(["x", "y", "z"], n),
            strict=True,
        )
    }
    return table(*rows.values())


def test_pairs_equal_a_loop_over_the_rows():
    whole = random_table()
    rank = {"A": 0, "B": 1, "C": 2, "": 2, "D": 3, "E": 4}
    for least in "ABCDE":
        kept = [
            row
            for row in whole.itertuples()
            if rank[row.confidence] <= rank[least] and row.regulator != row.target
        ]
        expected = {}
        for row in kept:
            entry = expected.setdefault((row.regulator, row.target), [set(), [], 0])
            entry[0].add(row.sign)
            entry[1].append(rank[row.confidence])
            entry[2] += 1
        found = read_regulation(whole, least=least)
        assert [tuple(pair) for pair in found.pairs[["regulator", "target"]].to_numpy()] == sorted(
            expected
        )
        for row in found.pairs.itertuples():
            signs, ranks, n = expected[row.regulator, row.target]
            signs = signs - {0}
            assert row.sign == (signs.pop() if len(signs) == 1 else 0)
            assert row.rank == min(ranks) == rank[row.confidence]
            assert row.n_sources == n == len(found.evidence(row.regulator, row.target))


def test_matrices_and_partners_agree_with_the_pairs():
    found = read_regulation(random_table(), least="E")
    for row in found.pairs.itertuples():
        i, j = found.regulators.get_loc(row.regulator), found.targets.get_loc(row.target)
        assert found.signs[i, j] == row.sign
        assert found.links[i, j] == 1
        assert row.target in found.partners(row.regulator)
        assert row.regulator in found.partners(row.target)
    assert found.links.nnz == len(found.pairs)
    assert found.partners("nobody") == []


def test_pairs_among_genes_have_both_sides_inside():
    found = read_regulation(random_table(), least="E")
    genes = {"G1", "G2", "G3", "G20", "nobody"}
    pairs = found.pairs
    expected = pairs[pairs["regulator"].isin(genes) & pairs["target"].isin(genes)]
    pd.testing.assert_frame_equal(found.among(genes), expected)
    assert found.among(()).empty


def test_opposite_sources_leave_the_sign_open_and_self_regulation_is_left_out():
    rows = [("A", "B", 1, "A", "x"), ("A", "B", -1, "B", "y"), ("A", "A", 1, "A", "x")]
    found = read_regulation(table(*rows))
    assert found.pairs[["regulator", "target", "sign"]].to_numpy().tolist() == [["A", "B", 0]]


def test_hidden_pairs_are_gone_as_if_nobody_knew_them():
    found = read_regulation(random_table(), least="E")
    rest = found.without(np.array([0, 3]))
    assert len(rest.pairs) == len(found.pairs) - 2
    gone = tuple(found.pairs.loc[3, ["regulator", "target"]])
    assert rest.evidence(*gone).empty
    kept = tuple(found.pairs.loc[4, ["regulator", "target"]])
    pd.testing.assert_frame_equal(rest.evidence(*kept), found.evidence(*kept))


def test_an_empty_table_is_no_regulation():
    found = read_regulation(pd.DataFrame(columns=list(COLUMNS)))
    assert found.is_empty
    assert found.among(["A"]).empty
    assert found.partners("A") == []


def test_wrong_tables_and_grades_are_refused():
    with pytest.raises(InputError, match="found no column sign"):
        read_regulation(random_table().drop(columns="sign"))
    with pytest.raises(InputError, match="Expected `confidence` to be one of A, B"):
        read_regulation(random_table(), least="F")
