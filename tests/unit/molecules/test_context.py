"""The cell context of molecules: nodes, edges, walks, and what a benchmark may not see."""

import random

import networkx as nx
import numpy as np
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.molecules.context_build import ContextTables, Measured, as_shares, build_context
from musegnn.molecules.context_edges import Likeness, edges_of_likeness, strongest_changes
from musegnn.molecules.context_graph import (
    EXPRESSION,
    GENE,
    MOLECULE,
    ContextGraph,
    Edges,
    NodeBlock,
    read_context,
    write_context,
)
from musegnn.molecules.context_walks import NOWHERE, walk

KEYS = tuple(f"{letter * 14}-UHFFFAOYSA-N" for letter in "ABCDEFGH")
SYMBOLS = ("TP53", "EGFR", "MYC", "JUN")


def make_tables(seed=0):
    rng = np.random.default_rng(seed)
    bits = rng.random((len(KEYS), 64)) < 0.3
    bits[1] = bits[0]
    bits[1, :2] = ~bits[0, :2]
    return ContextTables(
        keys=KEYS,
        smiles=tuple(f"C{n}" for n in range(len(KEYS))),
        scaffolds=("ring", "ring", "ring", "other", "other", "", "", "alone"),
        bits=bits,
        expression=(
            Measured(
                "l1000", (*KEYS[:5], KEYS[0][:14] + "-X"), rng.normal(size=(6, 3)), SYMBOLS[:3]
            ),
        ),
        morphology=(Measured("wells", KEYS[3:8], rng.normal(size=(5, 7))),),
        targets=((KEYS[0], "EGFR"), (KEYS[5], "ODD1"), ("unknown", "TP53")),
        interactions=(("EGFR", "TP53"), ("TP53", "EGFR"), ("JUN", "JUN")),
        genes=SYMBOLS,
        gene_vectors=rng.normal(size=(4, 5)),
    )


@pytest.fixture
def graph():
    return build_context(make_tables(), likeness=Likeness(0.1, 0.99, 0.5), most_genes=2)


def line(weights):
    n = len(weights) + 1
    block = NodeBlock(MOLECULE, "made", tuple("abcdefgh"[:n]), np.zeros((n, 0), np.float32))
    ends = np.arange(n, dtype=np.int32)
    return ContextGraph((block,), (Edges("line", ends[:-1], ends[1:], np.float32(weights)),))


def test_blocks_hold_each_molecule_once_with_the_mean_of_its_signatures(graph):
    counts = graph.count_nodes().set_index(["kind", "source"])
    assert counts.loc[("molecule", "structures"), "nodes"] == 8
    assert counts.loc[("expression", "l1000"), "nodes"] == 5
    assert counts.loc[("morphology", "wells"), "features"] == 7
    assert counts.loc[("gene", "others"), "nodes"] == 1
    mean = make_tables().expression[0].by_molecule()
    values = make_tables().expression[0].values
    np.testing.assert_allclose(mean.values[0], (values[0] + values[5]) / 2)


def test_rules_join_what_they_say(graph):
    node = {name: n for n, name in enumerate(graph.names)} | {
        name: int(n) for n, name in zip(graph.nodes_of(MOLECULE), graph.names, strict=False)
    }
    by_rule = {part.rule: part for part in graph.edges}
    targets = by_rule["known targets"]
    assert set(zip(targets.first, targets.second, strict=True)) == {
        (node["A" * 14], node["EGFR"]),
        (node["F" * 14], node["ODD1"]),
    }
    assert len(by_rule["proteins that bind"]) == 1  # both directions are one, none with itself
    assert len(by_rule["expression was measured (l1000)"]) == 5
    (changed,) = (part for rule, part in by_rule.items() if rule.startswith("expression changed"))
    assert len(changed) == 10
    assert changed.weight.max() == 1
    assert set(graph.block_of[changed.second]) == {3}


def test_likeness_joins_pairs_of_one_group_above_the_bound():
    rng = np.random.default_rng(1)
    bits = (rng.random((30, 40)) < 0.4).astype(np.float32)
    groups = rng.integers(0, 3, 30)
    found = edges_of_likeness(
        "alike",
        bits,
        np.arange(30) + 5,
        Likeness(0.2, 0.99, 0.9),
        groups=groups,
        is_fingerprint=True,
    )
    expected = {}
    for i in range(30):
        for j in range(i + 1, 30):
            both, either = (bits[i] * bits[j]).sum(), np.maximum(bits[i], bits[j]).sum()
            if groups[i] == groups[j] and both / either > 0.2:
                expected[i + 5, j + 5] = both / either
    room = int(0.1 * 30 * 29 / 2 + 1e-9)
    heaviest = sorted(expected.values(), reverse=True)[:room]
    assert len(found) <= room
    np.testing.assert_allclose(np.sort(found.weight)[::-1], heaviest[: len(found)], rtol=1e-6)
    for one, other, weight in zip(found.first, found.second, found.weight, strict=True):
        assert expected[one, other] == pytest.approx(weight, rel=1e-6)


