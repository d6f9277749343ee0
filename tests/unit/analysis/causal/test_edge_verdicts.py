import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.edge_verdicts import (
    RULES,
    SCORED,
    expected_sign,
    judge,
    rules_table,
    score_edges,
)

USUAL = {
    "sign": 1,
    "rank": 0,
    "n_sources": 1,
    "here": 0.0,
    "agree": 0,
    "oppose": 0,
    "frequency": np.nan,
}
A, B, C, D, E, NONE = 0, 1, 2, 3, 4, -1


def verdict(**changes):
    found = judge(pd.DataFrame([{**USUAL, **changes}]))
    return found["verdict"][0], found["rule"][0].split()[0]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # 1: the listed sign is opposite to what is seen here
        ({"here": -1}, ("contradicted", "1")),
        ({"sign": -1, "here": 1, "rank": C}, ("contradicted", "1")),
        ({"here": -1, "agree": 2, "oppose": 2}, ("contradicted", "1")),
        ({"here": -1, "rank": E, "frequency": 0.9}, ("contradicted", "1")),
        # ... unless more of the other contexts agree with the list
        ({"here": -1, "agree": 3, "oppose": 1}, ("established", "2")),
        ({"here": -1, "agree": 1}, ("supported", "3")),
        # no sign, no contradiction
        ({"sign": 0, "here": -1}, ("established", "2")),
        # 2: good curation that is seen
        ({"here": 1}, ("established", "2")),
        ({"here": 1, "rank": B}, ("established", "2")),
        ({"here": 1, "rank": C, "n_sources": 2}, ("established", "2")),
        ({"here": np.nan, "agree": 2}, ("established", "2")),
        ({"sign": -1, "here": -1}, ("established", "2")),
        # 3: good curation alone
        ({}, ("supported", "3")),
        ({"here": np.nan}, ("supported", "3")),
        ({"agree": 1}, ("supported", "3")),
        ({"agree": 2, "oppose": 2}, ("supported", "3")),
        # 4: weaker curation that is seen
        ({"rank": C, "here": 1}, ("supported", "4")),
        ({"rank": C, "agree": 4, "oppose": 1}, ("supported", "4")),
        # 5: predictions that are seen and inferred
        ({"rank": D, "here": 1, "frequency": 0.5}, ("supported", "5")),
        ({"rank": E, "here": 1, "frequency": 0.7}, ("supported", "5")),
        # 6: what is merely listed
        ({"rank": C}, ("suggested", "6")),
        ({"rank": E, "here": 1}, ("suggested", "6")),
        ({"rank": D, "here": 1, "frequency": 0.49}, ("suggested", "6")),
        ({"rank": E, "here": 1, "n_sources": 3}, ("suggested", "6")),
        # 7: what is merely inferred, however well
        ({"rank": NONE, "here": 1, "agree": 9, "frequency": 1.0}, ("suggested", "7")),
        ({"rank": NONE, "frequency": 0.5}, ("suggested", "7")),
        # 8: the rest
        ({"rank": NONE, "here": 1}, ("no claim", "8")),
        ({"rank": NONE, "frequency": 0.4}, ("no claim", "8")),
    ],
)
def test_the_first_rule_that_holds_decides(changes, expected):
    assert verdict(**changes) == expected


def test_every_rule_is_printed_and_fires_for_its_own_verdict():
    table = rules_table()
    assert len(table) == len(RULES) == 8
    assert table["when"].str.len().min() > 20
    rows = pd.DataFrame(
        [
            {**USUAL, "sign": s, "rank": r, "here": h, "agree": a, "frequency": f}
            for s in (-1, 0, 1)
            for r in range(-1, 5)
            for h in (-1, 0, 1)
            for a in (0, 3)
            for f in (np.nan, 0.8)
        ]
    )
    found = judge(rows)
    assert set(found["rule"]) == set(table["rule"])
    words = dict(zip(table["rule"], table["verdict"], strict=True))
    assert (found["rule"].map(words) == found["verdict"]).all()


def test_the_expected_sign_is_the_listed_one_or_what_is_seen_here():
    sign, here = np.array([1, -1, 0, 0, 0]), np.array([-1.0, np.nan, 1, -1, np.nan])
    assert expected_sign(sign, here).tolist() == [1, -1, 1, -1, 0]


def test_the_score_is_the_sum_of_its_parts():
    parts = pd.DataFrame(
        [
            {"sign": 1, **dict(zip(SCORED, (1, 0.5, 0.25, 0.1, 0.9), strict=True))},
            {"sign": -1, **dict(zip(SCORED, (-1, -0.5, 0.25, 0.1, np.nan), strict=True))},
            {"sign": 0, **dict.fromkeys(SCORED, np.nan)},
        ]
    )
    assert score_edges(parts).tolist() == pytest.approx([2.75, 1 + 0.5 - 0.25 + 0.1, 0])


def test_no_edges_have_no_verdicts():
    empty = pd.DataFrame([USUAL]).iloc[:0]
    assert judge(empty).empty
