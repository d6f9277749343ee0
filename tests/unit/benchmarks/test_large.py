"""A slice of the benchmark of large sets, and its made sets."""

import numpy as np

from benchmarks.large import open_once
from benchmarks.made_sets import make_set
from musegnn.embeddings.embedding_set import read_embedding_set, write_embedding_set


def test_a_made_set_is_the_same_for_a_seed_and_survives_its_file(tmp_path):
    first, second = (make_set(900, dimensions=8) for _ in range(2))
    assert np.array_equal(first.vectors, second.vectors)
    assert first.id == second.id != make_set(900, dimensions=8, seed=1).id
    path = tmp_path / "embedding.h5ad"
    write_embedding_set(first, path)
    assert read_embedding_set(path).id == first.id
    told = open_once(path)
    assert told["says"].startswith("900 genes in context of 8 numbers each")
    assert told["of_rows"] == 900
