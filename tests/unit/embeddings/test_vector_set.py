"""Vector sets of anything: what they name, how they are kept, and their neighbours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.embeddings.vector_set import VectorSet, read_vector_set, write_vector_set
from musegnn.errors import DataFileError, InputError
from tests.toy_molecules import make_molecules


@pytest.fixture(scope="module")
def molecules() -> VectorSet:
    return make_molecules()


@pytest.fixture(scope="module")
def path(molecules: VectorSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("molecules") / "molecules.h5ad"
    write_vector_set(molecules, path)
    return path


def test_molecules_come_back_as_they_were_written(molecules: VectorSet, path: Path) -> None:
    read = read_vector_set(path, VectorSet)
    assert np.array_equal(read.vectors, molecules.vectors)
    assert np.array_equal(read.layout, molecules.layout)
    assert abs(read.neighbour_graph - molecules.neighbour_graph).max() <= 5.1e-3
    for column in molecules.table:
        assert read.table[column].tolist() == molecules.table[column].tolist()
    for name in ("label", "within", "details", "unit", "provenance", "id", "origin"):
        assert getattr(read, name) == getattr(molecules, name)
    assert read.row_names.tolist() == molecules.table["molecule"].tolist()
    for array in (read.vectors, read.layout, read.unit_vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_anndata_opens_molecules_as_they_are(molecules: VectorSet, path: Path) -> None:
    data = anndata.read_h5ad(path)
    assert data.obs_names.tolist() == molecules.table["molecule"].tolist()
    assert np.array_equal(data.obsm["X_umap"], molecules.layout)
    assert isinstance(data.obs["class"].dtype, pd.CategoricalDtype)
    assert data.obs["weight"].tolist() == molecules.table["weight"].tolist()


def test_a_file_of_another_kind_is_refused(path: Path, atlas_folder: Path) -> None:
    with pytest.raises(DataFileError, match="Expected an embedding set, found another kind"):
        read_embedding_set(path)
    with pytest.raises(DataFileError, match="Expected a set of vectors, found another kind"):
        read_vector_set(atlas_folder, VectorSet)
    assert isinstance(read_vector_set(atlas_folder, EmbeddingSet), EmbeddingSet)


def test_rows_of_the_same_name_are_not_written(molecules: VectorSet, tmp_path: Path) -> None:
    twice = replace(molecules, table=molecules.table.assign(molecule="water"))
    with pytest.raises(InputError, match="Expected molecules with a name each, found 'water'"):
        write_vector_set(twice, tmp_path / "out.h5ad")
    assert not list(tmp_path.iterdir())


def test_neighbours_of_a_molecule_are_those_of_a_loop_over_all(molecules: VectorSet) -> None:
    row = 17
    lengths = np.linalg.norm(molecules.vectors.astype(float), axis=1)
    cosines = molecules.vectors.astype(float) @ molecules.vectors[row] / lengths / lengths[row]
    expected = [i for i in np.argsort(-cosines, kind="stable") if i != row][:12]
    near = nearest_neighbours(molecules, row, k=12)
    assert near["row"].tolist() == expected
    assert near["cosine"].tolist() == pytest.approx(cosines[expected], abs=1e-5)


def test_labels_number_the_names_of_rows(molecules: VectorSet, atlas: EmbeddingSet) -> None:
    assert list(molecules.labels()) == ["molecule", "class"]
    assert list(atlas.labels()) == ["gene", "dataset", "cluster"]
    rows = np.array([5, 3, 200])
    for vectors in (molecules, atlas):
        for column, (names, codes) in vectors.labels(rows).items():
            assert names == sorted(set(vectors.table[column].iloc[rows]))
            assert [names[code] for code in codes] == vectors.table[column].iloc[rows].tolist()


@pytest.mark.parametrize(("n_names", "size"), [(3, 1), (256, 1), (257, 2), (70_000, 4)])
def test_labels_take_the_smallest_integer_that_holds_them(n_names: int, size: int) -> None:
    table = pd.DataFrame({"molecule": [f"m{i}" for i in range(n_names)]})
    vectors = np.zeros((n_names, 2), dtype=np.float32)
    tall = replace(make_molecules(3), table=table, details=(), layout=vectors, vectors=vectors)
    assert tall.labels()["molecule"][1].dtype == np.dtype(f"<u{size}")


def test_the_id_changes_with_any_name_and_any_place(molecules: VectorSet) -> None:
    ids = {molecules.id, replace(molecules, layout=molecules.layout + 1).id}
    for column in ("molecule", "class"):
        table = molecules.table.copy()
        table.loc[7, column] = "another"
        ids.add(replace(molecules, table=table).id)
    assert len(ids) == 4
    assert replace(molecules, vectors=molecules.vectors + 1).id == molecules.id


def test_an_atlas_is_known_by_the_id_of_its_old_links(atlas: EmbeddingSet) -> None:
    assert atlas.id == "2f038762b8cf1d66"  # in links and sessions of version 0.1


def test_rows_are_found_by_what_they_are_called(molecules: VectorSet, atlas: EmbeddingSet) -> None:
    rows = np.array([0, 8, 299])
    assert molecules.names_of(rows) == {"": molecules.table["molecule"].iloc[rows].tolist()}
    assert molecules.row("C8[C@@H](N)O") == 8
    assert molecules.row("C8[C@@H](N)O", "elsewhere") is None
    for vectors in (molecules, atlas):
        assert vectors.rows_named(vectors.names_of(rows)).tolist() == rows.tolist()
        assert vectors.names_of(rows[:0]) == {}
    assert atlas.row_names[0] == f"{atlas.genes['gene'][0]}@{atlas.genes['dataset'][0]}"
    assert molecules.rows_named({"": ["C3[C@@H](N)O", "no such"], "blood": ["INS"]}).tolist() == [3]


def test_a_part_keeps_what_belongs_to_its_rows(molecules: VectorSet, atlas: EmbeddingSet) -> None:
    rows = np.array([4, 250, 9])
    part = molecules.part(rows, why="three of them")
    assert part.row_names.tolist() == molecules.row_names[rows].tolist()
    assert np.array_equal(part.vectors, molecules.vectors[rows])
    assert part.neighbour_graph[0, 2] == molecules.neighbour_graph[4, 9]
    assert part.provenance == {**molecules.provenance, "why": "three of them"}
    own = atlas.part(atlas.rows_of_dataset("blood_human"))
    assert own.datasets.index.tolist() == ["blood_human"]
    assert own.table.index.tolist() == list(range(len(own)))
