"""Resampled neighbours against a naive loop, and their way into files and onto the Gene page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from musegnn.embeddings.co_expression import co_expression_evidence
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.build import check_resamples
from musegnn.graphs.gene_graph import read_gene_graph, write_gene_graph
from musegnn.graphs.resampling import resampled_neighbours
from musegnn.graphs.residuals import pearson_residuals, principal_components
from musegnn.runs.kinds.gene_graph import GeneGraphSettings
from tests.toy_counts import gamma_poisson
from tests.toy_graphs import planted_graph


@pytest.fixture(scope="module")
def counts() -> sparse.csr_matrix:
    values, _ = gamma_poisson(120, 40, seed=3, module=8)
    return sparse.csr_matrix(values)


def test_shares_equal_a_loop_over_resamples_and_genes(counts):
    found = resampled_neighbours(counts, 6, k=5, seed=11).toarray()
    rng = np.random.default_rng(11)
    times = np.zeros((40, 40))
    for _ in range(6):
        cells = np.sort([int(cell) for cell in rng.integers(0, 120, 120)])
        residuals = pearson_residuals(sparse.csr_matrix(counts.toarray()[cells]))
        features = principal_components(residuals, n_components=32).values.astype(np.float64)
        for gene in range(40):
            cosines = {}
            for other in range(40):
                if other != gene:
                    product = features[gene] @ features[other]
                    lengths = np.linalg.norm(features[gene]) * np.linalg.norm(features[other])
                    cosines[other] = product / lengths
            for other in sorted(cosines, key=lambda name: -cosines[name])[:5]:
                times[gene, other] += 1
    np.testing.assert_allclose(found, times / 6, atol=1e-6)
    assert (found.diagonal() == 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 5, atol=1e-5)


def test_batches_keep_their_cells(counts):
    seen = []

    def residuals_of(rows):
        seen.append(rows)
        return pearson_residuals(sparse.csr_matrix(counts[rows]))

    groups = ["b" if cell % 3 else "a" for cell in range(120)]
    resampled_neighbours(counts, 4, k=5, groups=groups, residuals_of=residuals_of)
    for rows in seen:
        assert len(rows) == 120
        assert sum(groups[row] == "a" for row in rows) == 40
    assert len({tuple(rows) for rows in seen}) == 4


def test_genes_of_a_module_come_back_more_often_than_others(counts):
    shares = resampled_neighbours(counts, 20, k=7).toarray()
    own = shares[:8, :8].sum() / (8 * 7)
    others = shares[8:, 8:].sum() / (32 * 31)
    assert own > 0.6
    assert others < 0.35


def test_a_gene_that_no_cell_has_has_no_neighbours(counts):
    empty = counts.toarray()
    empty[:, 20] = 0
    shares = resampled_neighbours(sparse.csr_matrix(empty), 3, k=5).toarray()
    assert not shares[20].any()
    assert shares[0].any()


def test_same_seed_same_shares_whatever_went_before(counts):
    first = resampled_neighbours(counts, 3, k=5, seed=4)
    resampled_neighbours(counts, 2, k=5, seed=1)
    again = resampled_neighbours(counts, 3, k=5, seed=4)
    assert (first != again).nnz == 0


def with_shares(shares):
    graph = planted_graph("toy", seed=0)
    n = graph.n_genes
    values = np.zeros((n, n), dtype=np.float32)
    for (row, column), share in shares.items():
        values[row, column] = share
    return replace(graph, resampled=sparse.csr_matrix(values))


def test_shares_go_through_a_file_and_small_ones_leave_a_compact_graph(tmp_path):
    graph = with_shares({(0, 1): 0.876, (0, 2): 0.04, (1, 0): 0.5})
    for name, one in (("whole", graph), ("compact", graph.compact())):
        path = tmp_path / f"{name}.h5ad"
        write_gene_graph(one, path)
        read = read_gene_graph(path).resampled
        assert (read != one.resampled).nnz == 0
    kept = graph.compact().resampled.toarray()
    assert kept[0, 1] == pytest.approx(0.88)
    assert kept[0, 2] == 0
    plain = tmp_path / "plain.h5ad"
    write_gene_graph(replace(graph, resampled=None), plain)
    assert read_gene_graph(plain).resampled is None


def test_shares_that_are_none_are_refused(tmp_path):
    path = tmp_path / "wrong.h5ad"
    write_gene_graph(with_shares({(0, 1): 3.0}), path)
    with pytest.raises(DataFileError, match="Expected shares of resamples from 0 to 1"):
        read_gene_graph(path)


def test_each_neighbour_is_told_its_share():
    graph = with_shares({(0, 1): 0.9, (1, 0): 0.2})
    names = graph.genes["gene"].tolist()
    told = co_expression_evidence(graph, names[0], [names[1], names[3], "elsewhere"])["resampled"]
    assert told.iloc[0] == pytest.approx(0.9)
    assert told.iloc[1] == 0
    assert np.isnan(told.iloc[2])
    without = co_expression_evidence(replace(graph, resampled=None), names[0], names[1:3])
    assert without["resampled"].isna().all()


def test_settings_of_before_keep_their_hash_and_too_many_are_refused():
    assert "bootstraps" not in GeneGraphSettings(tissue="blood").decisive()
    assert GeneGraphSettings(tissue="blood", bootstraps=5).decisive()["bootstraps"] == 5
    with pytest.raises(InputError, match="Expected 0 to 200 resamples of the cells, found 201"):
        check_resamples(201)
