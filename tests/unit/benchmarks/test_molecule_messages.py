"""Messages between atoms are the same sums in every way that is timed."""

from __future__ import annotations

from benchmarks.molecule_messages import measure


def test_a_million_walks_take_seconds_and_all_ways_of_adding_agree():
    told = measure(walks=1_000_000, molecules=40, width=8, rounds=1)
    assert told["walk_seconds"] < 10  # 0.3 on a core that is free
    assert told["largest_difference"] < 1e-4
    assert told["scatter_seconds"] > 0
    assert told["molecules"] == 40
