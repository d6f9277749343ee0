"""Rows read piece by piece are those of the whole matrix."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import sparse

from musegnn.io.formats import stored_rows
from musegnn.io.formats.stored_rows import read_rows_of


def _write(path: Path, matrix: np.ndarray, dtype: str) -> h5py.File:
    stored = sparse.csr_matrix(matrix.astype(dtype))
    file = h5py.File(path, "w")
    file["data"], file["indptr"] = stored.data, stored.indptr.astype("i8")
    file["indices"] = stored.indices.astype("i8")
    return file


@pytest.mark.parametrize("piece", [1, 7, 64, 10_000])
@pytest.mark.parametrize("columns", [list(range(12)), [0, 3, 4, 11], [5], []])
def test_pieces_of_any_size_give_the_same(
    piece: int, columns: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_rows, "PIECE", piece)
    matrix = np.random.default_rng(0).poisson(0.7, (30, 12))
    matrix[[4, 5, 29]] = 0  # rows without a value
    with _write(tmp_path / "a.h5", matrix, "i4") as file:
        read = read_rows_of(file, 30, np.array(columns, dtype=np.int64), 12)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read.toarray(), matrix[:, columns])
    read.check_format(full_check=True)


@pytest.mark.parametrize("dtype", ["i4", "i8", "u2", "f4", "f8"])
def test_values_keep_what_they_are(dtype: str, tmp_path: Path) -> None:
    matrix = np.array([[0, 3], [2**15, 0], [1, 1]])
    with _write(tmp_path / "a.h5", matrix, dtype) as file:
        np.testing.assert_array_equal(read_rows_of(file, 3, np.arange(2), 2).toarray(), matrix)


def test_counts_beyond_float32_keep_every_digit(tmp_path: Path) -> None:
    matrix = np.array([[0, 3], [2**24 + 1, 0], [1, 1]])
    with _write(tmp_path / "a.h5", matrix, "i8") as file:
        assert read_rows_of(file, 3, np.arange(2), 2).max() == 2**24 + 1


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("indices", [0, 5, 1], "beyond the matrix"),
        ("indices", [0, -1, 1], "beyond the matrix"),
        ("indices", [0, 1], "values and"),
        ("indptr", [0, 2, 1, 3], "do not fit"),
        ("indptr", [0, 1, 2], "do not fit"),
        ("data", np.array([b"1", b"2", b"3"]), "values of type"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    name: str, values: object, message: str, tmp_path: Path
) -> None:
    with _write(tmp_path / "a.h5", np.eye(3, 2) + np.eye(3, 2, -2), "i4") as file:
        del file[name]
        file[name] = values
        with pytest.raises(ValueError, match=message):
            read_rows_of(file, 3, np.arange(2), 2)
