"""Every baseline keeps the promises of the one call."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from musegnn import keys
from musegnn.baselines.inputs import generator_for
from musegnn.baselines.registry import BASELINES, fit_baseline
from musegnn.benchmarks.genes.edge_prediction import score_pairs
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.hold_out import draw_hold_out, mask_graphs
from tests.contracts.source import REPOSITORY
from tests.toy_graphs import planted_graph

METHODS = [name for name, baseline in BASELINES.items() if baseline.kind == "method"]
CONTROLS = [name for name, baseline in BASELINES.items() if baseline.kind == "control"]
# its layers pass messages between neighbours already: a floor for training, not for measures
FINDS_WITHOUT_TRAINING = "untrained"
FEW = {"gene2vec": 100}  # forty genes give few sentences an epoch
MODULES, SIZE = 3, 20


@pytest.fixture(scope="module")
def graphs() -> list[GeneGraph]:
    return [
        planted_graph("a", n_modules=MODULES, module_size=SIZE, seed=1),
        planted_graph("b", n_modules=MODULES, module_size=SIZE, seed=2, n_cells=25),
        planted_graph("c", n_modules=MODULES, module_size=SIZE, seed=3, tissue="liver"),
    ]


@pytest.fixture(scope="module")
def masked(graphs: list[GeneGraph]) -> list[GeneGraph]:
    return mask_graphs(graphs, draw_hold_out(graphs, 0))


def module_auroc(vectors: np.ndarray) -> float:
    """AUROC of pairs of one module over pairs of two, by cosine."""
    module = np.repeat(np.arange(MODULES), SIZE)
    same = module[:, None] == module[None, :]
    upper = np.triu(np.ones_like(same), 1)
    return score_pairs(vectors, np.argwhere(same & upper), np.argwhere(~same & upper)).auroc


def as_bytes(vectors: list[np.ndarray]) -> list[bytes]:
    return [rows.tobytes() for rows in vectors]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_finds_planted_modules(name: str, masked: list[GeneGraph]) -> None:
    found = fit_baseline(name, masked, epochs=FEW.get(name))
    assert min(module_auroc(vectors) for vectors in found) > 0.8


@pytest.mark.parametrize("name", [n for n in CONTROLS if n != FINDS_WITHOUT_TRAINING])
def test_a_control_does_not(name: str, masked: list[GeneGraph]) -> None:
    found = fit_baseline(name, masked)
    assert all(0.4 < module_auroc(vectors) < 0.6 for vectors in found)


def test_the_untrained_network_finds_modules_by_passing_messages(masked: list[GeneGraph]) -> None:
    found = fit_baseline(FINDS_WITHOUT_TRAINING, masked)
    assert min(module_auroc(vectors) for vectors in found) > 0.8


@pytest.mark.parametrize("name", BASELINES)
def test_shape_and_type(name: str, masked: list[GeneGraph]) -> None:
    for width in (1, 5, 70):
        found = fit_baseline(name, masked, width=width, epochs=1)
        assert [rows.shape for rows in found] == [(g.n_genes, width) for g in masked]
        assert all(rows.dtype == np.float32 and np.isfinite(rows).all() for rows in found)


@pytest.mark.parametrize("name", BASELINES)
def test_same_seed_same_bytes_and_the_global_generators_stay(
    name: str, masked: list[GeneGraph]
) -> None:
    import torch

    before = np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()  # noqa: NPY002
    first = as_bytes(fit_baseline(name, masked, epochs=3))
    after = np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()  # noqa: NPY002
    assert before == after
    assert first == as_bytes(fit_baseline(name, masked, epochs=3))
    draws = BASELINES[name].is_trained or (name in CONTROLS and name != "degree")
    assert (first != as_bytes(fit_baseline(name, masked, epochs=3, seed=1))) == draws


@pytest.mark.parametrize("name", BASELINES)
def test_hidden_pairs_do_not_influence_the_result(name: str, masked: list[GeneGraph]) -> None:
    rng = np.random.default_rng(0)
    flipped = [with_labels(graph, rng) for graph in masked]
    assert all((a.adjacency != b.adjacency).nnz > 0 for a, b in zip(masked, flipped, strict=True))
    expected = as_bytes(fit_baseline(name, masked, epochs=3))
    assert as_bytes(fit_baseline(name, flipped, epochs=3)) == expected


def with_labels(graph: GeneGraph, rng: np.random.Generator) -> GeneGraph:
    """Give the unknown pairs random labels, in adjacency and in all that is derived from it."""
    lot = np.triu(rng.random((graph.n_genes, graph.n_genes)) < 0.5, 1)
    told = graph.adjacency.toarray() | (graph.unknown.toarray() & (lot | lot.T))
    adjacency = sparse.csr_matrix(told)
    return replace(
        graph,
        adjacency=adjacency,
        estimate=adjacency.astype(np.float32),
        statistic=adjacency.astype(np.float32),
        significance=told.astype(np.int8),
    )


@pytest.mark.parametrize("name", BASELINES)
def test_a_graph_without_edges_or_without_features_is_no_error(
    name: str, graphs: list[GeneGraph]
) -> None:
    lonely = replace(graphs[0], adjacency=sparse.csr_matrix(graphs[0].adjacency.shape, dtype=bool))
    blank = replace(graphs[1], features=np.zeros_like(graphs[1].features))
    found = fit_baseline(name, [lonely, blank], epochs=2)
    assert all(np.isfinite(rows).all() for rows in found)


@pytest.mark.parametrize("name", BASELINES)
def test_graphs_of_different_size_and_names(name: str, graphs: list[GeneGraph]) -> None:
    other = planted_graph("d", n_modules=1, module_size=7, n_cells=9, prefix="H")
    found = fit_baseline(name, [graphs[0], other], epochs=2)
    assert [len(rows) for rows in found] == [MODULES * SIZE, 7]
    assert len(fit_baseline(name, [other], epochs=2)) == 1


def digest_of_all_baselines() -> str:
    """Hash the vectors of all baselines on two small graphs."""
    graphs = [planted_graph(name, module_size=8, seed=i) for i, name in enumerate("ab")]
    digest = hashlib.sha256()
    for name in BASELINES:
        for vectors in fit_baseline(name, graphs, epochs=2):
            digest.update(vectors.tobytes())
    return digest.hexdigest()


def test_the_hash_seed_of_python_changes_nothing() -> None:
    code = "from tests.unit.baselines.test_registry import digest_of_all_baselines as d; print(d())"
    other = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    assert run_python(code, PYTHONHASHSEED=other) == digest_of_all_baselines()


def run_python(code: str, **environment: str) -> str:
    """Run code in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
    )
    return done.stdout.strip()


