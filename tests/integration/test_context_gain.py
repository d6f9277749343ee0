"""Does a planted profile foretell what structure cannot, and does a shuffled one not."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import cell_context as benchmark
from musegnn.molecules.assays import AssayTable
from musegnn.molecules.context_build import ContextTables, Measured, build_context
from musegnn.molecules.context_graph import MOLECULE
from musegnn.molecules.property_models import Molecules, _kernel

N, WITH = 160, 100


@pytest.fixture
def planted():
    """Half of the labels follow the structure, half the profile; 60 molecules have none."""
    random = np.random.default_rng(0)
    bits = (random.random((N, 64)) < 0.3).astype(np.uint8)
    deviates = random.standard_normal((N, 4)).astype(np.float32)
    profile = random.standard_normal((N, 3))
    labels = np.stack([deviates[:, 0] + profile[:, 0] > 0, deviates[:, 1] > 0], axis=1)
    labels = labels.astype(np.float32)
    labels[::9, 1] = np.nan
    rows = np.arange(WITH)
    apart = ((profile[:WITH, None] - profile[None, :WITH]) ** 2).sum(axis=2)
    table = AssayTable("planted", ("C",) * N, ("",) * N, ("both", "structure"), labels, True)
    scaffolds = [f"ring {n // 2}" for n in range(N)]
    context = benchmark.Context(rows, {"near": np.exp(-apart)})
    return table, Molecules(bits, deviates), scaffolds, context


def test_a_profile_that_tells_gains_and_a_shuffled_one_does_not(planted):
    found = benchmark.measure_context(*planted)
    assert found["low"] > 0
    assert found["molecules"] == WITH
    assert found["mean"] == pytest.approx(found["with_profiles"] - found["structure"])
    assert found["controls"]["shuffled"]["mean"] < found["mean"] / 3
    asked = []

    def networks(taught, rows):
        asked.append((set(taught.tolist()), set(rows.tolist())))
        return np.full((len(rows), 2), 0.5)

    again = benchmark.measure_context(*planted, networks=networks)
    assert again["mean"] == pytest.approx(found["mean"])
    for taught, rows in asked:
        assert not {row // 2 for row in taught} & {row // 2 for row in rows}
    assert set().union(*(rows for _, rows in asked)) == set(range(WITH))


def test_solving_among_the_few_is_solving_among_all(planted):
    table, molecules, scaffolds, context = planted
    fold = np.arange(WITH) % benchmark.FOLDS
    fold = np.repeat(fold[: WITH // 2], 2)
    parts = benchmark.teach_by_structure(table.labels, molecules, scaffolds, context.rows, fold)
    added = 0.6 * context.kernels["near"]
    found = benchmark.answer(parts, WITH, 2, added)
    whole = _kernel(molecules, molecules).astype(float)
    whole[:WITH, :WITH] += added
    for number in range(benchmark.FOLDS):
        ask = np.flatnonzero(fold == number)
        for column in range(2):
            known = np.flatnonzero(np.isfinite(table.labels[:, column]))
            train = np.setdiff1d(known, ask)
            own = table.labels[train, column].astype(float)
            penalised = whole[np.ix_(train, train)] + benchmark.NOISE * np.eye(len(train))
            weights = np.linalg.solve(penalised, own - own.mean())
            want = np.clip(whole[np.ix_(ask, train)] @ weights + own.mean(), 0, 1)
            here = np.isfinite(table.labels[ask, column])
            np.testing.assert_allclose(found[ask, column][here], want[here], atol=1e-4)


def test_likeness_by_walks_is_that_of_walks_step_by_step():
    random = np.random.default_rng(2)
    directions = np.repeat(random.standard_normal((2, 30)), 6, axis=0)
    signatures = 4 * directions + random.standard_normal((12, 30))
    graph = build_context(
        ContextTables(
            keys=tuple(f"MOLECULE{n:06d}" for n in range(12)),
            smiles=("C",) * 12,
            scaffolds=("",) * 12,
            bits=np.zeros((12, 8), dtype=np.uint8),
            expression=(
                Measured(
                    "made",
                    tuple(f"MOLECULE{n:06d}" for n in range(12)),
                    signatures,
                    tuple(f"G{n}" for n in range(30)),
                ),
            ),
        )
    )
    found = benchmark.visits_kernel(graph, 12)
    near = graph.adjacency
    weight = np.zeros((graph.n_nodes, graph.n_nodes))
    for node in range(graph.n_nodes):
        for at in range(near.start[node], near.start[node + 1]):
            weight[node, near.neighbour[at]] += near.weight[at]
    total = weight.sum(axis=1, keepdims=True)
    step = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    visits = sum(np.linalg.matrix_power(step, n) for n in range(1, benchmark.STEPS + 1))
    is_other = ~np.isin(np.arange(graph.n_nodes), graph.nodes_of(MOLECULE))
    assert is_other.any()
    roots = np.sqrt(visits[:12, is_other])
    length = np.linalg.norm(roots, axis=1, keepdims=True)
    roots = np.divide(roots, length, out=np.zeros_like(roots), where=length > 0)
    np.testing.assert_allclose(found, roots @ roots.T, atol=1e-6)
    same = np.equal.outer(np.arange(12) // 6, np.arange(12) // 6) & ~np.eye(12, dtype=bool)
    assert found[same].mean() > found[~same & ~np.eye(12, dtype=bool)].mean()


def test_a_graph_that_tells_is_told_and_a_corrupted_one_gains_less(planted):
    table, molecules, scaffolds, context = planted
    # two ways to answer, by what the profile of the fixture says
    random = np.random.default_rng(0)
    random.random((N, 64)), random.standard_normal((N, 4))
    group = (random.standard_normal((N, 3))[:WITH, 0] > 0).astype(int)
    signs = 4 * random.standard_normal((2, 30))[group] + random.standard_normal((WITH, 30))
    names = [f"MOLECULE{n:06d}" for n in range(WITH)]
    data = SimpleNamespace(genes=tuple(f"G{n}" for n in range(30)))
    signed = dict(zip(names, signs, strict=True))
    graph = benchmark._graph_of(table, context.rows, names, signed, data)
    found = benchmark.measure_context(
        table, molecules, scaffolds, benchmark.Context(context.rows, context.kernels, graph)
    )
    controls = found["controls"]
    assert controls["corrupted"]["high"] < controls["graph"]["low"]
    assert controls["graph"]["mean"] > controls["corrupted"]["mean"]
    assert controls["graph"]["low"] > 0
