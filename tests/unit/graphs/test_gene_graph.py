"""Gene graphs on disk, and what a damaged file gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest
from scipy import sparse

from musegnn import keys
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.gene_graph import GENE_COLUMNS, GeneGraph, read_gene_graph, write_gene_graph
from tests.toy_graphs import planted_graph


@pytest.fixture
def graph() -> GeneGraph:
    """Graph of 16 genes with dense statistics and one isolated gene."""
    graph = planted_graph("toy", module_size=8, n_cells=20, seed=1)
    adjacency = graph.adjacency.toarray().astype(bool)
    adjacency[3] = adjacency[:, 3] = False
    statistic = np.random.default_rng(0).normal(size=(16, 16)).astype(np.float32)
    return replace(
        graph,
        adjacency=sparse.csr_matrix(adjacency),
        statistic=statistic + statistic.T,
        estimate=np.tanh(statistic + statistic.T),
        provenance={"source": {"source": "x"}, "n_cells": 20, "steps": ["a: 1", "β"]},
    )


def expect_equal(read: GeneGraph, written: GeneGraph) -> None:
    """Compare everything that is neither rounded nor cut."""
    for field in ("name", "species", "tissue", "modality", "provenance"):
        assert getattr(read, field) == getattr(written, field)
    assert list(read.genes.columns) == list(GENE_COLUMNS)
    for column in GENE_COLUMNS:
        assert read.genes[column].tolist() == written.genes[column].tolist()
    assert read.genes.index.tolist() == list(range(written.n_genes))
    assert read.adjacency.dtype == bool
    assert (read.adjacency != written.adjacency).nnz == 0
    assert np.array_equal(read.significance, written.significance)
    assert read.significance.dtype == np.int8


def test_a_full_graph_comes_back_as_it_was_written(graph: GeneGraph, tmp_path: Path) -> None:
    write_gene_graph(graph, tmp_path / "new" / "toy.h5ad")
    read = read_gene_graph(tmp_path / "new" / "toy.h5ad")
    expect_equal(read, graph)
    for field in ("features", "estimate", "statistic"):
        assert np.array_equal(getattr(read, field), getattr(graph, field))
        assert getattr(read, field).dtype == np.float32


def test_a_compact_graph_keeps_statistics_on_edges_and_rounds_features(
    graph: GeneGraph, tmp_path: Path
) -> None:
    write_gene_graph(graph.compact(), tmp_path / "toy.h5ad")
    read = read_gene_graph(tmp_path / "toy.h5ad")
    expect_equal(read, graph)
    assert read.features.dtype == np.float32
    np.testing.assert_allclose(read.features, graph.features, rtol=5e-4, atol=1e-6)
    edges = graph.adjacency.toarray()
    for field, rounding in (("estimate", 5.1e-4), ("statistic", 5.1e-3)):
        found = getattr(read, field).toarray()
        difference = np.abs(found[edges] - getattr(graph, field)[edges])
        assert difference.max() <= rounding
        assert np.array_equal(found, found.T)
        assert not found[~edges].any()


def test_signs_of_pairs_come_back_from_bits_and_from_the_triangle_of_before(
    graph: GeneGraph, tmp_path: Path
) -> None:
    signs = np.triu(np.random.default_rng(2).integers(-1, 2, (16, 16)), 1).astype(np.int8)
    written = replace(graph, significance=signs + signs.T).compact()
    write_gene_graph(written, tmp_path / "bits.h5ad")
    assert np.array_equal(read_gene_graph(tmp_path / "bits.h5ad").significance, signs + signs.T)
    data = anndata.read_h5ad(tmp_path / "bits.h5ad")
    for name in ("significant_pairs", "positive_pairs"):
        del data.uns[keys.UNS_GRAPH][name]
    data.obsp[keys.SIGNIFICANCE] = signs
    data.write_h5ad(tmp_path / "triangle.h5ad")
    assert np.array_equal(read_gene_graph(tmp_path / "triangle.h5ad").significance, signs + signs.T)


@pytest.mark.parametrize("name", ["significant_pairs", "positive_pairs"])
@pytest.mark.parametrize("n_bytes", [0, 1, 10_000])
def test_bits_of_another_number_of_pairs_are_told(
    graph: GeneGraph, tmp_path: Path, name: str, n_bytes: int
) -> None:
    write_gene_graph(graph.compact(), tmp_path / "toy.h5ad")
    data = anndata.read_h5ad(tmp_path / "toy.h5ad")
    data.uns[keys.UNS_GRAPH][name] = np.full(n_bytes, 255, dtype=np.uint8)
    data.write_h5ad(tmp_path / "bad.h5ad")
    with pytest.raises(DataFileError, match="gene graph"):
        read_gene_graph(tmp_path / "bad.h5ad")


def test_compacting_keeps_the_first_components_but_all_residuals(graph: GeneGraph) -> None:
    n_features = graph.features.shape[1]
    short = replace(graph, provenance={"preset": "default"}).compact(n_features=n_features - 1)
    assert np.array_equal(short.features, graph.features[:, :-1])
    whole = replace(graph, provenance={"preset": "paper"}).compact(n_features=n_features - 1)
    assert np.array_equal(whole.features, graph.features)


def test_compacting_twice_changes_nothing(graph: GeneGraph) -> None:
    once = graph.compact()
    assert (once.compact().statistic != once.statistic).nnz == 0


def test_edges_are_listed_in_both_directions_sorted(graph: GeneGraph, tmp_path: Path) -> None:
    write_gene_graph(graph, tmp_path / "toy.h5ad")
    edge_index = read_gene_graph(tmp_path / "toy.h5ad").edge_index
    dense = graph.adjacency.toarray()
    expected = [(i, j) for i in range(16) for j in range(16) if dense[i, j]]
    assert edge_index.dtype == np.int64
    assert edge_index.T.tolist() == [list(pair) for pair in expected]
    assert {(j, i) for i, j in expected} == set(expected)


def test_counts_of_edges_are_those_of_the_matrix(graph: GeneGraph) -> None:
    dense = graph.adjacency.toarray()
    assert graph.n_genes == 16
    assert graph.n_edges == np.triu(dense).sum()
    assert graph.degree.tolist() == dense.sum(axis=1).tolist()
    assert graph.degree[3] == 0
    assert graph.density == pytest.approx(dense.sum() / (16 * 15))
    assert graph.label == "scrna/blood"


def test_a_graph_without_pairs_has_density_zero() -> None:
    assert planted_graph("one", n_modules=1, module_size=1).density == 0


def test_the_file_says_what_it_holds_to_any_program(graph: GeneGraph, tmp_path: Path) -> None:
    write_gene_graph(graph, tmp_path / "toy.h5ad")
    data = anndata.read_h5ad(tmp_path / "toy.h5ad")
    assert data.obs_names.tolist() == graph.genes[keys.GENE].tolist()
    assert data.obs[keys.DEGREE].tolist() == graph.degree.tolist()
    assert data.obsp[keys.ADJACENCY].dtype == np.int8


def test_a_file_that_cannot_be_written_leaves_nothing(graph: GeneGraph, tmp_path: Path) -> None:
    (tmp_path / "toy.h5ad").mkdir()
    with pytest.raises(DataFileError, match=r"Expected to be able to write .*toy\.h5ad"):
        write_gene_graph(graph, tmp_path / "toy.h5ad")
    assert [path.name for path in tmp_path.iterdir()] == ["toy.h5ad"]


def edit(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    """Turn a change of an open file into one of a path."""

    def run(path: Path) -> None:
        with h5py.File(path, "a") as file:
            change(file)

    return run


def cut_in_half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def scramble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for i in range(len(data) // 4, len(data), 31):
        data[i] ^= 0xFF
    path.write_bytes(bytes(data))


def lead_out(file: h5py.File) -> None:
    file[f"obsp/{keys.ADJACENCY}/indices"][0] = 10**6


def set_version(file: h5py.File) -> None:
    del file[f"uns/{keys.UNS_GRAPH}/format_version"]
    file[f"uns/{keys.UNS_GRAPH}/format_version"] = keys.FORMAT_VERSION + 1


def spoil_provenance(file: h5py.File) -> None:
    file[f"uns/{keys.UNS_GRAPH}/provenance"][()] = "{not JSON"


def set_nan(file: h5py.File) -> None:
    file["X"][2, 2] = np.nan


def remove(part: str) -> Callable[[Path], None]:
    """Remove one part of the file."""
    return edit(lambda file: file.__delitem__(part))


OTHER_KIND = "Expected a gene graph, found another kind of h5ad file"
MISSING_PART = "Expected a gene graph, found one with a missing or damaged part"
UNREADABLE = "Expected a gene graph .an .h5ad file., found one that anndata cannot read"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, "Expected a gene graph .an .h5ad file. at .* found no file"),
        (lambda path: path.write_bytes(b""), "found an empty file"),
        (lambda path: path.write_text("gene,degree\n"), "found another format"),
        (cut_in_half, "Expected a gene graph, found a file that is cut off"),
        (scramble, UNREADABLE),
        (edit(lead_out), UNREADABLE),
        (remove(f"uns/{keys.UNS_GRAPH}"), OTHER_KIND),
        (remove("uns"), OTHER_KIND),
        (remove(f"obsp/{keys.ADJACENCY}"), OTHER_KIND),
        (remove(f"obsp/{keys.STATISTIC}"), MISSING_PART),
        (remove(f"obsp/{keys.SIGNIFICANCE}"), MISSING_PART),
        (remove(f"uns/{keys.UNS_GRAPH}/name"), MISSING_PART),
        (remove(f"uns/{keys.UNS_GRAPH}/format_version"), MISSING_PART),
        (remove("X"), OTHER_KIND),
        (edit(spoil_provenance), MISSING_PART),
        (edit(set_version), "Expected format version 1 or lower, found 2 in .*Update this program"),
        (edit(set_nan), "Expected finite node features, found NaN or infinity"),
    ],
)
def test_a_file_that_is_damaged_or_of_another_kind_is_refused(
    graph: GeneGraph, tmp_path: Path, damage: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "toy.h5ad"
    write_gene_graph(graph, path)
    damage(path)
    with pytest.raises(DataFileError, match=message):
        read_gene_graph(path)


@pytest.mark.parametrize("name", ["../outside", "a/b", "", ".hidden", "a\nb", "x" * 101])
def test_a_name_that_would_lead_out_of_the_result_folder_is_refused(
    graph: GeneGraph, tmp_path: Path, name: str
) -> None:
    write_gene_graph(replace(graph, name=name), tmp_path / "toy.h5ad")
    with pytest.raises(InputError, match="Expected `name` of letters, digits"):
        read_gene_graph(tmp_path / "toy.h5ad")


@pytest.mark.parametrize("compact", [False, True])
def test_self_loops_are_for_messages_only_and_come_back(
    graph: GeneGraph, tmp_path: Path, *, compact: bool
) -> None:
    looped = replace(graph, has_self_loops=True)
    np.testing.assert_array_equal(looped.degree, graph.degree)
    assert looped.message_adjacency.diagonal().all()
    assert looped.message_adjacency.nnz == graph.adjacency.nnz + graph.n_genes
    assert graph.message_adjacency is graph.adjacency
    path = tmp_path / "g.h5ad"
    write_gene_graph(looped.compact() if compact else looped, path)
    found = read_gene_graph(path)
    assert found.has_self_loops
    assert (found.message_adjacency != looped.message_adjacency).nnz == 0
    assert not found.adjacency.diagonal().any()
