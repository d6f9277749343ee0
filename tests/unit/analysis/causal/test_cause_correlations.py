import numpy as np
import pytest

from musegnn.analysis.causal.cause_correlations import (
    correlate_causes,
    read_cause_correlations,
    read_context_correlations,
    write_cause_correlations,
)
from musegnn.analysis.causal.gene_sample import pearson_residuals_of
from musegnn.analysis.causal.skeleton import find_skeleton
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.errors import DataFileError, InputError
from tests.unit.analysis.causal.test_gene_sample import expression

CAUSES = {"G001", "G005", "G020", "not there"}


@pytest.fixture
def correlations():
    given = expression(n_cells=200, n_genes=40)
    return correlate_causes(given, given.genes, CAUSES, dataset="x", provenance={"input": "f"})


def test_they_are_the_rows_of_the_whole_correlation_matrix(correlations):
    given = expression(n_cells=200, n_genes=40)
    whole = np.corrcoef(pearson_residuals_of(given.counts, given.depth).T)
    assert correlations.causes == ("G001", "G005", "G020")
    np.testing.assert_allclose(correlations.values, whole[[1, 5, 20]], atol=1e-12)


def test_a_file_brings_them_back_within_a_quarter_standard_error(correlations, tmp_path):
    path = tmp_path / "deep" / "x.npz"
    write_cause_correlations(correlations, path)
    found = read_cause_correlations(path)
    assert (found.dataset, found.genes, found.causes) == (
        correlations.dataset,
        correlations.genes,
        correlations.causes,
    )
    assert found.n_cells == 200
    assert found.provenance == correlations.provenance
    away = abs(found.values - correlations.values)
    assert away.max() <= 0.26 / np.sqrt(200)
    assert (found.values[[0, 1, 2], [1, 5, 20]] == 1).all()
    first = path.read_bytes()
    write_cause_correlations(correlations, path)
    assert path.read_bytes() == first


def test_a_completed_sample_gives_the_skeleton_of_all_correlations(correlations):
    given = expression(n_cells=200, n_genes=40)
    whole = np.corrcoef(pearson_residuals_of(given.counts, given.depth).T)
    sample = correlations.sample(correlations.genes)
    assert sample.is_cause.sum() == 3
    assert np.linalg.eigvalsh(sample.correlation).min() > -1e-9
    options = {"is_cause": sample.is_cause, "alpha": 0.2, "max_conditions": 3}
    expected = find_skeleton(whole, 200, **options)
    assert expected.any()
    assert (find_skeleton(sample.correlation, 200, **options) == expected).all()


def test_a_sample_without_causes_is_uncorrelated(correlations):
    sample = correlations.sample(["G002", "G003", "G004"])
    np.testing.assert_array_equal(sample.correlation, np.eye(3))
    assert not sample.is_cause.any()


def test_wrong_genes_cells_and_causes_are_refused(correlations):
    given = expression(n_cells=200, n_genes=40)
    with pytest.raises(InputError, match="found 1 missing in the counts"):
        correlate_causes(given, [*given.genes, "GONE"], CAUSES, dataset="x")
    with pytest.raises(InputError, match="Expected transcription factors among the genes of x"):
        correlate_causes(given, given.genes, {"nobody"}, dataset="x")
    few = expression(n_cells=30)
    with pytest.raises(InputError, match="Expected at least 50 cells, found 30"):
        correlate_causes(few, few.genes, CAUSES, dataset="x")
    with pytest.raises(InputError, match="at least 2 of the genes in x, found 0"):
        correlations.sample(["nobody"])


def test_damaged_and_missing_files_are_explained(correlations, tmp_path):
    path = tmp_path / "x.npz"
    with pytest.raises(DataFileError, match="found no file"):
        read_cause_correlations(path)
    write_cause_correlations(correlations, path)
    whole = path.read_bytes()
    for broken in (b"", b"PK not a zip", whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(DataFileError, match="found a damaged or another file"):
            read_cause_correlations(path)
    np.savez(path, header=np.zeros(3, dtype=np.uint8))
    with pytest.raises(DataFileError, match="found a damaged or another file"):
        read_cause_correlations(path)
    np.savez(path, header=np.array([{"a": 1}], dtype=object))  # would have to be unpickled
    with pytest.raises(DataFileError, match="found a damaged or another file"):
        read_cause_correlations(path)


def test_contexts_without_a_file_have_none(atlas):
    assert read_context_correlations(atlas, "pancreas_human") is None


def test_shipped_ones_belong_to_the_shipped_graphs():
    from musegnn import keys
    from musegnn.embeddings.co_expression import read_context_graph
    from musegnn.settings import REPOSITORY

    shipped = read_embedding_set(REPOSITORY / "data" / "atlas")
    for dataset in map(str, shipped.datasets.index):
        found = read_context_correlations(shipped, dataset)
        assert found.n_cells == shipped.datasets.loc[dataset, "n_cells"]
        rows = shipped.rows_of_dataset(dataset)
        assert list(found.genes) == shipped.genes[keys.GENE].iloc[rows].tolist()
        assert 5 < len(found.causes) < 400
    # edges of the graph are pairs that go together: so must their correlations
    graph = read_context_graph(shipped, dataset)
    place = {gene: row for row, gene in enumerate(found.genes)}
    rows = [place[gene] for gene in found.causes]
    joined = graph.adjacency[rows].toarray().astype(bool)
    assert found.values[joined].mean() > found.values[~joined].mean() + 0.02
