"""The lineage benchmark on made cells: every method is scored, halves keep their labels."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.lineage import MEASURES, SETS, halves_of, measure, read_set, summarise
from musegnn.lineages.lineage import METHODS
from tests.toy_lineage import TREE, make_lineage_cells, make_vectors


def test_every_method_is_scored_with_its_range():
    cells = make_lineage_cells(80)
    halves = halves_of(cells, 1)
    vectors = make_vectors(cells)
    found = measure(cells, vectors, TREE, seeds=range(2))
    table = summarise(found, [measure(halves[0], vectors, TREE, seeds=[0])])
    assert set(table) == set(METHODS)
    for own in table.values():
        assert all(-1 <= own[name] <= 1 for name in MEASURES)
        low, high = own["ari_seeds"]
        assert low <= own["ari"] <= high
    assert table["joint"]["pseudotime"] > 0.8
    # a measure without a seed in it has no range over seeds
    assert table["pca"]["accuracy_seeds"][0] == table["pca"]["accuracy_seeds"][1]


def test_a_half_has_half_of_every_label():
    cells = make_lineage_cells(81)
    whole = Counter(cells.labels)
    for half in halves_of(cells, 3):
        assert Counter(half.labels) == {name: (n + 1) // 2 for name, n in whole.items()}
        assert len(set(half.names)) == len(half)


@pytest.mark.parametrize("name", sorted(SETS))
def test_public_sets_have_what_the_table_says(name):
    cells = read_set(name)
    if cells is None:
        pytest.skip("the public data are not beside the clone")
    assert bool(SETS[name].labels) == bool(cells.label_names)
    for chain in SETS[name].tree.split(","):
        assert {stage.strip() for stage in chain.split(">")} - {""} <= set(cells.label_names)
