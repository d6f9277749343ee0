import hashlib
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.network_layout import network_positions
from tests.command_line import REPOSITORY


def frames(n_nodes, pairs, kind="curated", is_directed=True):
    nodes = pd.DataFrame({"node": [f"G{i:03}" for i in range(n_nodes)]})
    edges = pd.DataFrame(
        [(f"G{a:03}", f"G{b:03}", is_directed, kind) for a, b in pairs],
        columns=["regulator", "target", "is_directed", "kind"],
    )
    return nodes, edges


def tangle(n_nodes=60, n_edges=150, seed=0):
    rng = np.random.default_rng(seed)
    return frames(n_nodes, {tuple(rng.choice(n_nodes, 2, replace=False)) for _ in range(n_edges)})


def test_every_gene_has_its_own_place():
    for nodes, edges in (tangle(), frames(30, []), frames(40, [(0, i) for i in range(1, 40)])):
        places = network_positions(nodes, edges)
        assert places.shape == (len(nodes), 2)
        assert np.isfinite(places).all()
        distance = np.linalg.norm(places[:, None] - places[None], axis=2)
        assert distance[~np.eye(len(nodes), dtype=bool)].min() > 0.05


def test_an_acyclic_part_is_drawn_from_top_to_bottom():
    nodes, edges = frames(
        12, [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (5, 3), *((4, i) for i in range(6, 12))]
    )
    places = dict(zip(nodes["node"], network_positions(nodes, edges), strict=True))
    for first, second in zip(edges["regulator"], edges["target"], strict=True):
        assert places[first][1] > places[second][1]


def test_a_wide_layer_is_folded():
    nodes, edges = frames(101, [(0, i) for i in range(1, 101)])
    places = network_positions(nodes, edges)
    width, height = np.ptp(places, axis=0)
    assert width < 20
    assert height < 20


def test_parts_that_are_not_joined_do_not_overlap():
    pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (6, 7)]
    nodes, edges = frames(10, pairs)
    places = network_positions(nodes, edges)
    boxes = [
        (places[p].min(axis=0), places[p].max(axis=0))
        for p in ([0, 1, 2], [3, 4, 5], [6, 7], [8, 9])
    ]
    for i, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[i + 1 :]:
            assert (high < other_low).any() or (other_high < low).any()


def test_the_same_network_has_the_same_places_twice():
    nodes, edges = tangle()
    first = network_positions(nodes, edges)
    assert (network_positions(nodes, edges) == first).all()
    shuffled = edges.sample(frac=1, random_state=1)
    assert (network_positions(nodes, shuffled) == first).all()


PROGRAM = """
from tests.unit.analysis.causal.test_network_layout import tangle
from musegnn.analysis.causal.network_layout import network_positions
import hashlib
print(hashlib.sha256(network_positions(*tangle()).tobytes()).hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_places_do_not_depend_on_the_hash_seed(hash_seed):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": hash_seed},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    expected = hashlib.sha256(network_positions(*tangle()).tobytes()).hexdigest()
    assert done.stdout.strip() == expected


def test_three_hundred_genes_with_fifteen_hundred_pairs_are_placed():
    nodes, edges = tangle(300, 1700)
    assert np.isfinite(network_positions(nodes, edges)).all()


def test_no_genes_have_no_places():
    assert network_positions(*frames(0, [])).shape == (0, 2)
