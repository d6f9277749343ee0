"""A slice of `benchmarks.change`: two halves of real cells, and a planted change."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from benchmarks import change
from benchmarks.atlas_cells import Atlas
from data.atlas_inputs import ATLAS
from musegnn.graphs.reproducibility import split_cells


@pytest.fixture(scope="module")
def atlas(shared: Path) -> Atlas:
    return Atlas(ATLAS, shared)


@pytest.fixture(scope="module")
def cells(atlas: Atlas) -> change.Cells:
    (found,) = change.read_sets(atlas, atlas.chosen(["human_pbmc3k_402"]))
    return found


def test_halves_of_the_same_cells_have_no_change_and_planted_ones_are_found(
    atlas, cells, monkeypatch
):
    monkeypatch.setattr(change, "N_OTHERS", 1)
    first, second = split_cells(len(cells.depth), seed=5)
    same = change.ask(change.place(atlas, cells, first, second))
    assert same["told"].sum() > 100
    assert (same["q"] < 0.05).sum() == 0
    assert 0.01 < (same["p"] < 0.05).mean() < 0.12
    order = np.arange(cells.counts.shape[1])
    firm = np.argsort(-same["rel"])[:40]
    order[firm] = np.roll(firm, 7)
    swapped = replace(cells, counts=sparse.csr_matrix(cells.counts[:, order]))
    planted = change.ask(change.place(atlas, cells, first, second, swapped))
    assert (planted["effect"][firm] > planted["effect"][same["told"]].mean()).mean() > 0.6
