"""Controls of the benchmarks of molecules, and how they divide a library of one chain."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.bottleneck import Study
from benchmarks.properties import like_together
from musegnn.errors import InputError
from musegnn.molecules.assays import AssayTable
from musegnn.molecules.context_build import build_context
from musegnn.molecules.context_graph import EXPRESSION, MORPHOLOGY
from musegnn.molecules.splits import Split, cluster_split
from tests.unit.molecules.test_context import make_tables


def profiles(context, kind):
    """Molecules with a profile of a kind, and what was measured of each."""
    (block,) = [block for block in context.blocks if block.kind == kind]
    return block.names, np.asarray(block.features)


@pytest.mark.parametrize("kind", [EXPRESSION, MORPHOLOGY])
def test_profiles_that_are_dealt_out_are_the_same_of_other_molecules(kind):
    tables = make_tables()
    place = np.arange(2)
    table = AssayTable("made", ("C", "CC"), ("", ""), ("t",), np.zeros((2, 1)), is_binary=True)
    split = Split(place[:0], place[:1], place[1:], "made")
    study = Study(table, split, build_context(tables), None, place, tables)
    names, before = profiles(study.context, kind)
    dealt_names, after = profiles(study.shuffled(1), kind)
    assert dealt_names == names
    as_rows = [rows[np.lexsort(rows.T)] for rows in (after, before)]
    np.testing.assert_allclose(*as_rows, atol=1e-6)
    assert not np.allclose(after, before)
    np.testing.assert_array_equal(profiles(study.shuffled(1), kind)[1], after)


def test_a_library_that_is_one_chain_is_divided_at_a_higher_bound():
    random = np.random.default_rng(2)
    series = (random.random((12, 400)) < 0.25).astype(np.uint8)
    common = (random.random(400) < 0.35).astype(np.uint8)
    bits = np.repeat(series | common, 20, axis=0)
    bits ^= (random.random(bits.shape) < 0.01).astype(np.uint8)
    assert cluster_split(bits).sizes[1] == 0  # all is alike at the usual bound
    split = like_together(bits)
    assert all(n >= s * len(bits) / 2 for n, s in zip(split.sizes, (0.6, 0.15, 0.25), strict=True))
    assert "0.5," not in split.rule
    with pytest.raises(InputError, match="one chain"):
        like_together(np.repeat(bits[:1], 40, axis=0))