def test_share_of_all_changes_is_taken_over_all_signatures():
    values = np.array([[9.0, -8, 1], [0.1, 0.2, 0.3]])
    found = strongest_changes(values, np.array([0, 1]), np.array([5, 6, 7]), share=1 / 3)
    assert found.first.tolist() == [0, 0]
    assert found.second.tolist() == [5, 6]
    np.testing.assert_allclose(found.weight, [1, 8 / 9], rtol=1e-6)


def test_shares_lie_between_0_and_1_and_half_is_the_median():
    values = np.array([[1.0, np.nan, 4], [2, np.nan, 4], [9000, 3, 4]])
    found = as_shares(values)
    assert found.min() >= 0
    assert found.max() <= 1
    assert found[1, 0] == pytest.approx(0.5)
    np.testing.assert_allclose(found[:, 2], 0.5)


def slow_walk(graph, start, length, rng):
    """Walk by networkx and a loop."""
    whole = nx.Graph()
    whole.add_nodes_from(range(graph.n_nodes))
    for part in graph.edges:
        for a, b, weight in zip(part.first, part.second, part.weight, strict=True):
            old = whole.get_edge_data(int(a), int(b), {"weight": 0})["weight"]
            whole.add_edge(int(a), int(b), weight=max(float(weight), old))
    found, weight = [(start, 1.0)], 1.0
    for _ in range(length):
        near = list(whole[found[-1][0]])
        if not near:
            break
        here = rng.choice(near)
        weight *= whole[found[-1][0]][here]["weight"]
        found.append((here, weight))
    return tuple(found)


def test_walks_visit_nodes_as_often_as_a_loop_and_weigh_them_alike(graph):
    starts = np.zeros(40_000, dtype=np.int64)
    walks = walk(graph.adjacency, starts, np.random.default_rng(0), length=3)
    rng = random.Random(0)
    slow = [slow_walk(graph, 0, 3, rng) for _ in range(1500)]
    weights = {}
    for found in slow:
        weights[tuple(node for node, _ in found)] = found[-1][1]
    fast_last = np.bincount(walks.nodes[:, 3], minlength=graph.n_nodes) / len(starts)
    slow_last = np.bincount([f[-1][0] for f in slow], minlength=graph.n_nodes) / len(slow)
    assert np.abs(fast_last - slow_last).sum() < 0.25
    seen = 0
    for nodes, weight in zip(walks.nodes[:3000].tolist(), walks.weight[:3000], strict=True):
        if tuple(nodes) in weights:
            seen += 1
            assert weight[3] == pytest.approx(weights[tuple(nodes)], rel=1e-5)
    assert seen > 1000


def test_weights_multiply_along_a_line_and_a_walk_ends_where_nothing_is():
    graph = line([0.5, 0.25])
    walks = walk(graph.adjacency, np.full(200, 0), np.random.default_rng(3), length=2)
    reached = walks.nodes[:, 2] == 2
    assert 60 < reached.sum() < 140
    np.testing.assert_allclose(walks.weight[reached, 2], 0.125)
    np.testing.assert_allclose(walks.weight[~reached, 2], 0.25)
    alone = graph.without(["b"], why="asked about")
    ended = walk(alone.adjacency, np.arange(3), np.random.default_rng(0))
    assert (ended.nodes[:, 1:] == NOWHERE).all()
    assert (ended.weight[:, 1:] == 0).all()
    assert (ended.weight[:, 0] == 1).all()


