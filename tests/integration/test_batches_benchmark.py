"""A slice of `benchmarks.batches`: donors of real islets."""

import numpy as np
from scipy import sparse

from benchmarks.batches import DATASETS, exchanged, measure
from musegnn.graphs.known_relations import read_known_relations
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import KnowledgeStore


def test_donors_alone_give_fewer_edges_inside_and_known_pairs_stay(shared):
    file, species, column = DATASETS[0]
    found = measure(
        shared / "data" / f"{file}.h5ad",
        species,
        column,
        read_gene_names(shared / "knowledge"),
        read_known_relations(KnowledgeStore(shared / "knowledge")),
    )
    assert (found["cells"], found["batches"]) == (152, 3)
    together, inside = found["together"], found["inside"]
    assert inside["alone"] < together["alone"]
    assert together["alone"] > 2 * together["chance"]
    assert inside["interactions"] > 0.95 * together["interactions"]
    assert 0.3 < found["kept"] < 1


def test_counts_are_exchanged_inside_batches_only():
    matrix = np.arange(60).reshape(12, 5)
    batches = ["a", "b"] * 6
    found = exchanged(sparse.csr_matrix(matrix), batches, seed=1).toarray()
    assert not np.array_equal(found, matrix)
    for start in (0, 1):
        assert np.array_equal(np.sort(found[start::2], axis=0), matrix[start::2])
