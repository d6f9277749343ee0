from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn.embeddings.co_expression import (
    EDGE,
    NOT_MEASURED,
    NOT_SIGNIFICANT,
    SAME_GENE,
    SIGNIFICANT,
    co_expression_evidence,
    graph_path,
    graph_state,
    read_context_graph,
)
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.gene_graph import GeneGraph


@pytest.fixture
def four_genes():
    """A-B edge, A-C significant without edge, A-D not significant."""
    statistic = np.array(
        [[0, 9.0, -3.0, 0.5], [9.0, 0, 0.1, 0.2], [-3.0, 0.1, 0, 0.3], [0.5, 0.2, 0.3, 0]],
        dtype=np.float32,
    )
    adjacency = np.zeros((4, 4), dtype=bool)
    adjacency[0, 1] = adjacency[1, 0] = True
    names = ["A", "B", "C", "D"]
    genes = pd.DataFrame(dict.fromkeys(("gene", "gene_id", "common_gene"), names))
    return GeneGraph(
        name="toy",
        species="human",
        tissue="none",
        modality="scrna",
        genes=genes,
        features=np.ones((4, 1), dtype=np.float32),
        adjacency=sparse.csr_matrix(adjacency),
        estimate=statistic / 10,
        statistic=statistic,
        significance=np.array(
            [[0, 1, -1, 0], [1, 0, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 0]], dtype=np.int8
        ),
    )


def test_each_pair_gets_its_class_in_the_order_asked(four_genes):
    table = co_expression_evidence(four_genes, "A", ["D", "B", "X", "C", "A"])
    assert table["gene"].tolist() == ["D", "B", "X", "C", "A"]
    assert table["evidence"].tolist() == [
        NOT_SIGNIFICANT,
        EDGE,
        NOT_MEASURED,
        SIGNIFICANT,
        SAME_GENE,
    ]
    assert table["edge"].tolist() == [False, True, False, False, False]
    assert table["significance"].fillna(9).tolist() == [0, 1, 9, -1, 0]


def test_full_graph_gives_every_statistic(four_genes):
    table = co_expression_evidence(four_genes, "A", ["B", "C", "D"])
    np.testing.assert_allclose(table["statistic"], [9, -3, 0.5])
    np.testing.assert_allclose(table["estimate"], [0.9, -0.3, 0.05], rtol=1e-6)


def test_compact_graph_gives_statistics_on_edges_only(four_genes):
    table = co_expression_evidence(four_genes.compact(), "A", ["B", "C", "D"])
    np.testing.assert_allclose(table["statistic"], [9, np.nan, np.nan])
    assert table["evidence"].tolist() == [EDGE, SIGNIFICANT, NOT_SIGNIFICANT]


def test_gene_that_the_graph_lacks_has_no_evidence(four_genes):
    table = co_expression_evidence(four_genes, "X", ["A", "B"])
    assert table["evidence"].tolist() == [NOT_MEASURED, NOT_MEASURED]
    assert table["significance"].isna().all()


def test_no_other_genes_gives_an_empty_table(four_genes):
    assert co_expression_evidence(four_genes, "A", []).empty


def test_graph_of_a_context_is_read_from_the_result_folder(atlas, atlas_folder):
    assert graph_state(atlas, "blood_human") == "available"
    assert graph_path(atlas, "blood_human") == atlas_folder / "graphs" / "blood_human.h5ad"
    graph = read_context_graph(atlas, "blood_human")
    own = atlas.genes[atlas.genes["dataset"] == "blood_human"]
    assert graph.genes["gene"].tolist() == own["gene"].tolist()


def test_missing_folder_and_missing_file_are_told_apart(atlas_without_graphs, tmp_path, atlas):
    bare = read_embedding_set(atlas_without_graphs)
    assert graph_state(bare, "blood_human") == "no folder"
    assert read_context_graph(bare, "blood_human") is None
    (tmp_path / "graphs").mkdir()
    moved = replace(atlas, path=tmp_path / "embedding.h5ad")
    assert graph_state(moved, "blood_human") == "no file"
    assert read_context_graph(moved, "blood_human") is None
    without_file = replace(atlas, path=None)
    assert graph_state(without_file, "blood_human") == "no folder"


def test_unknown_context_names_the_nearest(atlas):
    with pytest.raises(InputError, match="Nearest: blood_human"):
        read_context_graph(atlas, "blood_humn")


def test_damaged_graph_is_reported(atlas, tmp_path):
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "blood_human.h5ad").write_bytes(b"not a graph")
    moved = replace(atlas, path=tmp_path / "embedding.h5ad")
    with pytest.raises(DataFileError, match="another format"):
        read_context_graph(moved, "blood_human")