def test_same_seed_same_walks(graph):
    starts = np.arange(graph.n_nodes)
    one, other = (walk(graph.adjacency, starts, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.nodes, other.nodes)


def test_no_walk_reaches_what_a_benchmark_asks_about(graph):
    asked = [KEYS[0], KEYS[3][:14]]
    blind = graph.without(asked, why="molecules that the test of made assays asks about")
    hidden = {node for node, name in enumerate(blind.names) if name in {"A" * 14, "D" * 14}}
    assert len(hidden) == 5  # two molecules, two signatures, one profile
    for part in blind.edges:
        assert not hidden & {*part.first.tolist(), *part.second.tolist()}
    starts = np.repeat(np.setdiff1d(np.arange(8), list(hidden)), 500)
    walks = walk(blind.adjacency, starts, np.random.default_rng(0))
    assert not hidden & set(walks.nodes.ravel().tolist())
    seen = walk(graph.adjacency, starts, np.random.default_rng(0))
    assert hidden & set(seen.nodes.ravel().tolist())  # the whole graph does lead there
    assert "made assays" in blind.left_out
    assert len(blind.names) == len(graph.names)


def test_a_kind_goes_out_and_a_corrupted_graph_keeps_counts(graph):
    for kind in (EXPRESSION, GENE):
        part = graph.without_kind(kind)
        assert (part.adjacency.degree[graph.nodes_of(kind)] == 0).all()
    other = graph.corrupted(1)
    assert other.n_nodes == graph.n_nodes
    assert sum(map(len, other.edges)) >= 0.8 * sum(map(len, graph.edges))
    kinds = [graph.block_of[e.second].tolist() for e in graph.edges if "measured" in e.rule]
    assert kinds == [other.block_of[e.second].tolist() for e in other.edges if "measured" in e.rule]
    assert any(
        (a.second != b.second).any()
        for a, b in zip(graph.edges, other.edges, strict=True)
        if len(a) == len(b)
    )


def test_in_a_corrupted_graph_molecules_no_longer_share_what_they_do():
    molecules, genes = 20, 10
    first = np.repeat(np.arange(molecules), 5)
    second = molecules + np.concatenate([np.arange(5) + 5 * (m % 2) for m in range(molecules)])
    edges = Edges(
        "share", first.astype(np.int32), second.astype(np.int32), np.ones(100, np.float32)
    )
    blocks = (
        NodeBlock(MOLECULE, "a", tuple(f"m{n}" for n in range(molecules)), np.zeros((20, 0))),
        NodeBlock(GENE, "b", tuple(f"g{n}" for n in range(genes)), np.zeros((10, 0))),
    )
    graph = ContextGraph(blocks, (edges,))
    other = graph.corrupted(0)
    for part, own in (("first", first), ("second", second)):
        ends = getattr(other.edges[0], part)
        np.testing.assert_array_equal(np.bincount(ends), np.bincount(own))

    def shared(found):
        table = np.zeros((molecules, genes))
        table[found.edges[0].first, found.edges[0].second - molecules] = 1
        both = table @ table.T
        return both[::2, ::2].mean() - both[::2, 1::2].mean()

    assert shared(graph) == 5
    assert shared(other) < 1


def test_surroundings_of_a_node_are_its_edges(graph):
    table = graph.around(0, most=6, steps=1)
    assert {0} <= {*table["first"], *table["second"]}
    near = graph.adjacency
    for a, b, weight in table.itertuples(index=False):
        span = slice(near.start[a], near.start[a + 1])
        at = np.flatnonzero(near.neighbour[span] == b)
        assert near.weight[span][at[0]] == pytest.approx(weight)
    with pytest.raises(InputError, match="between 0 and"):
        graph.around(10_000)


def test_a_written_graph_is_read_as_it_was(graph, tmp_path):
    path = tmp_path / "context.npz"
    write_context(graph, path)
    found = read_context(path)
    assert found.smiles == graph.smiles
    assert [b.label for b in found.blocks] == [b.label for b in graph.blocks]
    for one, other in zip(found.edges, graph.edges, strict=True):
        assert one.rule == other.rule
        np.testing.assert_array_equal(one.first, other.first)
        np.testing.assert_array_equal(one.weight, other.weight)
    again = tmp_path / "again.npz"
    write_context(found, again)
    assert again.read_bytes() == path.read_bytes()
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataFileError, match="context graph"):
        read_context(path)


def test_what_cannot_be_a_context_is_said():
    with pytest.raises(InputError, match="between 0 and 1"):
        NodeBlock(MOLECULE, "made", ("a",), np.array([[2.0]]))
    with pytest.raises(InputError, match="different names"):
        NodeBlock(MOLECULE, "made", ("a", "a"), np.zeros((2, 1)))
    with pytest.raises(InputError, match="kind among"):
        NodeBlock("cell", "made", ("a",), np.zeros((1, 1)))
    with pytest.raises(InputError, match="found none"):
        build_context(ContextTables(("",), ("C",), ("",), np.zeros((1, 4))))
    ends = np.zeros(1, np.int32)
    odd = (Edges("odd", ends, ends + 9, np.ones(1)),)
    with pytest.raises(InputError, match="weight up to 1"):
        ContextGraph(line([0.5]).blocks, odd)