def test_progress_is_told_of_every_epoch(graphs: list[GeneGraph]) -> None:
    class Told:
        def __init__(self) -> None:
            self.promised, self.done, self.finished = 0, 0, 0

        def start(self, label: str, total: int) -> None:
            self.promised += total

        def advance(self, detail: str = "") -> None:
            self.done += 1

        def finish(self) -> None:
            self.finished += 1

        def say(self, text: str) -> None:
            raise AssertionError(text)

    for name, baseline in BASELINES.items():
        told = Told()
        fit_baseline(name, graphs, epochs=2, progress=told)
        assert told.done == told.promised
        assert (told.finished > 0) == baseline.is_trained


def test_every_entry_says_what_it_is() -> None:
    assert list(BASELINES) == [baseline.name for baseline in BASELINES.values()]
    assert all(baseline.summary and baseline.kind for baseline in BASELINES.values())
    assert len(METHODS) == 10
    assert len(CONTROLS) == 6
    own = {"smoothed_pca", "shrunken_pca"}  # defined here
    assert all(BASELINES[name].reference for name in set(METHODS) - own)


def test_wrong_calls_are_refused(graphs: list[GeneGraph]) -> None:
    with pytest.raises(InputError, match="baseline"):
        fit_baseline("scbert", graphs)
    with pytest.raises(InputError, match="`width`"):
        fit_baseline("pca", graphs, width=0)
    with pytest.raises(InputError, match="`epochs`"):
        fit_baseline("gae", graphs, epochs=0)
    with pytest.raises(InputError, match="`seed` to be 0 or more, found -1"):
        fit_baseline("random", graphs, seed=-1)
    with pytest.raises(InputError, match="at least one gene graph, found none"):
        fit_baseline("pca", [])
    with pytest.raises(InputError, match="own name, found 'a' more than once"):
        fit_baseline("pca", [graphs[0], graphs[0]])


def test_a_graph_without_genes_is_refused(graphs: list[GeneGraph]) -> None:
    empty = replace(
        graphs[0],
        genes=graphs[0].genes.iloc[:0],
        features=np.zeros((0, 5), dtype=np.float32),
        adjacency=sparse.csr_matrix((0, 0), dtype=bool),
    )
    with pytest.raises(InputError, match="graphs with genes, found none in 'a'"):
        fit_baseline("pca", [empty])


def test_a_draw_depends_on_seed_and_labels() -> None:
    draws = [
        generator_for(seed, *labels).integers(2**62)
        for seed in (0, 1)
        for labels in (("a",), ("b",), ("a", "b"), ("ab",))
    ]
    assert len(set(draws)) == len(draws)
    assert generator_for(0, "a").integers(2**62) == draws[0]


def test_only_a_model_with_torch_loads_torch() -> None:
    code = (
        "import sys; from musegnn.baselines.registry import fit_baseline; "
        "print([name for name in ('torch', 'gensim', 'scanpy') if name in sys.modules])"
    )
    assert run_python(code) == "[]"


def test_names_of_rows_are_those_of_the_common_column(graphs: list[GeneGraph]) -> None:
    renamed = graphs[1].genes.copy()
    renamed[keys.COMMON_GENE] = renamed[keys.COMMON_GENE].to_numpy()[::-1]
    turned = [graphs[0], replace(graphs[1], genes=renamed)]
    first, second = fit_baseline("name_vector", turned)
    assert np.array_equal(first, second[::-1])
