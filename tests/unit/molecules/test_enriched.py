"""Terms of chosen molecules against a test by hand, and scaffolds counted."""

import pytest
from scipy.stats import fisher_exact

from musegnn.molecules.enriched import common_scaffolds, enriched_terms

TERMS = {
    **{f"a{n}": frozenset({"EGFR", "ERBB2"}) for n in range(4)},
    **{f"b{n}": frozenset({"HRH1"}) for n in range(16)},
    "c0": frozenset({"EGFR"}),
}
KEYS = [*TERMS, *(f"unknown{n}" for n in range(50))]


def test_a_term_is_tested_among_those_of_which_something_is_known():
    chosen = ["a0", "a1", "a2", "b0", "b1", "unknown1", "not on the map"]
    table = enriched_terms(chosen, TERMS, KEYS).set_index("term")
    row = table.loc["EGFR"]
    assert row[["chosen", "of chosen", "background", "of background"]].tolist() == [3, 5, 5, 21]
    counts = [[3, 2], [5 - 3, 21 - 5 - (5 - 3)]]
    assert row["p"] == pytest.approx(fisher_exact(counts, alternative="greater").pvalue)
    assert row["fold"] == pytest.approx((3 / 5) / (5 / 21))
    # all three terms were tested
    p = sorted(table["p"])
    assert min(table["q"]) == pytest.approx(min(p[0] * 3, p[1] * 3 / 2, p[2]))
    assert table.loc["HRH1", "p"] > 0.5


def test_a_term_of_one_molecule_is_not_listed_and_nothing_known_gives_nothing():
    assert enriched_terms(["c0", "b0"], TERMS, KEYS).empty
    empty = enriched_terms(["unknown1"], TERMS, KEYS)
    assert empty.empty
    assert "q" in empty


def test_scaffolds_are_counted_without_molecules_without_rings():
    table = common_scaffolds(["r", "q", "r", "no"], ["r", "r", "r", "q", "no"], without="no")
    assert table["scaffold"].tolist() == ["r", "q"]
    assert table[["chosen", "everywhere"]].to_numpy().tolist() == [[2, 3], [1, 1]]
