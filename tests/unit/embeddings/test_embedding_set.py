"""Embedding sets on disk, and what a damaged file gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scanpy
from scipy import sparse

from musegnn import keys
from musegnn.embeddings import vector_set
from musegnn.embeddings.embedding_set import (
    GENE_COLUMNS,
    EmbeddingSet,
    read_embedding_set,
    write_embedding_set,
)
from musegnn.errors import DataFileError, InputError


@pytest.fixture
def embedding() -> EmbeddingSet:
    """Two contexts, one of mouse; one gene that both have."""
    rng = np.random.default_rng(0)
    genes = pd.DataFrame(
        {
            keys.GENE: ["INS", "GCG", "SST", "Ins1", "Gcg", "Sst"],
            keys.GENE_ID: ["ENSG00000254647", "", "", "", "", ""],
            keys.COMMON_GENE: ["INS", "GCG", "SST", "mouse:Ins1", "GCG", "SST"],
            keys.ORTHOLOG: ["INS", "GCG", "SST", "INS", "GCG", ""],
            keys.DATASET: ["human_islets"] * 3 + ["mouse_islets"] * 3,
            keys.SPECIES_COLUMN: ["human"] * 3 + ["mouse"] * 3,
            keys.TISSUE: "pancreas",
            keys.MODALITY: "scrna",
            keys.DEGREE: [2, 1, 0, 3, 1, 1],
            keys.MEAN: rng.random(6),
            keys.CLUSTER: ["0", "0", "1", "0", "1", "10"],
        }
    )
    pairs = sparse.random(6, 6, density=0.5, random_state=0, format="csr", dtype=np.float32)
    return EmbeddingSet(
        vectors=rng.normal(size=(6, 4)).astype(np.float32),
        table=genes,
        layout=rng.normal(size=(6, 2)).astype(np.float32),
        neighbour_graph=pairs + pairs.T,
        datasets=pd.DataFrame(
            {
                "species": ["human", "mouse"],
                "n_cells": [175, 822],
                "density": [0.12345678901, 0.5],
                "source": ['β cells, "quoted"', ""],
            },
            index=pd.Index(["human_islets", "mouse_islets"], name="dataset"),
        ),
        provenance={"name": "islets", "seed": 0, "config": {"epochs": 3}},
    )


@pytest.fixture
def path(embedding: EmbeddingSet, tmp_path: Path) -> Path:
    write_embedding_set(embedding, tmp_path / keys.EMBEDDING_FILE)
    return tmp_path / keys.EMBEDDING_FILE


def test_a_set_comes_back_as_it_was_written(embedding: EmbeddingSet, path: Path) -> None:
    read = read_embedding_set(path)
    assert np.array_equal(read.vectors, embedding.vectors)
    assert np.array_equal(read.layout, embedding.layout)
    difference = abs(read.neighbour_graph - embedding.neighbour_graph)
    assert difference.max() <= 5.1e-3  # two decimals are kept
    assert read.neighbour_graph.nnz == embedding.neighbour_graph.nnz
    assert list(read.genes.columns) == list(GENE_COLUMNS)
    assert read.genes.index.tolist() == list(range(6))
    for column in GENE_COLUMNS:
        assert read.genes[column].tolist() == embedding.genes[column].tolist()
    assert read.provenance == embedding.provenance
    pd.testing.assert_frame_equal(read.datasets, embedding.datasets)
    assert read.path == path
    assert read.name == "islets"


def test_the_result_folder_stands_for_the_file_in_it(path: Path) -> None:
    assert read_embedding_set(path.parent).path == path


def test_vectors_that_were_read_cannot_be_changed_by_mistake(path: Path) -> None:
    read = read_embedding_set(path)
    for array in (read.vectors, read.layout, read.unit_vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_scanpy_opens_the_file_as_it_is(embedding: EmbeddingSet, path: Path) -> None:
    data = scanpy.read_h5ad(path)
    assert data.obs_names.tolist()[3] == "Ins1|mouse_islets"
    assert data.obs_names.is_unique
    assert np.array_equal(data.X, embedding.vectors)
    assert np.array_equal(data.obsm["X_umap"], embedding.layout)
    for column in (keys.DATASET, keys.TISSUE, keys.CLUSTER):
        assert isinstance(data.obs[column].dtype, pd.CategoricalDtype)
    # the neighbour graph is found where scanpy looks for it
    scanpy.tl.leiden(data, flavor="igraph", n_iterations=2, directed=False)
    assert data.obs["leiden"].notna().all()


def test_the_file_opens_without_being_read_into_memory(path: Path) -> None:
    data = anndata.read_h5ad(path, backed="r")
    assert data.shape == (6, 4)
    data.file.close()


def test_unit_vectors_have_length_one_and_zero_stays_zero(embedding: EmbeddingSet) -> None:
    vectors = embedding.vectors.copy()
    vectors[2] = 0
    unit = replace(embedding, vectors=vectors).unit_vectors
    lengths = np.linalg.norm(unit, axis=1)
    assert lengths == pytest.approx([1, 1, 0, 1, 1, 1])
    np.testing.assert_allclose(unit[0] * np.linalg.norm(vectors[0]), vectors[0], rtol=1e-5)


def test_rows_are_found_by_gene_and_by_context(embedding: EmbeddingSet) -> None:
    assert embedding.row("INS", "human_islets") == 0
    assert embedding.row("Ins1", "mouse_islets") == 3
    assert embedding.row("INS", "mouse_islets") is None
    assert embedding.row("ins", "human_islets") is None
    assert embedding.rows_of_dataset("mouse_islets").tolist() == [3, 4, 5]
    assert embedding.rows_of_dataset("none").tolist() == []


def test_a_set_without_a_name_has_a_plain_one(embedding: EmbeddingSet) -> None:
    assert replace(embedding, provenance={}).name == "embedding"


def edit(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    """Turn a change of an open file into one of a path."""

    def run(path: Path) -> None:
        with h5py.File(path, "a") as file:
            change(file)

    return run


def remove(part: str) -> Callable[[Path], None]:
    """Remove one part of the file."""
    return edit(lambda file: file.__delitem__(part))


def put(part: str, position: object, value: object) -> Callable[[Path], None]:
    """Overwrite one value in the file."""
    return edit(lambda file: file[part].__setitem__(position, value))


def rename_dataset(file: h5py.File) -> None:
    file[f"{HEADER}/datasets"][()] = json.dumps([{"dataset": "../outside"}])


def name_twice(file: h5py.File) -> None:
    codes = file["obs/gene/codes"]
    codes[1] = codes[0]


HEADER = f"uns/{keys.UNS_EMBEDDING}"
OTHER_KIND = "Expected an embedding set, found another kind of h5ad file"
MISSING_PART = "Expected an embedding set, found one with a missing or damaged part"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, "Expected an embedding set .an .h5ad file. at .* found no file"),
        (lambda path: path.write_bytes(b""), "found an empty file"),
        (
            lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
            "Expected an embedding set, found a file that is cut off",
        ),
        (remove(HEADER), OTHER_KIND),
        (remove("obsm/X_umap"), OTHER_KIND),
        (remove("X"), OTHER_KIND),
        (remove(f"{HEADER}/datasets"), MISSING_PART),
        (remove(f"{HEADER}/provenance"), MISSING_PART),
        (remove(f"{HEADER}/format_version"), MISSING_PART),
        (remove("obsp/connectivities"), MISSING_PART),
        (put(f"{HEADER}/datasets", (), "[]"), MISSING_PART),
        (put(f"{HEADER}/provenance", (), "{not JSON"), MISSING_PART),
        (put(f"{HEADER}/format_version", (), 2), "Expected format version 1 or lower, found 2"),
        (put(f"{HEADER}/datasets", (), '[{"dataset": "human_islets"}]'), MISSING_PART),
        (edit(name_twice), "Expected rows with a name each, found 'INS' twice"),
        (put("X", (1, 1), np.nan), "Expected finite vectors and coordinates, found NaN"),
        (put("obsm/X_umap", (1, 1), np.inf), "Expected finite vectors and coordinates"),
    ],
)
def test_a_file_that_is_damaged_or_of_another_kind_is_refused(
    path: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(path)
    with pytest.raises(DataFileError, match=message):
        read_embedding_set(path)


def test_parts_are_read_as_anndata_reads_the_whole(path: Path, monkeypatch) -> None:
    quick = read_embedding_set(path)
    monkeypatch.setattr(vector_set, "open_h5ad", refuse)
    assert len(read_embedding_set(path)) == len(quick)  # the whole was not asked for
    monkeypatch.undo()
    monkeypatch.setattr(vector_set, "open_parts", lambda *_, **__: None)
    whole = read_embedding_set(path)
    pd.testing.assert_frame_equal(quick.table, whole.table)
    np.testing.assert_array_equal(quick.vectors, whole.vectors)
    np.testing.assert_array_equal(quick.layout, whole.layout)
    assert (quick.neighbour_graph != whole.neighbour_graph).nnz == 0
    assert quick.id == whole.id


def refuse(*_, **__):
    msg = "the whole file was read"
    raise AssertionError(msg)


def test_a_set_without_rows_is_refused(embedding: EmbeddingSet, tmp_path: Path) -> None:
    path = tmp_path / "empty.h5ad"
    write_embedding_set(embedding.part(np.empty(0, dtype=np.int64)), path)
    with pytest.raises(DataFileError, match=r"Expected (vectors|an embedding set)"):
        read_embedding_set(path)


def test_a_context_whose_name_would_lead_out_of_the_folder_is_refused(path: Path) -> None:
    edit(rename_dataset)(path)
    with pytest.raises(InputError, match="Expected `dataset` of letters, digits"):
        read_embedding_set(path)


def test_rows_of_a_context_are_those_of_a_loop(embedding: EmbeddingSet) -> None:
    names = embedding.genes["dataset"].tolist()
    for dataset in (*embedding.datasets.index, "no such context"):
        rows = embedding.rows_of_dataset(dataset)
        assert rows.tolist() == [row for row, name in enumerate(names) if name == dataset]
        assert rows.dtype == np.int64
    rows = embedding.rows_of_dataset(names[0])
    rows[:] = -1  # the caller's own copy
    assert embedding.rows_of_dataset(names[0])[0] == 0
