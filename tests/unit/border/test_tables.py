"""Parquet tables come out as pandas reads them, and whatever else is in their place is refused."""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from musegnn.border.tables import read_parquet
from musegnn.errors import DataFileError

ROLE = "a table of pairs"


@pytest.fixture
def table():
    """Texts, numbers and what is missing."""
    return pd.DataFrame(
        {
            "a": ["x", None, "nan", "é", "x"],
            "kind": pd.Categorical(["p", "q", None, "p", "q"]),
            "number": [1.5, np.nan, 3.0, -0.0, 1e300],
            "count": np.arange(5, dtype=np.int8),
            "flag": [True, False, True, True, False],
        }
    )


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", None])
def test_a_table_is_the_one_that_pandas_reads(tmp_path, table, compression):
    path = tmp_path / "t.parquet"
    table.to_parquet(path, compression=compression)
    expected = pd.read_parquet(path)
    kind = expected["kind"].astype(object)
    expected["kind"] = kind.where(kind.notna(), None)
    pd.testing.assert_frame_equal(read_parquet(path, role=ROLE), expected)
    some = read_parquet(path, role=ROLE, columns=("number", "a"))
    pd.testing.assert_frame_equal(some, expected[["number", "a"]])


def test_an_empty_table_stays_one(tmp_path, table):
    path = tmp_path / "t.parquet"
    table[:0].to_parquet(path)
    assert read_parquet(path, role=ROLE, columns=["a", "count"]).shape == (0, 2)


def test_a_column_that_lacks_is_named(tmp_path, table):
    path = tmp_path / "t.parquet"
    table.to_parquet(path)
    with pytest.raises(DataFileError, match="found no 'target'"):
        read_parquet(path, role=ROLE, columns=["a", "target"])
    with pytest.raises(DataFileError, match="found no file"):
        read_parquet(tmp_path / "none.parquet", role=ROLE)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[1], [2]]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([b"\xff", b"\xfe"]),
        pa.array([1, 2], pa.timestamp("ns")),
    ],
    ids=["lists", "records", "bytes", "times"],
)
def test_other_things_than_texts_and_numbers_are_refused(tmp_path, values):
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a": values}), path)
    with pytest.raises(DataFileError, match="of texts and numbers"):
        read_parquet(path, role=ROLE)


def test_damaged_files_are_refused(tmp_path, table):
    path = tmp_path / "t.parquet"
    table.to_parquet(path)
    whole = path.read_bytes()
    for content in (b"", b"PAR1", b"text", whole[:-9], whole[100:]):
        path.write_bytes(content)
        with pytest.raises(DataFileError, match="Expected a table of pairs"):
            read_parquet(path, role=ROLE)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataFileError, match="no regular file"):
        read_parquet(path, role=ROLE)


def test_a_small_file_of_many_rows_does_not_take_the_memory(tmp_path):
    path = tmp_path / "t.parquet"
    text = pa.DictionaryArray.from_arrays(np.zeros(4000, dtype=np.int32), ["x" * (1 << 20)])
    parquet.write_table(pa.table({"a": text}), path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 1 << 20  # and 4 GB of texts
    with pytest.raises(DataFileError, match="MiB when read"):
        read_parquet(path, role=ROLE)
