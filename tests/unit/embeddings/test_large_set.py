"""A large set is mapped from a kept file, and says what a small one says."""

import h5py
import numpy as np
import pandas as pd
import pytest

from musegnn.embeddings import gene_search, vector_set
from musegnn.embeddings.atlas import read_atlas
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set, write_embedding_set
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.embeddings.vector_set import VectorSet, factorized, measure_set, read_vector_set
from musegnn.errors import DataFileError
from musegnn.io import kept_arrays
from tests.toy_molecules import make_molecules
from tests.ui_fixtures import make_embedding


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSEGNN_OPENED", str(tmp_path / "cache"))
    kept_arrays._key.cache_clear()
    yield
    kept_arrays._key.cache_clear()


@pytest.fixture
def all_large(monkeypatch):
    """Take every set as a large one."""

    def change():
        monkeypatch.setattr(vector_set, "LARGE_ROWS", 10)
        monkeypatch.setattr(gene_search, "LARGE_ROWS", 10)

    return change


@pytest.fixture(params=["packed", "plain"])
def path(request, tmp_path, all_large):
    """A file as small sets are written, or as large ones are."""
    path = tmp_path / "run" / "embedding.h5ad"
    path.parent.mkdir()
    if request.param == "plain":
        all_large()
    write_embedding_set(make_embedding(), path)
    return path


def test_what_is_mapped_is_what_is_read(path, all_large):
    small = read_atlas(path)
    all_large()
    told = []
    large = read_atlas(path, tell=told.append)
    one, other = small.embedding, large.embedding
    for name in ("vectors", "layout", "unit_vectors"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
        assert not getattr(other, name).flags.writeable
    assert (one.neighbour_graph != other.neighbour_graph).nnz == 0
    for column in one.genes:
        assert one.genes[column].tolist() == other.genes[column].tolist(), column
    assert one.datasets.equals(other.datasets)
    assert (one.id, one.provenance) == (other.id, other.provenance)
    assert one.row_names.tolist() == other.row_names.tolist()
    assert (small.n_genes, small.names) == (large.n_genes, large.names)
    n, d = one.vectors.shape
    assert told == [f"embedding.h5ad: {measure_set(path, EmbeddingSet)}"]
    assert told[0].startswith(f"embedding.h5ad: {n:,} genes in context of {d} numbers each, ")
    for row in (0, 17, n - 1):
        tables = [nearest_neighbours(each, row, candidates=np.arange(n)) for each in (one, other)]
        assert tables[0].equals(tables[1])
    part = other.part(np.arange(5, 25))
    assert part.genes["gene"].tolist() == one.genes["gene"].tolist()[5:25]
    for name in [*small.search.names(), "ins1", "ENSG00000000001", "nothing", "CD3F"]:
        assert small.search.find(name) == large.search.find(name)
    assert small.search.ortholog_groups.tolist() == large.search.ortholog_groups.tolist()
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "embedding.h5ad",
        "embedding.names1",
        "embedding.rows1",
    ]


def test_names_that_hardly_come_twice_are_held_one_behind_the_other(tmp_path, all_large):
    all_large()
    molecules = make_molecules()
    path = tmp_path / "molecules.h5ad"
    vector_set.write_vector_set(molecules, path)
    read = read_vector_set(path, VectorSet)
    label = read.table[read.label]
    assert isinstance(label.dtype, pd.StringDtype)
    assert label.tolist() == molecules.table[molecules.label].tolist()
    assert (read.id, len(read)) == (molecules.id, len(molecules))
    name = label.iloc[3]
    assert read.row(name) == 3
    assert read.rows_named({"": [name]}).tolist() == [3]


def test_a_set_that_is_too_large_is_refused_before_it_is_read(path, monkeypatch):
    size = measure_set(path, EmbeddingSet)
    monkeypatch.setenv("MUSEGNN_LARGEST_SET", str(size.megabytes))
    assert len(read_embedding_set(path)) == size.rows
    monkeypatch.setattr(vector_set, "_ROW_BYTES", 100_000)
    with pytest.raises(DataFileError, match=r"at most 1 MB, found [\d,]+ genes .*LARGEST_SET to"):
        read_embedding_set(path)


@pytest.mark.parametrize("text", ["0", "-3", "many", "1.5"])
def test_a_limit_that_is_no_number_is_told(path, monkeypatch, text):
    monkeypatch.setenv("MUSEGNN_LARGEST_SET", text)
    with pytest.raises(Exception, match=f"MUSEGNN_LARGEST_SET, found '{text}'"):
        read_embedding_set(path)


def damage_vectors(file):
    values = file["X"][()]
    values[3, 2] = np.nan
    file["X"][...] = values


def damage_graph(file):
    file["obsp/connectivities/indices"][0] = 1 << 30


def damage_codes(file):
    codes = file["obs/tissue/codes"]
    codes[0] = 99


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_vectors, "Expected finite vectors"),
        (damage_graph, "missing or damaged part"),
        (damage_codes, "missing or damaged part"),
        (lambda file: file.__delitem__("obsm/X_umap"), "missing or damaged part"),
        (lambda file: file.__delitem__("obs/tissue"), "missing or damaged part"),
    ],
)
def test_a_damaged_large_set_is_one_sentence_and_nothing_is_kept(path, all_large, damage, message):
    with h5py.File(path, "r+") as file:
        damage(file)
    all_large()
    with pytest.raises(DataFileError, match=message):
        read_embedding_set(path)
    assert [file.name for file in path.parent.iterdir()] == ["embedding.h5ad"]


def test_another_kind_of_large_file_is_told(tmp_path, all_large):
    all_large()
    path = tmp_path / "molecules.h5ad"
    vector_set.write_vector_set(make_molecules(), path)
    with pytest.raises(DataFileError, match="found another kind of h5ad file"):
        read_embedding_set(path)


def test_numbering_by_code_is_numbering_by_name():
    rng = np.random.default_rng(0)
    names = np.array(["b", "a", "", "Z", "ä"], dtype=object)[rng.integers(0, 5, 50)]
    loose = pd.Series(names)
    named = pd.Series(pd.Categorical(names, categories=["unused", "Z", "ä", "b", "", "a"]))
    for one, other in zip(factorized(loose), factorized(named), strict=True):
        assert one.tolist() == other.tolist()
