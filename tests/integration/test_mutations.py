"""A slice of `benchmarks.mutations`, and that it can find what it looks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.mutations.__main__ import FAULTS, try_all
from benchmarks.mutations.good import write_good
from benchmarks.mutations.independent import misfit, read_all, reading_of
from benchmarks.mutations.trial import try_change
from musegnn.graphs.gene_graph import GeneGraph, read_gene_graph
from tests.command_line import HUMAN, musegnn

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that write what is odd


def test_changed_files_are_read_rightly_or_refused_in_one_sentence() -> None:
    result = try_all(10, seed=3, apart_every=0)
    assert result["tried"] == 10
    assert {name: result[name] for name in FAULTS} == dict.fromkeys(FAULTS, 0)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("tenx_2", "counts as f2"),
        ("section", "counts as text"),
        ("counts_in_raw", "counts of big ends"),
        ("loom", "counts of big ends"),
    ],
)
def test_types_that_sparse_matrices_do_not_take(kind: str, change: str) -> None:
    trial = try_change(kind, change, 0)
    assert trial is not None
    assert trial.outcome in {"built", "refused"}, trial.words


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GeneGraph]:
    folder = tmp_path_factory.mktemp("good")
    good = write_good(folder / "in", "csv")
    output = folder / "graph.h5ad"
    assert musegnn("graph", good.path, *HUMAN, "-o", output).code == 0
    return good.path, read_gene_graph(output)


def test_a_graph_fits_its_own_file(built: tuple[Path, GeneGraph]) -> None:
    path, graph = built
    found, is_whole = read_all(path)
    assert is_whole
    assert misfit(graph, found) == ""


def test_wrong_genes_are_found(built: tuple[Path, GeneGraph]) -> None:
    path, graph = built
    counts = write_good(path.parent / "again", "csv").counts
    names = [counts.genes[1], counts.genes[0], *counts.genes[2:]]
    assert "INS in 12 cells" in misfit(graph, [reading_of(replace(counts, genes=names, ids=names))])
    fewer = replace(counts, matrix=counts.matrix[:-1], cells=counts.cells[:-1])
    assert "40 cells for 39" in misfit(graph, [reading_of(fewer)])
    more = replace(
        counts,
        matrix=np.hstack([counts.matrix, counts.matrix[:, :1]]),
        genes=[*counts.genes, "SOX9"],
        ids=[*counts.ids, "SOX9"],
    )
    assert "are not in the graph: ['SOX9']" in misfit(graph, [reading_of(more)])
